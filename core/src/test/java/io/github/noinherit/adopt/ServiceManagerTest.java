// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.adopt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.HandleClosedException;
import io.github.noinherit.Inherited;
import io.github.noinherit.ServiceManager;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a service tells its manager. The manager is a Python program with the socket of
 * sd_notify(3): it starts the command, prints each message that arrives, with what was sent along,
 * keeps what is to be stored, and starts the command again, with what it keeps, if it is told to.
 */
@Tag("every-jdk")
@Counted
@Needs(Need.PYTHON3)
class ServiceManagerTest {
  private static final String MANAGER =
      """
      import array, os, signal, socket, stat, sys, threading, time
      address, starts = sys.argv[1], int(sys.argv[2])
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      s.bind('\\0' + address[1:] if address[0] == '@' else address)
      s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
      store = []
      def start():
          pid = os.fork()
          if pid: return pid
          os.environ.update(NOTIFY_SOCKET=address, WATCHDOG_PID=str(os.getpid()),
                            WATCHDOG_USEC='1500000')
          if store:
              os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(store)),
                                LISTEN_FDNAMES=':'.join(name for name, fd in store))
              for i, (name, fd) in enumerate(store): os.dup2(fd, 100 + i)
              for i in range(len(store)): os.dup2(100 + i, 3 + i)
              os.closerange(3 + len(store), 200)
          os.execv(sys.argv[3], sys.argv[3:])
      def receive(pid):
          data, control, flags, sender = s.recvmsg(4096, 4096)
          fds = array.array('i'); sent_by = None
          for level, kind, content in control:
              if kind == socket.SCM_RIGHTS: fds.frombytes(content)
              else: sent_by = array.array('i', content)[0]
          text = data.decode()
          fields = dict(line.split('=', 1) for line in text.split('\\n'))
          if 'MONOTONIC_USEC' in fields:
              age = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000 - int(fields['MONOTONIC_USEC'])
              text = text.split('\\n')[0] + (' a moment ago' if 0 <= age < 30_000_000 else ' ' + str(age))
          inodes = [str(os.fstat(fd).st_ino) for fd in fds]
          print('|'.join(text.split('\\n') + inodes), '' if sent_by == pid else sent_by, flush=True)
          if 'FDSTORE' in fields:
              store.extend((fields['FDNAME'], fd) for fd in fds)
          if 'FDSTOREREMOVE' in fields:
              store[:] = [entry for entry in store if entry[0] != fields['FDNAME']]
      for _ in range(starts):
          pid = start()
          s.settimeout(0.1)
          while True:
              try:
                  receive(pid)
              except TimeoutError:
                  ended, status = os.waitpid(pid, os.WNOHANG)
                  if ended:
                      s.settimeout(0)
                      try:
                          while True: receive(pid)
                      except BlockingIOError: pass
                      print('ended', os.waitstatus_to_exitcode(status), flush=True)
                      break
      """;

  @TempDir Path folder;

