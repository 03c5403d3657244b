// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.open;

import static java.nio.file.StandardOpenOption.READ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.noinherit.Handle;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The JDK's own option DIRECT: past the page cache. */
@Tag("every-jdk")
@Counted
final class OpenDirectTest {
  private static final int O_CLOEXEC = 02000000;

  /** The constant of an enum in a module that a Java runtime may lack. */
  private static OpenOption direct() {
    try {
      Object[] all = Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants();
      return Arrays.stream(all)
          .map(OpenOption.class::cast)
          .filter(o -> o.toString().equals("DIRECT"))
          .findFirst()
          .orElseThrow();
    } catch (ClassNotFoundException e) {
      return abort("no module jdk.unsupported, which has ExtendedOpenOption");
    }
  }

  private static String seen(Path file, boolean ours) {
    try (FileChannel channel =
        ours ? NoInherit.open(file, READ, direct()) : FileChannel.open(file, READ, direct())) {
      String info = Files.readString(Path.of("/proc/self/fdinfo/" + Handle.of(channel).number()));
      int flags = Integer.parseInt(info.replaceAll("(?s).*flags:\\s+(\\d+).*", "$1"), 8);
      return Integer.toOctalString(flags & ~O_CLOEXEC) + " read " + misalignedRead(channel);
    } catch (IOException e) {
      return e.getClass().getName();
    }
  }

  private static String misalignedRead(FileChannel channel) {
    try {
      return "" + channel.read(ByteBuffer.allocate(3));
    } catch (IOException e) {
      return e.getClass().getName() + " " + e.getMessage();
    }
  }

  @Test
  void directIsWhatTheJdkMakesOfIt(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("file"), new byte[8192]);
    assertEquals(seen(file, false), seen(file, true));
  }
}
