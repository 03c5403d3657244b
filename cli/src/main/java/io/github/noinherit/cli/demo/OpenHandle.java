// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

/**
 * One descriptor of a process as the kernel names it.
 *
 * @param number the descriptor
 * @param target where {@code /proc/PID/fd/N} points: a path, or as {@code socket:[4711]}
 */
record OpenHandle(int number, String target) {
  /** True for standard input, output and error, which every child is meant to get. */
  boolean isStandard() {
    return number <= 2;
  }

  boolean isSocket() {
    return target.startsWith("socket:[");
  }

  boolean isSocket(long inode) {
    return target.equals("socket:[" + inode + "]");
  }

  /** True for the files that a JVM opens for itself: its own, libraries, and the class path. */
  boolean isOfJavaRuntime() {
    return target.startsWith(System.getProperty("java.home") + "/")
        || target.endsWith(".jar")
        || target.contains(".so")
        || target.equals("/dev/random")
        || target.equals("/dev/urandom");
  }
}
