// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.inspect.Holder.Held;
import io.github.noinherit.inspect.Origin.Confidence;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * A random tree of processes, in which each closes some of what it inherited, opens more, and may
 * end: who holds what, and from whom, against what the processes themselves said. The seed is in
 * each message; {@code -Dnoinherit.seed=N} repeats it.
 */
@Counted
@Needs({Need.PYTHON3, Need.KCMP})
class RandomTreeTest {
  private static final int TREES = Boolean.getBoolean("noinherit.stress") ? 40 : 2;
  private static final int PROCESSES = 60;

  /** Tokens in a pipe limit the number of processes: who takes one may fork. */
  private static final String TREE =
      """
      import random
      tokens, w = os.pipe(); os.write(w, b"x" * LIMIT); os.close(w)
      done, finished = os.pipe()
      def listen(held):
          s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
          held[s.fileno()] = s.getsockname()[1]
          s.detach()
      def grow(held, depth, parent, seed):
          rnd = random.Random(seed)
          for fd in list(held):
              if rnd.random() < 0.25:
                  os.close(fd); del held[fd]
              elif rnd.random() < 0.2:
                  held[os.dup(fd)] = held[fd]
          if depth == 0 or rnd.random() < 0.3:
              listen(held)
          lives = depth == 0 or rnd.random() < 0.8
          me = os.getpid()
          for k in range(4):
              seed = rnd.random()
              if os.read(tokens, 1) and os.fork() == 0:
                  try:
                      grow(dict(held), depth + 1, me, seed)
                  finally:
                      os._exit(1)
          for fd in list(held):
              if depth and rnd.random() < 0.1:
                  os.close(fd); del held[fd]
          text = ",".join(f"{fd}:{port}" for fd, port in held.items())
          say(f"p{me}", f"{parent};{1 if lives else 0};{text}")
          if depth:
              os.write(finished, b"x")
              if lives:
                  stay()
              os._exit(0)
      grow({}, 0, 0, SEED)
      seen = 0
      while seen < LIMIT:
          seen += len(os.read(done, 100))
      """;

  @Test
  void whoHoldsWhatAndFromWhom() throws Exception {
    long seed = Long.getLong("noinherit.seed", System.nanoTime() & 0xffff_ffffL);
    for (int i = 0; i < TREES; i++) {
      new Tree(seed + i).check();
    }
  }

  private record Member(long pid, long parent, boolean isAlive, Map<Integer, Integer> held) {
    static Member parse(long pid, String said) {
      String[] parts = said.split(";", -1);
      Map<Integer, Integer> held = new TreeMap<>();
      for (String copy : parts[2].isEmpty() ? new String[0] : parts[2].split(",", -1)) {
        String[] pair = copy.split(":", -1);
        held.put(Integer.parseInt(pair[0]), Integer.parseInt(pair[1]));
      }
      return new Member(pid, Long.parseLong(parts[0]), parts[1].equals("1"), held);
    }

    Set<Integer> numbersOf(int port) {
      return held.entrySet().stream()
          .filter(e -> e.getValue() == port)
          .map(Map.Entry::getKey)
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static final class Tree {
    private final long seed;
    private final Map<Long, Member> members = new TreeMap<>();

    Tree(long seed) {
      this.seed = seed;
    }

    void check() throws Exception {
      try (PythonScene scene =
          PythonScene.start("LIMIT = " + PROCESSES + "\nSEED = " + seed + "\n" + TREE)) {
        scene
            .all()
            .forEach(
                (name, said) -> {
                  long pid = Long.parseLong(name.substring(1));
                  members.put(pid, Member.parse(pid, said));
                });
        assertTrue(members.size() >= 50, () -> members.size() + " processes, seed " + seed);
        for (Member member : members.values()) {
          awaitEnd(member);
        }
        Set<Integer> ports = new TreeSet<>();
        members.values().stream()
            .filter(Member::isAlive)
            .forEach(m -> ports.addAll(m.held().values()));
        for (int port : ports) {
          check(port, Holders.of(Target.parse("" + port)));
        }
      }
    }

    /** Those that said they would end have closed all once they are zombies, or gone. */
    private static void awaitEnd(Member member) throws Exception {
      Path stat = Path.of("/proc/" + member.pid() + "/stat");
      while (!member.isAlive()) {
        try {
          String text = Files.readString(stat);
          if (text.startsWith("Z", text.lastIndexOf(')') + 2)) {
            return;
          }
        } catch (IOException e) {
          return; // ENOENT or ESRCH
        }
        Thread.sleep(5);
      }
    }

    private void check(int port, Holders holders) {
      Map<Long, Set<Integer>> expected = new TreeMap<>();
      for (Member member : members.values()) {
        if (member.isAlive() && !member.numbersOf(port).isEmpty()) {
          expected.put(member.pid(), member.numbersOf(port));
        }
      }
      Map<Long, Set<Integer>> found = new TreeMap<>();
      for (Holder holder : holders.holders()) {
        found.put(holder.process().pid(), new TreeSet<>(holder.numbers()));
        for (Held held : holder.handles()) {
          checkOrigin(port, holder.process().pid(), held.origin());
        }
      }
      assertEquals(expected, found, () -> "port " + port + ", seed " + seed);
    }

    /** By birth: the nearest living process above that holds it, and whether all between live. */
    private void checkOrigin(int port, long pid, Origin origin) {
      boolean isUnbroken = true;
      Member above = members.get(parent(pid));
      while (above != null && (!above.isAlive() || above.numbersOf(port).isEmpty())) {
        isUnbroken &= above.isAlive();
        above = members.get(above.parent());
      }
      String message = "port " + port + ", pid " + pid + ", seed " + seed + ": " + origin;
      List<Long> giver = new ArrayList<>();
      origin.giver().ifPresent(g -> giver.add(g.pid()));
      if (origin.confidence() == Confidence.CERTAIN) {
        assertEquals(above == null ? List.of() : List.of(above.pid()), giver, message);
      }
      if (above != null && isUnbroken) {
        assertEquals(Confidence.CERTAIN, origin.confidence(), message);
      }
    }

    private long parent(long pid) {
      Member member = members.get(pid);
      return member == null ? 0 : member.parent();
    }
  }
}
