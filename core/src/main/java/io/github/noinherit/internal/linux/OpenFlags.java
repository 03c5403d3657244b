// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.linux;

import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.posix.Posix;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * Pure: the JDK's open options as flags of open(2), by the rules of {@link
 * java.nio.channels.FileChannel#open(java.nio.file.Path, Set, FileAttribute[])}.
 *
 * @param flags for open(2), O_CLOEXEC always among them
 * @param read was reading asked for
 * @param write was writing asked for
 * @param append does every write go to the end
 * @param sync is every write to be forced to the device
 * @param direct does the file's data bypass the page cache
 * @param createNew must the file not exist before
 * @param deleteOnClose is the file's name to be removed right after it was opened, as the JDK does
 */
public record OpenFlags(
    int flags,
    boolean read,
    boolean write,
    boolean append,
    boolean sync,
    boolean direct,
    boolean createNew,
    boolean deleteOnClose) {

  /** rw for everybody, less the umask: what the JDK creates files with. */
  public static final int DEFAULT_MODE = 0666;

  /** include/uapi/asm-generic/fcntl.h; arch/arm64/include/uapi/asm/fcntl.h. */
  public static int oDirect(Platform platform) {
    return platform == Platform.LINUX_AARCH64 ? 0200000 : 040000;
  }

  /** include/uapi/asm-generic/fcntl.h; arch/arm64/include/uapi/asm/fcntl.h. */
  static int oNofollow(Platform platform) {
    return platform == Platform.LINUX_AARCH64 ? 0100000 : 0400000;
  }

  /**
   * Translates options.
   *
   * @throws IllegalArgumentException for combinations that FileChannel.open refuses
   * @throws UnsupportedOperationException for an option that is not known
   */
  public static OpenFlags of(Set<? extends OpenOption> options, Platform platform) {
    EnumSet<StandardOpenOption> standard = EnumSet.noneOf(StandardOpenOption.class);
    boolean noFollow = false;
    boolean direct = false;
    for (OpenOption option : options) {
      switch (Objects.requireNonNull(option, "option")) {
        case StandardOpenOption o -> standard.add(o);
        case LinkOption o -> noFollow = true; // NOFOLLOW_LINKS, the only one
        // com.sun.nio.file.ExtendedOpenOption is in jdk.unsupported, which may not be there
        case Enum<?> o when o.name().equals("DIRECT") -> direct = true;
        default -> throw new UnsupportedOperationException(option + " is not supported");
      }
    }
    boolean append = standard.contains(StandardOpenOption.APPEND);
    boolean write = standard.contains(StandardOpenOption.WRITE) || append;
    boolean read = standard.contains(StandardOpenOption.READ) || !write;
    if (append && standard.contains(StandardOpenOption.READ)) {
      throw new IllegalArgumentException("READ and APPEND exclude each other");
    }
    if (append && standard.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
      throw new IllegalArgumentException("APPEND and TRUNCATE_EXISTING exclude each other");
    }
    boolean createNew = standard.contains(StandardOpenOption.CREATE_NEW);
    boolean deleteOnClose = standard.contains(StandardOpenOption.DELETE_ON_CLOSE);
    boolean sync = standard.contains(StandardOpenOption.SYNC);
    boolean dsync = standard.contains(StandardOpenOption.DSYNC);

    int flags = Posix.O_CLOEXEC;
    flags |= read && write ? Posix.O_RDWR : write ? Posix.O_WRONLY : Posix.O_RDONLY;
    if (write) {
      flags |= standard.contains(StandardOpenOption.TRUNCATE_EXISTING) ? Posix.O_TRUNC : 0;
      flags |= append ? Posix.O_APPEND : 0;
      flags |= createNew ? Posix.O_CREAT | Posix.O_EXCL : 0;
      flags |= standard.contains(StandardOpenOption.CREATE) ? Posix.O_CREAT : 0;
    }
    flags |= !createNew && (noFollow || deleteOnClose) ? oNofollow(platform) : 0;
    flags |= dsync ? Posix.O_DSYNC : 0;
    flags |= sync ? Posix.O_SYNC : 0;
    flags |= direct ? oDirect(platform) : 0;
    return new OpenFlags(
        flags, read, write, append, sync || dsync, direct, write && createNew, deleteOnClose);
  }

  /**
   * The permissions with which a file is created.
   *
   * @throws UnsupportedOperationException for an attribute that a file system of Unix cannot set at
   *     creation
   */
  public static int mode(FileAttribute<?>... attributes) {
    int mode = DEFAULT_MODE;
    for (FileAttribute<?> attribute : attributes) {
      if (!attribute.name().equals("posix:permissions")
          && !attribute.name().equals("unix:permissions")) {
        throw new UnsupportedOperationException(
            "'" + attribute.name() + "' cannot be set when a file is created");
      }
      mode = 0;
      for (Object permission : (Set<?>) attribute.value()) {
        mode |=
            switch ((PosixFilePermission) permission) {
              case OWNER_READ -> 0400;
              case OWNER_WRITE -> 0200;
              case OWNER_EXECUTE -> 0100;
              case GROUP_READ -> 040;
              case GROUP_WRITE -> 020;
              case GROUP_EXECUTE -> 010;
              case OTHERS_READ -> 04;
              case OTHERS_WRITE -> 02;
              case OTHERS_EXECUTE -> 01;
            };
      }
    }
    return mode;
  }

  /** The flags in words, for error messages. */
  public String words() {
    StringBuilder words =
        new StringBuilder(read && write ? "O_RDWR" : write ? "O_WRONLY" : "O_RDONLY");
    words.append((flags & Posix.O_CREAT) != 0 ? "|O_CREAT" : "");
    words.append((flags & Posix.O_EXCL) != 0 ? "|O_EXCL" : "");
    words.append((flags & Posix.O_TRUNC) != 0 ? "|O_TRUNC" : "");
    words.append(append ? "|O_APPEND" : "");
    words.append(sync ? ((flags & Posix.O_SYNC) == Posix.O_SYNC ? "|O_SYNC" : "|O_DSYNC") : "");
    words.append(direct ? "|O_DIRECT" : "");
    return words.append("|O_CLOEXEC").toString();
  }
}
