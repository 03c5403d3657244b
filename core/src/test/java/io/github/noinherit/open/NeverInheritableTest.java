// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.open;

import static java.nio.file.StandardOpenOption.READ;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.NaiveForker;
import io.github.noinherit.testkit.Races;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * No child that native code starts at any moment gets a handle that was opened through NoInherit.
 *
 * <p>How this works: in a JVM of its own, with everything that the JVM itself has open made
 * close-on-exec, threads open, accept and close all the time while a naive forker starts children
 * as fast as it can, with no closing at all. Each child looks at its descriptors and ends with 1 if
 * there is any above 2. Opened through the JDK the same handles do leak: that is run too, and must
 * be seen, or the test could see nothing.
 *
 * <p>What passing does not prove: that there is no such moment, only that no child fell into one.
 * That the flag is in the creating call itself is what BornNonInheritableTest shows.
 */
@Tag("every-jdk")
final class NeverInheritableTest {
  private static final int CHILDREN = Boolean.getBoolean("noinherit.stress") ? 20_000 : 400;

  /** The ways to make handles. */
  private interface Opener {
    FileChannel file() throws IOException;

    ServerSocketChannel listener() throws IOException;

    SocketChannel socket() throws IOException;

    SocketChannel accept(ServerSocketChannel listener) throws IOException;

    Pipe pipe() throws IOException;

    Selector selector() throws IOException;
  }

  private static final Path FILE = Path.of("/dev/null");

  private static final class Ours implements Opener {
    @Override
    public FileChannel file() throws IOException {
      return NoInherit.open(FILE, READ);
    }

    @Override
    public ServerSocketChannel listener() throws IOException {
      return NoInherit.openServerSocketChannel();
    }

    @Override
    public SocketChannel socket() throws IOException {
      return NoInherit.openSocketChannel();
    }

    @Override
    public SocketChannel accept(ServerSocketChannel listener) throws IOException {
      return NoInherit.accept(listener);
    }

    @Override
    public Pipe pipe() throws IOException {
      return NoInherit.openPipe();
    }

    @Override
    public Selector selector() throws IOException {
      return NoInherit.openSelector();
    }
  }

  private static final class Jdks implements Opener {
    @Override
    public FileChannel file() throws IOException {
      return FileChannel.open(FILE, READ);
    }

    @Override
    public ServerSocketChannel listener() throws IOException {
      return ServerSocketChannel.open();
    }

    @Override
    public SocketChannel socket() throws IOException {
      return SocketChannel.open();
    }

    @Override
    public SocketChannel accept(ServerSocketChannel listener) throws IOException {
      return listener.accept();
    }

    @Override
    public Pipe pipe() throws IOException {
      return Pipe.open();
    }

    @Override
    public Selector selector() throws IOException {
      return Selector.open();
    }
  }

  /** The hammered program: prints how many children there were and how many got something. */
  public static void main(String[] arguments) throws Exception {
    Opener opener = arguments[0].equals("ours") ? new Ours() : new Jdks();
    int children = Integer.parseInt(arguments[1]);
    Path leaf = Leaf.program();
    for (int i = 0; i < 2; i++) { // the second time all classes are loaded
      race(opener, leaf, 20, Duration.ofSeconds(60));
      for (int number : DescriptorTable.ofThisProcess().numbers()) {
        if (number > 2 && RawFlags.isOpen(number)) {
          RawFlags.setCloseOnExec(number, true);
        }
      }
    }
    System.out.println(race(opener, leaf, children, Duration.ofSeconds(60)));
  }

  private static String race(Opener opener, Path leaf, int children, Duration longest)
      throws Exception {
    try (NaiveForker.Hammer hammer = NaiveForker.Hammer.start(leaf, "--quick")) {
      Races.create()
          .duration(longest)
          .threads(1, "opener", turn -> openAndClose(opener))
          .threads(1, "acceptor", turn -> acceptAndClose(opener))
          .threads(1, 1, "counter", turn -> hammer.awaitChildren(children))
          .run();
      return hammer.failures() + " of " + (hammer.children() >= children ? "enough" : "too few");
    }
  }

  private static void openAndClose(Opener opener) throws IOException {
    opener.file().close();
    Pipe pipe = opener.pipe();
    pipe.source().close();
    pipe.sink().close();
    opener.selector().close();
  }

  private static void acceptAndClose(Opener opener) throws IOException {
    try (ServerSocketChannel listener = opener.listener()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      for (int i = 0; i < 10; i++) {
        try (SocketChannel client = opener.socket()) {
          client.connect(listener.getLocalAddress());
          opener.accept(listener).close();
        }
      }
    }
  }

  private static String hammered(String opener, int children) throws Exception {
    return ChildJvm.of(NeverInheritableTest.class)
        .arguments(opener, "" + children)
        .timeout(Duration.ofSeconds(150))
        .run()
        .outOrThrow()
        .strip();
  }

  @Test
  void noChildGetsAHandleOpenedThroughNoInherit() throws Exception {
    assertEquals("0 of enough", hammered("ours", CHILDREN));
  }

  @Test
  void childrenDoGetHandlesOpenedThroughTheJdk() throws Exception {
    String result = hammered("jdks", 100);
    assertTrue(result.matches("[1-9]\\d* of enough"), result);
  }
}
