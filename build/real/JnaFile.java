// SPDX-License-Identifier: Apache-2.0

import com.sun.jna.Library;
import com.sun.jna.Native;

/** Opens the file that it is given by the C library, through JNA, and reads it. */
final class JnaFile {
  private JnaFile() {}

  interface CLibrary extends Library {
    int open(String path, int flags, Object... mode);

    long read(int fd, byte[] buffer, long count);

    int close(int fd);
  }

  public static void main(String[] arguments) {
    CLibrary c = Native.load("c", CLibrary.class);
    int fd = c.open(arguments[0], 0);
    byte[] buffer = new byte[4096];
    long count = c.read(fd, buffer, buffer.length);
    System.out.println("JNA " + Native.VERSION);
    System.out.println("read " + count + ": " + new String(buffer, 0, (int) count).strip());
    System.out.println("close: " + c.close(fd) + ", again: " + c.close(fd));
  }
}
