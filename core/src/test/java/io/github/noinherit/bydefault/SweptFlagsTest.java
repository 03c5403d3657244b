// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.CProgram;
import io.github.noinherit.NoInherit;
import io.github.noinherit.Protection;
import io.github.noinherit.Scope;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.RawFlags;
import java.io.FileInputStream;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is open already when protection is installed is made non-inheritable, but for what is meant
 * to be inherited; and it is as before when protection is removed, unless it is another file by
 * then.
 */
@Tag("unprotected")
final class SweptFlagsTest {
  private static final Path NULL = Path.of("/dev/null");

  @TempDir Path folder;

  /** Number to close-on-exec, from 3 up. */
  private static Map<Integer, Boolean> flags() {
    return DescriptorTable.ofThisProcess().descriptors().tailMap(3).values().stream()
        .collect(
            Collectors.toMap(
                Descriptor::number, Descriptor::closeOnExec, (a, b) -> b, TreeMap::new));
  }

  static void allBack() throws Exception {
    NoInherit.byDefault().remove(); // loads what there is to load
    int number = RawFlags.openInheritable(NULL);
    int marked = RawFlags.dup(number, 3, true);
    int high = RawFlags.dup(number, 900, false);
    try (FileInputStream file = new FileInputStream(NULL.toFile());
        Selector selector = Selector.open()) {
      Pipe pipe = Pipe.open();
      assertTrue(file.getFD().valid());
      Map<Integer, Boolean> before = flags();
      long inheritable = before.values().stream().filter(f -> !f).count();
      Protection p = NoInherit.byDefault();
      assertEquals(inheritable, p.swept());
      assertEquals(before.keySet(), flags().keySet());
      assertFalse(flags().containsValue(false), () -> "" + flags());
      Protection second = NoInherit.byDefault();
      p.remove();
      assertFalse(flags().containsValue(false), () -> "" + flags());
      second.remove();
      assertEquals(before, flags());
      pipe.source().close();
      pipe.sink().close();
      assertTrue(selector.isOpen());
    }
    assertFalse(RawFlags.isCloseOnExec(high));
    assertTrue(RawFlags.isCloseOnExec(marked));
    for (int standard = 0; standard <= 2; standard++) {
      assertFalse(RawFlags.isCloseOnExec(standard));
    }
  }

  @Test
  void allIsAsBeforeAfterTheLastRemove() throws Exception {
    Scenario.run(SweptFlagsTest.class, "allBack");
  }

  static void standardStreams() throws Exception {
    for (int standard = 0; standard <= 2; standard++) {
      assertFalse(RawFlags.isCloseOnExec(standard));
    }
    Protection p = NoInherit.byDefault();
    for (int standard = 0; standard <= 2; standard++) {
      assertFalse(RawFlags.isCloseOnExec(standard));
    }
    p.remove();
    RawFlags.setCloseOnExec(2, true);
    Protection q = NoInherit.byDefault();
    assertTrue(RawFlags.isCloseOnExec(2));
    q.remove();
    assertTrue(RawFlags.isCloseOnExec(2));
  }

  @Test
  void theStandardStreamsAreLeftAlone() throws Exception {
    Scenario.run(SweptFlagsTest.class, "standardStreams");
  }

  /** Of several sorts, each replaced by another of its sort, which is close-on-exec. */
  static void reused() throws Exception {
    Path other = Path.of("/dev/zero");
    int file = RawFlags.openInheritable(NULL);
    Pipe one = Pipe.open();
    Pipe two = Pipe.open();
    int twoSource = number(two.source());
    int twoSink = number(two.sink());
    int source = RawFlags.dup(number(one.source()), 800, false);
    int sink = RawFlags.dup(number(one.sink()), 801, false);
    int still = RawFlags.dup(number(one.sink()), 802, false);
    Protection p = NoInherit.byDefault();
    replace(file, RawFlags.openInheritable(other));
    replace(source, RawFlags.dup(twoSource, 3, true));
    replace(sink, RawFlags.dup(twoSink, 3, true));
    p.remove();
    assertTrue(RawFlags.isCloseOnExec(file));
    assertTrue(RawFlags.isCloseOnExec(source));
    assertTrue(RawFlags.isCloseOnExec(sink));
    assertFalse(RawFlags.isCloseOnExec(still));
  }

  private static int number(java.io.Closeable holder) throws Exception {
    return (int) io.github.noinherit.Handle.of(holder).number();
  }

  /** The number is the other file from now on, close-on-exec. */
  private static void replace(int number, int other) {
    RawFlags.close(number);
    assertEquals(number, RawFlags.dup(other, number, true));
    RawFlags.close(other);
  }

  @Test
  void aNumberThatIsAnotherFileByThenStaysNonInheritable() throws Exception {
    Scenario.run(SweptFlagsTest.class, "reused");
  }

  /** The other end of the same pipe has the same inode. */
  static void otherEnd() throws Exception {
    Pipe pipe = Pipe.open();
    int source = RawFlags.dup(number(pipe.source()), 800, false);
    Protection p = NoInherit.byDefault();
    replace(source, RawFlags.dup(number(pipe.sink()), 3, true));
    p.remove();
    assertTrue(RawFlags.isCloseOnExec(source));
  }

