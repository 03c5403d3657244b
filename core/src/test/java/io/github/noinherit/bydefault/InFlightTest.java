// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.CProgram;
import io.github.noinherit.Handle;
import io.github.noinherit.NoInherit;
import io.github.noinherit.Protection;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import io.github.noinherit.testkit.RawFlags;
import java.io.Closeable;
import java.io.FileInputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Threads that are inside a call that creates a handle at the moment of installation. */
@Tag("unprotected")
final class InFlightTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /** A thread that is in a system call, or parked, before this returns. */
  private static <T> FutureTask<T> waiting(boolean virtual, Callable<T> call) throws Exception {
    FutureTask<T> task = new FutureTask<>(call);
    Thread thread = virtual ? Thread.ofVirtual().start(task) : Thread.ofPlatform().start(task);
    assertTrue(thread.isAlive());
    Thread.sleep(300);
    assertFalse(task.isDone());
    return task;
  }

  /** Accepts once while protection comes, and once more. */
  private static void accepts(
      boolean virtual, SocketAddress address, Callable<? extends Closeable> accept)
      throws Exception {
    FutureTask<? extends Closeable> first = waiting(virtual, accept);
    Protection p = NoInherit.byDefault();
    assertTrue(
        p.uncovered().stream().noneMatch(u -> u.library().contains("thread")),
        () -> "a thread did not get on within a second: " + p.uncovered());
    assertFalse(first.isDone(), "protection is no connection");
    connectAndLook(address, first);
    connectAndLook(address, waiting(virtual, accept));
    p.remove();
  }

  private static void connectAndLook(SocketAddress address, FutureTask<? extends Closeable> accept)
      throws Exception {
    try (SocketChannel client = SocketChannel.open(address);
        Closeable accepted = accept.get(10, TimeUnit.SECONDS)) {
      assertTrue(client.isConnected());
      assertTrue(RawFlags.isCloseOnExec((int) Handle.of(accepted).number()));
      assertTrue(Scenario.childGetsNothing());
    }
  }

  static void channel() throws Exception {
    for (boolean virtual : new boolean[] {false, true}) {
      try (ServerSocketChannel listener = ServerSocketChannel.open().bind(ANY_PORT)) {
        accepts(virtual, listener.getLocalAddress(), listener::accept);
      }
    }
  }

  @Test
  void whoWaitsInAcceptOfAChannelGetsANonInheritableSocket() throws Exception {
    Scenario.run(InFlightTest.class, "channel");
  }

  static void socket() throws Exception {
    for (boolean virtual : new boolean[] {false, true}) {
      try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
        accepts(virtual, listener.getLocalSocketAddress(), listener::accept);
      }
    }
  }

  @Test
  void whoWaitsInAcceptOfASocketGetsANonInheritableSocket() throws Exception {
    Scenario.run(InFlightTest.class, "socket");
  }

  static void unixChannel() throws Exception {
    Path folder = Files.createTempDirectory("in-flight");
    Path path = folder.resolve("socket");
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(path));
      accepts(false, listener.getLocalAddress(), listener::accept);
    } finally {
      Files.delete(path);
      Files.delete(folder);
    }
  }

  @Test
  void whoWaitsInAcceptOfAUnixChannelGetsANonInheritableSocket() throws Exception {
    Scenario.run(InFlightTest.class, "unixChannel");
  }

  static void fifo() throws Exception {
    Path folder = Files.createTempDirectory("in-flight");
    Path path = folder.resolve("fifo");
    try {
      assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).inheritIO().start().waitFor());
      FutureTask<FileInputStream> opening =
          waiting(false, () -> new FileInputStream(path.toFile()));
      Protection p = NoInherit.byDefault();
      assertTrue(
          p.uncovered().stream().anyMatch(u -> u.library().startsWith("thread ")),
          () -> "" + p.uncovered());
      Files.newOutputStream(path).close();
      opening.get(10, TimeUnit.SECONDS).close();
      p.remove();
    } finally {
      Files.delete(path);
      Files.delete(folder);
    }
  }

  @Test
  void whoWaitsForTheOtherEndOfANamedPipeIsNamed() throws Exception {
    Scenario.run(InFlightTest.class, "fifo");
  }

  /**
   * accept that takes its time before the system call, as a thread does that gets no processor
   * after it has read the pointer; and accept4, which a hook calls.
   */
  private static final String LATE_ACCEPT =
      """
      #define _GNU_SOURCE
      #include <sys/socket.h>
      #include <sys/syscall.h>
      #include <time.h>
      #include <unistd.h>
      int accept(int fd, struct sockaddr *address, socklen_t *length) {
        struct timespec pause = {0, 500000000};
        nanosleep(&pause, 0);
        return syscall(SYS_accept, fd, address, length);
      }
      int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags) {
        return syscall(SYS_accept4, fd, address, length, flags);
      }
      """;

  @Test
  @Needs(Need.COMPILER)
  void whoIsOnTheWayIntoAcceptGetsANonInheritableSocket(@TempDir Path folder) throws Exception {
    Path source = Files.writeString(folder.resolve("late-accept.c"), LATE_ACCEPT);
    Path library = folder.resolve("late-accept.so");
    CProgram.tool(folder, "cc", "-shared", "-fPIC", "-o", library.toString(), source.toString());
    assertEquals(
        "done\n",
        Scenario.jvm(InFlightTest.class, "channelOfAPlatformThread")
            .environment("LD_PRELOAD", library.toString())
            .run()
            .outOrThrow());
  }

  static void channelOfAPlatformThread() throws Exception {
    try (ServerSocketChannel listener = ServerSocketChannel.open().bind(ANY_PORT)) {
      accepts(false, listener.getLocalAddress(), listener::accept);
    }
  }
}
