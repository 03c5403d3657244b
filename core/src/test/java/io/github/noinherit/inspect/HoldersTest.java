// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.inspect.Holder.Held;
import io.github.noinherit.inspect.Origin.Confidence;
import io.github.noinherit.inspect.Origin.Fact;
import io.github.noinherit.inspect.Origin.Source;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who holds a thing and how it came to it, against python3 processes that know, as they made it so.
 */
@Counted
@Needs({Need.PYTHON3, Need.KCMP})
class HoldersTest {
  private static final String LISTEN =
      """
      def listen():
          s = socket.socket()
          s.bind(("127.0.0.1", 0))
          s.listen()
          s.set_inheritable(True)
          say("port", s.getsockname()[1])
          return s
      """;

  @TempDir Path folder;

  private static Holders holders(PythonScene scene) throws Exception {
    return Holders.of(Target.parse(scene.get("port")));
  }

  private static Set<Long> pids(Holders holders) {
    return holders.holders().stream().map(h -> h.process().pid()).collect(Collectors.toSet());
  }

  private static Held only(Holders holders, long pid) {
    List<Held> handles = holders.holder(pid).orElseThrow().handles();
    assertEquals(1, handles.size(), () -> "" + handles);
    return handles.getFirst();
  }

  private static void assertGiven(
      Holders holders, long pid, Source source, Confidence confidence, long giver) {
    Origin origin = only(holders, pid).origin();
    assertEquals(source, origin.source(), origin::toString);
    assertEquals(confidence, origin.confidence(), origin::toString);
    assertEquals(giver, origin.giver().orElseThrow().pid(), origin::toString);
  }