  @Test
  void theOtherEndOfThePipeIsAnotherFile() throws Exception {
    Scenario.run(SweptFlagsTest.class, "otherEnd");
  }

  /** All eventfds, and all epoll sets, share one inode. */
  static void otherEventfd() throws Exception {
    Selector old = Selector.open();
    List<Descriptor> eventfds = eventfds();
    assertEquals(1, eventfds.size());
    int number = eventfds.getFirst().number();
    assertFalse(RawFlags.isCloseOnExec(number));
    Protection p = NoInherit.byDefault();
    Selector fresh = Selector.open();
    int other = eventfds().getLast().number();
    assertTrue(other != number);
    replace(number, RawFlags.dup(other, 3, true));
    p.remove();
    assertTrue(RawFlags.isCloseOnExec(number));
    assertTrue(old.isOpen() && fresh.isOpen());
  }

  private static List<Descriptor> eventfds() {
    return DescriptorTable.ofThisProcess().descriptors().values().stream()
        .filter(d -> d.link().equals("anon_inode:[eventfd]"))
        .toList();
  }

  @Test
  void anotherEventfdIsAnotherFile() throws Exception {
    Scenario.run(SweptFlagsTest.class, "otherEventfd");
  }

  static void closedMeanwhile() throws Exception {
    int number = RawFlags.dup(RawFlags.openInheritable(NULL), 700, false);
    Protection p = NoInherit.byDefault();
    RawFlags.close(number);
    p.remove();
    assertFalse(RawFlags.isOpen(number));
    assertFalse(Scenario.isOn());
  }

  @Test
  void aNumberThatIsClosedByThenIsNoError() throws Exception {
    Scenario.run(SweptFlagsTest.class, "closedMeanwhile");
  }

  static void kept() throws Exception {
    NoInherit.byDefault().remove(); // loads what there is to load
    Map<Integer, Boolean> before = flags();
    for (int number = 3; number <= 9; number++) {
      assertEquals(false, before.get(number), () -> "" + before);
    }
    Protection p = NoInherit.byDefault(Scope.jdk().keepInheritable(8));
    List<Integer> left = new ArrayList<>();
    flags()
        .forEach((number, closeOnExec) -> left.addAll(closeOnExec ? List.of() : List.of(number)));
    System.out.println(left);
    p.remove();
    assertEquals(before, flags());
  }

  /** A shell opens 3 to 9 for the JVM, and tells it what they are in the variables given. */
  private String keptBy(String variables) throws Exception {
    Path fifo = folder.resolve("fifo");
    if (!Files.exists(fifo)) {
      CProgram.tool(folder, "mkfifo", fifo.toString());
    }
    List<String> command = new ArrayList<>(List.of("sh", "-c"));
    command.add(
        "%s exec \"$@\" 3</dev/null 4</dev/null 5<>%s 6<>%s 7</dev/null 8</dev/null 9</dev/null"
            .formatted(variables, fifo, fifo));
    command.add("sh");
    command.addAll(Scenario.jvm(SweptFlagsTest.class, "kept").command());
    String said = CProgram.tool(folder, command.toArray(String[]::new));
    assertTrue(said.endsWith("\ndone\n"), said);
    return said.lines().findFirst().orElseThrow();
  }

  @Test
  void whatTheCallerNamesStays() throws Exception {
    assertEquals("[8]", keptBy(""));
  }

  @Test
  void whatSystemdHandedOverStays() throws Exception {
    assertEquals("[3, 4, 8]", keptBy("LISTEN_PID=$$ LISTEN_FDS=2"));
  }

  @Test
  void whatSystemdHandedToAnotherProcessDoesNot() throws Exception {
    assertEquals("[8]", keptBy("LISTEN_PID=1 LISTEN_FDS=2"));
  }

  @Test
  void thePipeOfMakesJobServerStays() throws Exception {
    assertEquals("[5, 6, 8]", keptBy("MAKEFLAGS=' -j2 --jobserver-auth=5,6'"));
    assertEquals("[5, 6, 8]", keptBy("MAKEFLAGS='w -j2 --jobserver-fds=5,6'"));
  }

  @Test
  void makesNamedPipeIsNoNumber() throws Exception {
    assertEquals("[8]", keptBy("MAKEFLAGS=' -j2 --jobserver-auth=fifo:/tmp/GMfifo1'"));
  }

  @Test
  void whatSpawnPassedStays() throws Exception {
    assertEquals("[4, 7, 8]", keptBy("NOINHERIT_HANDLES=http=7,log=4"));
  }

  @Test
  void variablesThatSayNothingAreNoError() throws Exception {
    assertEquals(
        "[8]",
        keptBy(
            "LISTEN_PID=$$ LISTEN_FDS=x NOINHERIT_HANDLES=,=,a=b,c=-1,d"
                + " MAKEFLAGS=--jobserver-auth="));
  }
}
