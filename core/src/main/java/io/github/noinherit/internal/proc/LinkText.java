// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.proc;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * What /proc/PID/fd/N points at (proc_pid_fd(5)). Every text is one of these: what is unknown is a
 * {@link Named}.
 */
public sealed interface LinkText {
  /**
   * A file with a place in the tree of files.
   *
   * @param path as written; it may be a name that ends in " (deleted)" itself
   * @param mayBeDeleted does it end in " (deleted)"
   */
  record FilePath(String path, boolean mayBeDeleted) implements LinkText {
    private static final String DELETED = " (deleted)";

    /** The path without the kernel's remark. */
    public String withoutRemark() {
      return mayBeDeleted ? path.substring(0, path.length() - DELETED.length()) : path;
    }
  }

  /**
   * Something with an inode and no name: {@code socket:[4711]}, {@code pipe:[4711]}, {@code
   * net:[4711]}.
   */
  record Numbered(String type, long inode) implements LinkText {}

  /** Something with neither: {@code anon_inode:[eventpoll]}, {@code anon_inode:inotify}. */
  record Anonymous(String name) implements LinkText {}

  /** Anything else. */
  record Named(String text) implements LinkText {}

  /** Reads it. Nothing is refused. */
  static LinkText parse(byte[] text, int length) {
    String link = new String(text, 0, Math.clamp(length, 0, text.length), UTF_8);
    if (link.startsWith("/")) {
      return new FilePath(link, link.endsWith(FilePath.DELETED));
    }
    if (link.startsWith("anon_inode:")) {
      String name = link.substring("anon_inode:".length());
      return new Anonymous(
          name.length() > 2 && name.startsWith("[") && name.endsWith("]")
              ? name.substring(1, name.length() - 1)
              : name);
    }
    int bracket = link.indexOf(":[");
    if (bracket > 0 && link.endsWith("]")) {
      long inode = decimal(link, bracket + 2, link.length() - 1);
      if (inode >= 0) {
        return new Numbered(link.substring(0, bracket), inode);
      }
    }
    return new Named(link);
  }

  private static long decimal(String text, int from, int end) {
    if (from == end || end - from > 18) {
      return -1;
    }
    long value = 0;
    for (int i = from; i < end; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }
}
