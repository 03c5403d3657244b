// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.docs;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example in README.md compiles, does what it says, and is the one that is compiled here. */
class ReadmeExampleTest {
  private static final String SOURCE =
      "core/src/test/java/io/github/noinherit/docs/ReadmeExampleTest.java";

  private static int example(Path logFile, SocketAddress address, Socket socket)
      throws IOException, InterruptedException {
    // README: begin
    FileChannel log = NoInherit.open(logFile, CREATE, APPEND); // born non-inheritable
    ServerSocketChannel listener = NoInherit.openServerSocketChannel().bind(address);
    NoInherit.setNoInherit(socket); // one that somebody else opened

    SpawnedProcess child =
        Spawn.command("sh", "-c", "echo $NOINHERIT_HANDLES >&7")
            .pass("http", listener) // the child finds it by name: http=3
            .passAs(7, log) // and this one as descriptor 7
            .start(); // and nothing else
    int status = child.waitFor();
    // README: end
    listener.close();
    log.close();
    return status;
  }

  @Test
  void theExampleDoesWhatItsCommentsSay(@TempDir Path directory) throws Exception {
    Path log = directory.resolve("log");
    try (Socket socket = new Socket()) {
      assertEquals(
          0, example(log, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), socket));
      assertFalse(NoInherit.isInheritable(socket));
    }
    assertEquals("http=3\n", Files.readString(log));
  }

  @Test
  void theReadmeShowsTheLinesThatAreCompiledHere() throws Exception {
    assertEquals(Repository.compiled(SOURCE, "README"), Repository.firstExample("README.md"));
  }
}