  @Test
  void fromTheOpenerToItsChildToThatOnesChild() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            LISTEN
                + """
                s = listen()
                say("number", s.fileno())
                def b():
                    say("c", child(lambda: None))
                    os.write(w, b"x")
                r, w = os.pipe()
                say("b", child(b))
                os.read(r, 1)
                """)) {
      Holders holders = holders(scene);
      long b = scene.number("b");
      long c = scene.number("c");
      assertEquals(Set.of(scene.pid(), b, c), pids(holders));
      assertGiven(holders, b, Source.ANCESTOR, Confidence.CERTAIN, scene.pid());
      assertGiven(holders, c, Source.ANCESTOR, Confidence.CERTAIN, b);
      Held last = only(holders, c);
      assertEquals((int) scene.number("number"), last.handle().number());
      assertTrue(last.handle().isInheritable());
      assertTrue(last.origin().restsOn(Fact.SAME_DESCRIPTION), last.origin()::toString);
      assertTrue(last.origin().restsOn(Fact.EQUAL_NUMBER), last.origin()::toString);
      assertEquals(List.of(scene.pid(), b, c), holders.path(holders.holder(c).orElseThrow(), last));
      Held first = only(holders, scene.pid());
      assertEquals(Source.UNKNOWN, first.origin().source(), first.origin()::toString);
      assertEquals(first.description(), last.description());
      HandleKind.Tcp kind = (HandleKind.Tcp) first.handle().kind();
      assertTrue(kind.isListening());
      assertEquals((int) scene.number("port"), kind.local().getPort());
    }
  }

  /** Who is in between and has closed it is named; another number is no obstacle. */
  @Test
  void throughAParentThatHasClosedItsOwn() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            LISTEN
                + """
                s = listen()
                r, w = os.pipe()
                def c():
                    os.dup2(s.fileno(), 40)
                    s.close()
                    os.write(w, b"x")
                def b():
                    say("c", child(c))
                    s.close()
                    os.write(w, b"x")
                say("b", child(b))
                n = 0
                while n < 2:
                    n += len(os.read(r, 1))
                """)) {
      Holders holders = holders(scene);
      long b = scene.number("b");
      long c = scene.number("c");
      assertEquals(Set.of(scene.pid(), c), pids(holders));
      assertGiven(holders, c, Source.ANCESTOR, Confidence.CERTAIN, scene.pid());
      Origin origin = only(holders, c).origin();
      assertEquals(List.of(b), origin.through().stream().map(ProcessInfo::pid).toList());
      assertEquals(List.of(40), holders.holder(c).orElseThrow().numbers());
      assertFalse(origin.restsOn(Fact.EQUAL_NUMBER));
    }
  }

  @Test
  void anOpenerThatHasEndedIsNotGuessedAt() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            LISTEN
                + """
                def opener():
                    s = listen()
                    say("b", child(lambda: None))
                    say("c", child(lambda: None))
                    os._exit(0)
                gone(child(opener))
                """)) {
      Holders holders = holders(scene);
      long b = scene.number("b");
      long c = scene.number("c");
      assertEquals(Set.of(b, c), pids(holders));
      for (long pid : new long[] {b, c}) {
        Origin origin = only(holders, pid).origin();
        assertEquals(Source.ENDED_PROCESS, origin.source(), origin::toString);
        assertEquals(Confidence.LIKELY, origin.confidence(), origin::toString);
        assertTrue(origin.giver().isEmpty(), origin::toString);
        assertTrue(origin.restsOn(Fact.PARENT_ENDED), origin::toString);
      }
    }
  }

  @Test
  void theLastHolderOfAnEndedOpener() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            LISTEN
                + """
                def opener():
                    s = listen()
                    say("b", child(lambda: None))
                    os._exit(0)
                gone(child(opener))
                """)) {
      Holders holders = holders(scene);
      Origin origin = only(holders, scene.number("b")).origin();
      assertEquals(Source.UNKNOWN, origin.source(), origin::toString);
      assertTrue(origin.restsOn(Fact.PARENT_ENDED), origin::toString);
    }
  }

  /** The link between them is lost, so it is no more than likely. */
  @Test
  void fromALivingOpenerThroughOneThatHasEnded() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            LISTEN
                + """
                s = listen()
                def between():
                    say("c", child(lambda: None))
                    os._exit(0)
                gone(child(between))
                """)) {
      Holders holders = holders(scene);
      long c = scene.number("c");
      assertEquals(Set.of(scene.pid(), c), pids(holders));
      assertGiven(holders, c, Source.OTHER_PROCESS, Confidence.LIKELY, scene.pid());
    }
  }

  /** Two sockets at one port: nothing was inherited. */
  @Test
  void aGroupOfReusePort() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            """
            def listen(port):
                s = socket.socket()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                s.bind(("127.0.0.1", port))
                s.listen()
                return s
            first = listen(0)
            port = first.getsockname()[1]
            say("port", port)
            r, w = os.pipe()
            def b():
                first.close()
                global second
                second = listen(port)
                os.write(w, b"x")
            say("b", child(b))
            os.read(r, 1)
            """)) {
      Holders holders = holders(scene);
      Held one = only(holders, scene.pid());
      Held other = only(holders, scene.number("b"));
      assertNotEquals(one.description(), other.description());
      assertEquals(Source.UNKNOWN, other.origin().source(), other.origin()::toString);
      assertEquals(2, ((HandleKind.Tcp) one.handle().kind()).listeners());
    }
  }

  /** More names than one call lists, and more descriptors than are asked about at once. */
  @Test
  void amongThousandsOfDescriptors() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            LISTEN
                + """
                import resource
                hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
                resource.setrlimit(resource.RLIMIT_NOFILE, (min(5000, hard), hard))
                many = [os.open("/dev/null", os.O_RDONLY) for i in range(2500)]
                s = listen()
                more = [os.dup(s.fileno()) for i in range(1500)]
                say("first", s.fileno()); say("last", more[-1])
                """)) {
      Holder holder = holders(scene).holder(scene.pid()).orElseThrow();
      assertEquals(1501, holder.handles().size());
      assertEquals((int) scene.number("first"), holder.numbers().getFirst());
      assertEquals((int) scene.number("last"), holder.numbers().getLast());
      assertEquals(1, holder.handles().stream().map(Held::description).distinct().count());
      HandleTable table = HandleTable.of(scene.pid());
      assertTrue(table.handles().size() > 4000, () -> table.handles().size() + " handles");
    }
  }

  /** A file opened in a parent and once more in its child is not shared, though it is one file. */
  @Test
  void theSameFileIsNotTheSameDescription() throws Exception {
    Path file = Files.writeString(folder.resolve("a file"), "x");
    Path link = folder.resolve("link");
    Files.createLink(link, file);
    try (PythonScene scene =
        PythonScene.start(
            """
            path = "%s"
            f = os.open(path, os.O_RDONLY)
            r, w = os.pipe()
            def b():
                say("own", os.open(path, os.O_RDWR))
                os.write(w, b"x")
            say("inherited", f)
            say("b", child(b))
            os.read(r, 1)
            """
                .formatted(file))) {
      for (Path name : List.of(file, link)) {
        Holders holders = Holders.of(new Target.File(name));
        long b = scene.number("b");
        assertEquals(Set.of(scene.pid(), b), pids(holders));
        Holder child = holders.holder(b).orElseThrow();
        int inherited = (int) scene.number("inherited");
        int own = (int) scene.number("own");
        assertEquals(Set.of(inherited, own), Set.copyOf(child.numbers()));
        for (Held held : child.handles()) {
          boolean isInherited = held.handle().number() == inherited;
          assertEquals(
              isInherited ? Confidence.CERTAIN : Confidence.UNKNOWN,
              held.origin().confidence(),
              held::toString);
        }
      }
    }
  }

  @Test
  void aFileWithoutANameAnyMore() throws Exception {
    Path file = Files.writeString(folder.resolve("gone"), "x");
    try (PythonScene scene =
        PythonScene.start(
            "say('number', os.open('%s', os.O_RDONLY)); os.unlink('%s')".formatted(file, file))) {
      Holders holders = Holders.of(new Target.File(file));
      Held held = only(holders, scene.pid());
      assertTrue(held.handle().isDeleted());
      assertEquals(file.toString(), held.handle().target());
    }
  }

  @Test
  void unixSocketsByPathAndByAbstractName() throws Exception {
    Path path = folder.resolve("x.sock");
    String name = "noinherit-test-" + ProcessHandle.current().pid();
    try (PythonScene scene =
        PythonScene.start(
            """
            a = socket.socket(socket.AF_UNIX); a.bind("%s"); a.listen()
            b = socket.socket(socket.AF_UNIX); b.bind("\\0%s"); b.listen()
            say("a", a.fileno()); say("b", b.fileno())
            say("child", child(lambda: None))
            """
                .formatted(path, name))) {
      for (String target : List.of("unix:" + path, path.toString())) {
        Holders holders = Holders.of(Target.parse(target));
        assertEquals(Set.of(scene.pid(), scene.number("child")), pids(holders));
        assertEquals((int) scene.number("a"), only(holders, scene.pid()).handle().number());
      }
      Holders holders = Holders.of(Target.parse("unix:@" + name));
      Held held = only(holders, scene.number("child"));
      assertEquals((int) scene.number("b"), held.handle().number());
      assertEquals(Confidence.CERTAIN, held.origin().confidence());
      HandleKind.Unix kind = (HandleKind.Unix) held.handle().kind();
      assertTrue(kind.isListening() && kind.isAbstract(), kind::toString);
    }
  }

  /** What takes connections or datagrams at an address is found by it; what does not is not. */
  @Test
  void addresses() throws Exception {
    try (PythonScene scene =
        PythonScene.start(
            """
            a = socket.socket(); a.bind(("0.0.0.0", 0)); a.listen(); port = a.getsockname()[1]
            u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", port))
            say("port", port)
            """)) {
      String port = scene.get("port");
      for (String target : List.of(port, "127.0.0.1:" + port, "udp:" + port, "0.0.0.0:" + port)) {
        assertEquals(Set.of(scene.pid()), pids(Holders.of(Target.parse(target))), target);
      }
      for (String target : List.of("[::1]:" + port, "udp:127.0.0.2:" + port)) {
        assertEquals(Set.of(), pids(Holders.of(Target.parse(target))), target);
      }
    }
  }

  @Test
  void nobodyHoldsAFreePort() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
      Holders holders = Holders.of(Target.parse("" + port));
      assertEquals(Set.of(ProcessHandle.current().pid()), pids(holders));
    }
    Holders holders = Holders.of(Target.parse("" + port));
    assertEquals(List.of(), holders.holders());
    assertTrue(holders.isComplete());
  }
}
