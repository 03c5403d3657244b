// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.jdk;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** How the JDK writes arguments, paths and the environment for the operating system: in bytes. */
public final class JdkText {
  /** Not ProcessImpl.JNU_CHARSET: initialising that class sets SIGCHLD to its default action. */
  private static final PrivateMethod ENCODING =
      new PrivateMethod("jdk.internal.util.StaticProperty", "jnuEncoding");

  private static final PrivateMethod ENVIRONMENT =
      new PrivateMethod(
          "java.lang.ProcessEnvironment", "toEnvironmentBlock", "java.util.Map", "int[]");
  private static final PrivateMethod PATH_BYTES =
      new PrivateMethod("sun.nio.fs.UnixPath", "getByteArrayForSysCalls");

  private JdkText() {}

  /** The encoding in which ProcessBuilder writes arguments and names: that of the JVM's locale. */
  public static Charset charset() {
    return Charset.forName((String) Objects.requireNonNull(ENCODING.callPure(null)));
  }

  /**
   * The strings of an environment, byte by byte as ProcessBuilder would hand them on: a variable
   * that came from outside and cannot be decoded stays what it was.
   *
   * @param environment what {@link ProcessBuilder#environment()} returned
   */
  public static List<byte[]> environment(Map<String, String> environment) {
    int[] count = new int[1];
    byte[] block = (byte[]) Objects.requireNonNull(ENVIRONMENT.callPure(null, environment, count));
    List<byte[]> strings = new ArrayList<>(count[0]);
    int start = 0;
    for (int i = 0; i < block.length; i++) {
      if (block[i] == 0) {
        strings.add(Arrays.copyOfRange(block, start, i));
        start = i + 1;
      }
    }
    return strings;
  }

  /**
   * The bytes of a path of the default file system, as the JDK would hand them to open(2): a name
   * that came from a directory and cannot be decoded stays what it was.
   *
   * @throws UnsupportedOperationException if the path is not one of the operating system
   */
  public static byte[] path(Path path) throws IOException {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      throw new UnsupportedOperationException(
          "only files of the operating system have a handle; this path is of "
              + path.getFileSystem().provider());
    }
    return (byte[]) Objects.requireNonNull(PATH_BYTES.call(path));
  }
}
