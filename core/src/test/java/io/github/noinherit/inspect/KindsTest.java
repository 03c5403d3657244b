// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.inspect.HandleInfo.Access;
import io.github.noinherit.inspect.HandleKind.Stack;
import io.github.noinherit.inspect.HandleKind.TcpState;
import io.github.noinherit.inspect.HandleKind.UnixType;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of handle, made by a python3 process that knows what it made. */
@Counted
@Needs(Need.PYTHON3)
class KindsTest {
  @TempDir Path folder;

  private static HandleInfo handle(PythonScene scene, String name) throws Exception {
    return HandleTable.of(scene.pid()).handle((int) scene.number(name)).orElseThrow();
  }

  private static HandleKind kind(PythonScene scene, String name) throws Exception {
    return handle(scene, name).kind();
  }

  private static InetSocketAddress address(String address, long port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), (int) port);
  }

  @Test
  void filesAndTheLike() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            """
            d = "%s"
            os.mkfifo(d + "/fifo")
            say("fifo", os.open(d + "/fifo", os.O_RDWR))
            say("dir", os.open(d, os.O_RDONLY))
            say("file", os.open(d + "/f", os.O_WRONLY | os.O_CREAT | os.O_APPEND))
            say("path", os.open(d, os.O_PATH))
            say("null", os.open("/dev/null", os.O_RDWR))
            say("memfd", os.memfd_create("some name"))
            r, w = os.pipe2(os.O_NONBLOCK)
            say("r", r); say("w", w)
            say("net", os.open("/proc/self/ns/net", os.O_RDONLY))
            say("pidfd", os.pidfd_open(os.getpid()))
            """
                .formatted(folder))) {
      assertEquals(new HandleKind.Fifo(), kind(scene, "fifo"));
      assertEquals(new HandleKind.Directory(), kind(scene, "dir"));
      HandleInfo file = handle(scene, "file");
      assertEquals(new HandleKind.RegularFile(), file.kind());
      assertEquals(Access.WRITE, file.access());
      assertTrue(file.flagNames().contains("O_APPEND"), file::toString);
      HandleInfo path = handle(scene, "path");
      assertEquals(Access.NONE, path.access());
      assertTrue(path.flagNames().contains("O_PATH"), path::toString);
      assertEquals(new HandleKind.Device(false, 1, 3), kind(scene, "null"));
      assertEquals(new HandleKind.MemFd("some name"), kind(scene, "memfd"));
      HandleInfo reading = handle(scene, "r");
      HandleInfo writing = handle(scene, "w");
      assertEquals(reading.kind(), writing.kind());
      assertEquals(new HandleKind.Pipe(reading.inode()), reading.kind());
      assertEquals(List.of(Access.READ, Access.WRITE), List.of(reading.access(), writing.access()));
      assertEquals(List.of("O_NONBLOCK"), reading.flagNames());
      HandleInfo net = handle(scene, "net");
      assertEquals(new HandleKind.Namespace("net", net.inode()), net.kind());
      assertEquals(new HandleKind.PidFd(OptionalLong.of(scene.pid())), kind(scene, "pidfd"));
    }
  }

  @Test
  void eventsAndTheLike() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            """
            import ctypes
            libc = ctypes.CDLL(None)
            r, w = os.pipe()
            e = select.epoll(); e.register(r); e.register(w)
            say("r", r); say("w", w); say("epoll", e.fileno())
            i = libc.inotify_init1(0)
            libc.inotify_add_watch(i, b"/tmp", 2)
            say("inotify", i)
            say("eventfd", libc.eventfd(0, 0))
            say("timerfd", libc.timerfd_create(1, 0))
            mask = (ctypes.c_ulong * 16)()
            mask[0] = 1 << 9 | 1 << 63
            say("signalfd", libc.signalfd(-1, mask, 0))
            """)) {
      HandleKind.Epoll epoll = (HandleKind.Epoll) kind(scene, "epoll");
      assertEquals(
          List.of((int) scene.number("r"), (int) scene.number("w")),
          epoll.watched().stream().sorted().toList());
      assertEquals(new HandleKind.Inotify(1), kind(scene, "inotify"));
      assertEquals(new HandleKind.EventFd(), kind(scene, "eventfd"));
      assertEquals(new HandleKind.TimerFd(), kind(scene, "timerfd"));
      assertEquals(new HandleKind.SignalFd(1L << 9 | 1L << 63), kind(scene, "signalfd"));
    }
  }

  @Test
  void socketsOfTheInternet() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            """
            l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen()
            c = socket.socket(); c.connect(l.getsockname()); a, _ = l.accept()
            say("l", l.fileno()); say("c", c.fileno()); say("a", a.fileno())
            say("port", l.getsockname()[1]); say("from", c.getsockname()[1])
            u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 0))
            say("u", u.fileno()); say("uport", u.getsockname()[1])
            n = socket.socket(); say("n", n.fileno())
            l2 = socket.socket(); l2.bind(("127.0.0.1", 0)); l2.listen()
            c2 = socket.create_connection(l2.getsockname()); a2, _ = l2.accept(); c2.close()
            say("waits", a2.fileno())
            """)) {
      long port = scene.number("port");
      long from = scene.number("from");
      assertEquals(
          new HandleKind.Tcp(
              TcpState.LISTEN, address("127.0.0.1", port), Optional.empty(), Stack.IPV4, 1),
          kind(scene, "l"));
      assertEquals(
          new HandleKind.Tcp(
              TcpState.ESTABLISHED,
              address("127.0.0.1", from),
              Optional.of(address("127.0.0.1", port)),
              Stack.IPV4,
              0),
          kind(scene, "c"));
      assertEquals(
          new HandleKind.Tcp(
              TcpState.ESTABLISHED,
              address("127.0.0.1", port),
              Optional.of(address("127.0.0.1", from)),
              Stack.IPV4,
              0),
          kind(scene, "a"));
      assertEquals(
          new HandleKind.Udp(
              address("127.0.0.1", scene.number("uport")), Optional.empty(), Stack.IPV4),
          kind(scene, "u"));
      assertEquals(new HandleKind.OtherSocket("TCP"), kind(scene, "n"));
      assertEquals(TcpState.CLOSE_WAIT, ((HandleKind.Tcp) kind(scene, "waits")).state());
    }
  }

  @Test
  @Needs({Need.PYTHON3, Need.IPV6})
  void ipv6WithAndWithoutIpv4() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            """
            def listen(only):
                s = socket.socket(socket.AF_INET6)
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
                s.bind(("::", 0)); s.listen()
                return s
            both = listen(0); only = listen(1)
            say("both", both.fileno()); say("only", only.fileno())
            say("bothport", both.getsockname()[1]); say("onlyport", only.getsockname()[1])
            c = socket.create_connection(("127.0.0.1", both.getsockname()[1]))
            a, _ = both.accept()
            say("mapped", a.fileno())
            """)) {
      assertEquals(
          new HandleKind.Tcp(
              TcpState.LISTEN,
              address("::", scene.number("bothport")),
              Optional.empty(),
              Stack.DUAL,
              1),
          kind(scene, "both"));
      HandleKind.Tcp only = (HandleKind.Tcp) kind(scene, "only");
      assertEquals(Stack.IPV6_ONLY, only.stack());
      HandleKind.Tcp mapped = (HandleKind.Tcp) kind(scene, "mapped");
      assertEquals(InetAddress.ofLiteral("127.0.0.1"), mapped.local().getAddress());
      String onlyPort = scene.get("onlyport");
      assertEquals(List.of(), Holders.of(Target.parse("127.0.0.1:" + onlyPort)).holders());
      assertEquals(1, Holders.of(Target.parse("[::1]:" + onlyPort)).holders().size());
      assertEquals(
          1, Holders.of(Target.parse("127.0.0.1:" + scene.get("bothport"))).holders().size());
    }
  }

  @Test
  void socketsOfTheMachine() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            """
            l = socket.socket(socket.AF_UNIX); l.bind("%s/s"); l.listen()
            c = socket.socket(socket.AF_UNIX); c.connect("%s/s"); a, _ = l.accept()
            x, y = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            n = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); n.bind((0, 0))
            for name, s in (("l", l), ("c", c), ("a", a), ("x", x), ("y", y), ("n", n)):
                say(name, s.fileno())
            say("nport", n.getsockname()[0])
            """
                .formatted(folder, folder))) {
      String name = folder + "/s";
      assertEquals(
          new HandleKind.Unix(UnixType.STREAM, true, Optional.of(name), OptionalLong.empty(), true),
          kind(scene, "l"));
      long client = handle(scene, "c").inode();
      long accepted = handle(scene, "a").inode();
      assertEquals(
          new HandleKind.Unix(
              UnixType.STREAM, false, Optional.of(name), OptionalLong.of(client), true),
          kind(scene, "a"));
      assertEquals(
          new HandleKind.Unix(
              UnixType.STREAM, false, Optional.empty(), OptionalLong.of(accepted), true),
          kind(scene, "c"));
      assertEquals(
          new HandleKind.Unix(
              UnixType.SEQPACKET,
              false,
              Optional.empty(),
              OptionalLong.of(handle(scene, "y").inode()),
              true),
          kind(scene, "x"));
      assertEquals(new HandleKind.Netlink(0, scene.number("nport")), kind(scene, "n"));
    }
  }

  /** The tables of that namespace are read, in which sock_diag does not look for us. */
  @Test
  @Needs({Need.PYTHON3, Need.ROOT})
  void aListenerInAnotherNetworkNamespace() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            """
            import ctypes
            before = socket.socket(); before.bind(("127.0.0.1", 0)); before.listen()
            say("before", before.fileno())
            if ctypes.CDLL(None).unshare(0x40000000) != 0:
                raise OSError("unshare(CLONE_NEWNET)")
            l = socket.socket(); l.bind(("0.0.0.0", 4711)); l.listen()
            say("l", l.fileno())
            """)) {
      assertEquals(
          new HandleKind.Tcp(
              TcpState.LISTEN, address("0.0.0.0", 4711), Optional.empty(), Stack.IPV4, 1),
          kind(scene, "l"));
      assertEquals(new HandleKind.OtherSocket("TCP"), kind(scene, "before"));
    }
  }
}
