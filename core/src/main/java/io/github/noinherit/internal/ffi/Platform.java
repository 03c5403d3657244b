// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.ffi;

import java.util.Locale;

/** The platform, chosen once. Everything that differs by platform asks {@link #current()}. */
public enum Platform {
  /** Linux on x86-64. */
  LINUX_X86_64,
  /** Linux on 64-bit Arm. */
  LINUX_AARCH64,
  /** Anything else: refused by name, never guessed at. */
  OTHER;

  private static final Platform CURRENT =
      of(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));

  /** The platform that this JVM runs on. */
  public static Platform current() {
    return CURRENT;
  }

  /** Pure: what the JDK's {@code os.name} and {@code os.arch} mean. */
  public static Platform of(String osName, String osArch) {
    if (!osName.toLowerCase(Locale.ROOT).equals("linux")) {
      return OTHER;
    }
    return switch (osArch) {
      case "amd64", "x86_64" -> LINUX_X86_64;
      case "aarch64" -> LINUX_AARCH64;
      default -> OTHER;
    };
  }

  /** Is this one of the Linux platforms that noinherit knows? */
  public boolean isLinux() {
    return this != OTHER;
  }

  /**
   * Refuses any other platform by name, before a native function is looked for.
   *
   * @throws UnsupportedOperationException if this is not Linux on x86-64 or aarch64
   */
  public static void requireLinux() {
    if (!current().isLinux()) {
      throw new UnsupportedOperationException(
          "noinherit works on Linux, on x86-64 and aarch64; this is " + describe());
    }
  }

  /** This machine in words, for messages. */
  public static String describe() {
    return System.getProperty("os.name") + " on " + System.getProperty("os.arch");
  }
}
