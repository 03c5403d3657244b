// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.open;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Strace;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The flag is in the very call that creates the descriptor, so that there is no instant without it:
 * strace sees each call that creates one.
 */
@Tag("every-jdk")
@Needs(Need.STRACE)
final class BornNonInheritableTest {
  private static final String CREATING =
      "open,openat,creat,socket,socketpair,accept,accept4,pipe,pipe2,eventfd,eventfd2,"
          + "epoll_create,epoll_create1,dup,dup2,dup3";
  private static final int LAST = 9;

  /** What must be seen in each section, for each creator. */
  private static final Map<Integer, List<String>> EXPECTED =
      Map.of(
          1, List.of("open(at)?\\(.*O_RDWR\\|O_CREAT\\|O_CLOEXEC.*"),
          2, List.of("socket\\(AF_INET6?, SOCK_STREAM\\|SOCK_CLOEXEC, .*"),
          3, List.of("socket\\(AF_UNIX, SOCK_STREAM\\|SOCK_CLOEXEC, .*"),
          4, List.of("socket\\(AF_INET6?, SOCK_STREAM\\|SOCK_CLOEXEC, .*"),
          5, List.of("socket\\(AF_INET6?, SOCK_DGRAM\\|SOCK_CLOEXEC, .*"),
          6, List.of("pipe2\\(\\[\\d+, \\d+\\], O_CLOEXEC\\).*"),
          7,
              List.of(
                  "epoll_create1\\(EPOLL_CLOEXEC\\).*",
                  "eventfd2\\(0, EFD_CLOEXEC\\|EFD_NONBLOCK\\).*"),
          8, List.of("accept4\\(.*, SOCK_CLOEXEC\\).*"));

  /** The traced program; the first round loads classes, which opens files of the JVM's own. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    for (int round = 0; round < 2; round++) {
      work(folder);
    }
  }

  private static void work(Path folder) throws IOException {
    Strace.section(1);
    NoInherit.open(folder.resolve("file"), CREATE, READ, WRITE).close();
    Strace.section(2);
    try (ServerSocketChannel listener = NoInherit.openServerSocketChannel()) {
      Strace.section(3);
      NoInherit.openServerSocketChannel(StandardProtocolFamily.UNIX).close();
      Strace.section(LAST);
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Strace.section(4);
      try (SocketChannel client = NoInherit.openSocketChannel()) {
        Strace.section(5);
        NoInherit.openDatagramChannel().close();
        Strace.section(6);
        Pipe pipe = NoInherit.openPipe();
        pipe.source().close();
        pipe.sink().close();
        Strace.section(7);
        NoInherit.openSelector().close();
        Strace.section(LAST);
        client.connect(listener.getLocalAddress());
        Strace.section(8);
        NoInherit.accept(listener).close();
        Strace.section(LAST);
      }
    }
  }

  @Test
  void theFlagIsInTheCallThatCreates(@TempDir Path folder) throws Exception {
    Map<Integer, List<String>> sections =
        Strace.run(
            ChildJvm.of(BornNonInheritableTest.class).arguments(folder.toString()),
            CREATING,
            folder);
    EXPECTED.forEach(
        (number, patterns) -> {
          List<String> calls = sections.get(number);
          assertNotNull(calls, "section " + number + " is missing");
          List<String> creating = calls.stream().filter(c -> !c.startsWith("fcntl(")).toList();
          assertEquals(patterns.size(), creating.size(), number + ": " + calls);
          for (int i = 0; i < patterns.size(); i++) {
            assertTrue(creating.get(i).matches(patterns.get(i)), creating.get(i));
          }
          assertTrue(calls.stream().noneMatch(c -> c.contains("F_SETFD")), "" + calls);
        });
  }
}