  private static List<String> manage(String address, int starts, ChildJvm jvm)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3", "-c", MANAGER, address, "" + starts));
    command.addAll(jvm.command());
    try (Giver.Running manager = Giver.Running.start(command)) {
      return manager.lines().stream().map(String::strip).toList();
    }
  }

  private static void require(boolean sent) {
    if (!sent) {
      throw new IllegalStateException("not sent");
    }
  }

  /** Says everything that a service can say. */
  static final class Talkative {
    public static void main(String[] arguments) throws Exception {
      require(ServiceManager.isPresent());
      require(ServiceManager.status("starting \u00e4"));
      require(ServiceManager.extendTimeout(Duration.ofSeconds(30)));
      require(ServiceManager.ready());
      require(ServiceManager.reloading());
      require(ServiceManager.ready());
      require(ServiceManager.watchdogInterval().orElseThrow().equals(Duration.ofMillis(1500)));
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  require(ServiceManager.watchdog());
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              })
          .join();
      require(ServiceManager.mainPid(4711));
      require(ServiceManager.stopping());
    }
  }

  private static final List<String> EVERYTHING =
      List.of(
          "STATUS=starting \u00e4",
          "EXTEND_TIMEOUT_USEC=30000000",
          "READY=1",
          "RELOADING=1 a moment ago",
          "READY=1",
          "WATCHDOG=1",
          "MAINPID=4711",
          "STOPPING=1",
          "ended 0");

  @Test
  void everyMessageArrivesThroughAPath() throws Exception {
    assertEquals(
        EVERYTHING, manage("" + folder.resolve("notify"), 1, ChildJvm.of(Talkative.class)));
  }

  @Test
  void andThroughAnAbstractName() throws Exception {
    String name = "@noinherit-test-" + ProcessHandle.current().pid();
    assertEquals(EVERYTHING, manage(name, 1, ChildJvm.of(Talkative.class)));
  }

  /** Keeps a listener and a connection over a restart; says which inodes it has. */
  static final class Restarted {
    public static void main(String[] arguments) throws Exception {
      ServerSocketChannel kept = Inherited.serverSocket("http").orElse(null);
      if (kept == null) {
        try (ServerSocketChannel listener = ServerSocketChannel.open();
            ServerSocketChannel other = ServerSocketChannel.open()) {
          listener.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
          try (SocketChannel client = SocketChannel.open(listener.getLocalAddress());
              SocketChannel connection = listener.accept()) {
            int before = DescriptorTable.ofThisProcess().numbers().size();
            require(ServiceManager.status(inode(listener) + " " + inode(connection)));
            require(ServiceManager.store("http", listener));
            require(ServiceManager.store("more", connection, client));
            require(ServiceManager.store("gone", other));
            require(ServiceManager.forget("gone"));
            int after = DescriptorTable.ofThisProcess().numbers().size();
            require(ServiceManager.status((after - before) + " descriptors left behind"));
            require(listener.isOpen() && connection.isOpen());
          }
        }
        return;
      }
      try (kept;
          SocketChannel connection = Inherited.socket(4).orElseThrow();
          SocketChannel client = Inherited.socket(5).orElseThrow()) {
        require(ServiceManager.status(inode(kept) + " " + inode(connection)));
        client.write(java.nio.ByteBuffer.wrap(new byte[] {42}));
        java.nio.ByteBuffer read = java.nio.ByteBuffer.allocate(1);
        connection.read(read);
        try (SocketChannel another = SocketChannel.open(kept.getLocalAddress())) {
          kept.accept().close();
          require(ServiceManager.status(read.get(0) + " and served " + another.isConnected()));
        }
      }
    }

    private static long inode(Closeable holder) throws IOException {
      int number = (int) io.github.noinherit.Handle.of(holder).number();
      return DescriptorTable.ofThisProcess().get(number).orElseThrow().inode();
    }
  }

  @Test
  void whatIsStoredComesBackAfterARestart() throws Exception {
    List<String> lines = manage("" + folder.resolve("notify"), 2, ChildJvm.of(Restarted.class));
    String inodes = lines.getFirst();
    String[] each = inodes.replace("STATUS=", "").split(" ", -1);
    assertEquals("FDSTORE=1|FDNAME=http|" + each[0], lines.get(1));
    assertTrue(lines.get(2).startsWith("FDSTORE=1|FDNAME=more|" + each[1] + "|"), lines.get(2));
    assertTrue(lines.get(3).startsWith("FDSTORE=1|FDNAME=gone|"), lines.get(3));
    assertEquals("FDSTOREREMOVE=1|FDNAME=gone", lines.get(4));
    assertEquals(
        List.of(
            "STATUS=0 descriptors left behind",
            "ended 0",
            inodes,
            "STATUS=42 and served true",
            "ended 0"),
        lines.subList(5, lines.size()));
  }

  /** FILE: is refused in every way; the manager hears of nothing. */
  static final class Refused {
    private interface Call {
      boolean run() throws IOException;
    }

    private static void refused(Class<? extends Exception> type, Call call) {
      try {
        throw new IllegalStateException("sent: " + call.run());
      } catch (Exception e) {
        if (!type.isInstance(e)) {
          throw new IllegalStateException(e);
        }
      }
    }

    public static void main(String[] arguments) throws Exception {
      refuseAll(Path.of(arguments[0])); // what the JDK opens once and keeps is open then
      DescriptorTable before = DescriptorTable.ofThisProcess();
      refuseAll(Path.of(arguments[0]));
      DescriptorTable.ofThisProcess().assertNothingSince(before);
      require(ServiceManager.status("end"));
    }

    private static void refuseAll(Path regularFile) throws IOException {
      try (FileChannel file = FileChannel.open(regularFile);
          ServerSocketChannel listener = ServerSocketChannel.open()) {
        refused(IllegalArgumentException.class, () -> ServiceManager.store("f", file));
        refused(IllegalArgumentException.class, () -> ServiceManager.store("l", listener, file));
        refused(IllegalArgumentException.class, () -> ServiceManager.store("a:b", listener));
        refused(IllegalArgumentException.class, () -> ServiceManager.store("none"));
        Closeable[] many = Collections.nCopies(254, listener).toArray(new Closeable[0]);
        refused(IllegalArgumentException.class, () -> ServiceManager.store("many", many));
        refused(IllegalArgumentException.class, () -> ServiceManager.status("a\nREADY=1"));
        refused(IllegalArgumentException.class, () -> ServiceManager.mainPid(-1));
        ServerSocketChannel closed = ServerSocketChannel.open();
        closed.close();
        refused(HandleClosedException.class, () -> ServiceManager.store("c", listener, closed));
      }
    }
  }

  @Test
  void whatCannotBeSentIsRefusedAndNothingIsLeftBehind() throws Exception {
    assertEquals(
        List.of("STATUS=end", "ended 0"),
        manage(
            "" + folder.resolve("notify"),
            1,
            ChildJvm.of(Refused.class).arguments("/etc/hostname")));
  }

  /** Says what comes of telling a manager, for each value of NOTIFY_SOCKET that is there. */
  static final class Alone {
    public static void main(String[] arguments) throws Exception {
      try (ServerSocketChannel listener = ServerSocketChannel.open()) {
        System.out.println(
            ServiceManager.isPresent()
                + " "
                + ServiceManager.ready()
                + ServiceManager.reloading()
                + ServiceManager.store("l", listener)
                + ServiceManager.forget("l")
                + ServiceManager.watchdogInterval().isPresent());
      } catch (IOException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private static String alone(String notify, String... flags)
      throws IOException, InterruptedException {
    return ChildJvm.of(Alone.class)
        .flags(flags)
        .environment("NOTIFY_SOCKET", notify)
        .run()
        .outOrThrow()
        .strip();
  }

  @Test
  void withoutAManagerNothingIsSent() throws Exception {
    assertEquals("false falsefalsefalsefalsefalse", alone(null));
    assertEquals("false falsefalsefalsefalsefalse", alone(null, "-Dos.name=Mac OS X"));
  }

  @Test
  void aManagerThatIsGoneIsAnErrorThatSaysSo() throws Exception {
    String gone = alone("" + folder.resolve("nobody"));
    assertTrue(
        gone.equals(
            "sendmsg to NOTIFY_SOCKET, READY=1: ENOENT (2) No such file or directory; is the"
                + " service manager that started this process still there?"),
        gone);
    assertTrue(alone("vsock:2:1234").contains("NOTIFY_SOCKET is \"vsock:2:1234\": an absolute"));
  }
}
