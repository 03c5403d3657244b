// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.tools.attach.VirtualMachine;
import io.github.noinherit.NaiveChild;
import io.github.noinherit.NoInherit;
import io.github.noinherit.Protection.Uncovered;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.RawFlags;
import io.github.noinherit.testkit.Species;
import io.github.noinherit.testkit.Specimen;
import io.github.noinherit.testkit.Zoo;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each thing by which the JDK opens descriptors: inheritable before protection is on, and not after
 * it.
 *
 * <p>How this works: a JVM of its own makes each before and after {@code byDefault()}, and both
 * times asks fcntl about its descriptors, and a child that is started with no closing at all what
 * it has got. Three live in a JVM that is not ours to make the thing in: a selector of another
 * provider, the listeners of a tool that attaches and of a debugger.
 */
@Tag("every-jdk")
@Tag("unprotected")
final class ZooByDefaultTest {
  private static final Set<String> ELSEWHERE = Set.of("Selector poll", "attach listener", "JDWP");
  private static final String POLL =
      "-Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.PollSelectorProvider";

  /** One of a species, as the child JVM reported it. */
  private record Found(int descriptors, int inheritable, int gotByChild, int childsOthers) {
    static Found parse(String[] words) {
      return new Found(
          Integer.parseInt(words[2]),
          Integer.parseInt(words[3]),
          Integer.parseInt(words[4]),
          Integer.parseInt(words[5]));
    }
  }

  private static Map<String, Found> all = Map.of();

  @TempDir static Path folder;

  /** FOLDER SPECIES…: makes each before and after; or how to wait, protected. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 1) {
      if (arguments[0].equals("with NIO")) {
        ServerSocketChannel.open().close();
      }
      for (Uncovered u : NoInherit.byDefault().uncovered()) {
        System.out.println(u.library() + " " + u.function());
      }
      System.out.println("ready");
      while (System.in.read() >= 0) {
        // nothing is said; only the end counts
      }
      return;
    }
    Path reports = Path.of(arguments[0]);
    List<Species> species = new ArrayList<>();
    for (int i = 1; i < arguments.length; i++) {
      species.add(Zoo.get(arguments[i]));
    }
    for (Species s : species) {
      report("before", s, reports);
    }
    NoInherit.byDefault();
    for (Species s : species) {
      report("after", s, reports);
    }
  }

  private static void report(String when, Species species, Path folder) throws Exception {
    try (Specimen specimen = species.create()) {
      DescriptorTable child = NaiveChild.table(folder);
      List<Descriptor> descriptors = specimen.descriptors();
      long inheritable =
          descriptors.stream().filter(d -> !RawFlags.isCloseOnExec(d.number())).count();
      long got =
          descriptors.stream()
              .filter(d -> child.get(d.number()).map(d::sameFile).orElse(false))
              .count();
      long others = child.numbers().stream().filter(n -> n > 2).count() - got;
      System.out.printf(
          "%s\t%s\t%d\t%d\t%d\t%d%n", when, species, descriptors.size(), inheritable, got, others);
    }
  }

  private static Map<String, Found> found(ChildJvm jvm) throws Exception {
    Map<String, Found> found = new HashMap<>();
    for (String line : jvm.run().outOrThrow().lines().toList()) {
      String[] words = line.split("\t", -1);
      if (words.length == 6) { // some species print something themselves
        found.put(words[0] + " " + words[1], Found.parse(words));
      }
    }
    return found;
  }

  static List<Species> species() {
    return Zoo.all().stream().filter(s -> !ELSEWHERE.contains(s.name())).toList();
  }

  @BeforeAll
  static void makeAll() throws Exception {
    List<String> names =
        species().stream().filter(s -> s.missingModule().isEmpty()).map(Species::name).toList();
    all =
        found(
            ChildJvm.of(ZooByDefaultTest.class)
                .arguments(Files.createDirectory(folder.resolve("all")).toString())
                .arguments(names.toArray(String[]::new)));
  }

  private static void assertProtected(Map<String, Found> found, String name) {
    Found before = found.get("before " + name);
    Found after = found.get("after " + name);
    assertNotNull(before);
    assertNotNull(after);
    assertTrue(before.inheritable() > 0, before::toString);
    assertEquals(before.inheritable(), before.gotByChild());
    assertEquals(new Found(before.descriptors(), 0, 0, 0), after);
  }

  @ParameterizedTest
  @MethodSource("species")
  void isInheritableBeforeAndNotAfter(Species species) {
    assumeTrue(species.missingModule().isEmpty(), () -> "no module " + species.module());
    assertProtected(all, species.name());
  }

  @Test
  void aSelectorOfAnotherProviderIsInheritableBeforeAndNotAfter() throws Exception {
    Path reports = Files.createDirectory(folder.resolve("poll"));
    assertProtected(
        found(
            ChildJvm.of(ZooByDefaultTest.class)
                .arguments(reports.toString(), "Selector")
                .flags(POLL)),
        "Selector");
  }

  private static ChildJvm waiting(String how) {
    return ChildJvm.of(ZooByDefaultTest.class).arguments(how);
  }

  private static void assertSocketsAreCloseOnExec(List<Descriptor> descriptors, int least) {
    List<Descriptor> sockets =
        descriptors.stream().filter(d -> d.link().startsWith("socket:")).toList();
    assertTrue(sockets.size() >= least, descriptors::toString);
    sockets.forEach(s -> assertTrue(s.closeOnExec(), s::toString));
  }

  /** In a class of its own: jdk.attach may be missing. */
  private static final class Attach {
    static void to(long pid) throws Exception {
      VirtualMachine.attach(Long.toString(pid)).detach();
    }
  }

  @Test
  void theListenerForToolsThatAttachIsNotInheritable() throws Exception {
    Species species = Zoo.get("attach listener");
    assumeTrue(species.missingModule().isEmpty(), () -> "no module " + species.module());
    try (ChildJvm.Running jvm = waiting("without NIO").start()) {
      jvm.awaitLine("ready");
      DescriptorTable before = DescriptorTable.of(jvm.pid());
      Attach.to(jvm.pid());
      assertSocketsAreCloseOnExec(DescriptorTable.of(jvm.pid()).since(before), 1);
      jvm.endByInput(Duration.ofSeconds(20));
    }
  }

  /** A JVM that waits for a debugger, to which one connects; what it had to say of itself. */
  private static List<String> debugged(ChildJvm waiting, List<Descriptor> sockets)
      throws Exception {
    Species species = Zoo.get("JDWP");
    assumeTrue(species.missingModule().isEmpty(), () -> "no module " + species.module());
    String agent = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0";
    List<String> said = new ArrayList<>();
    try (ChildJvm.Running jvm = waiting.flags(agent).start()) {
      Matcher port = Pattern.compile(".*dt_socket.*: (\\d+)").matcher(jvm.readLine());
      assertTrue(port.matches());
      for (String line = jvm.readLine(); !line.equals("ready"); line = jvm.readLine()) {
        said.add(line);
      }
      assertSocketsAreCloseOnExec(table(jvm), 1);
      try (Socket debugger =
          new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1)))) {
        byte[] hello = "JDWP-Handshake".getBytes(StandardCharsets.US_ASCII);
        debugger.getOutputStream().write(hello);
        assertEquals(hello.length, debugger.getInputStream().readNBytes(hello.length).length);
        sockets.addAll(table(jvm));
      }
      jvm.endByInput(Duration.ofSeconds(20));
    }
    return said;
  }

  /** The listener was there before; the debugger's connection comes after. */
  @Test
  void theDebuggersConnectionIsNotInheritable() throws Exception {
    List<Descriptor> sockets = new ArrayList<>();
    debugged(waiting("with NIO"), sockets);
    assertSocketsAreCloseOnExec(sockets, 1);
  }

  /** The JVM's thread waits in accept since before, and only NIO has what gets it out. */
  @Test
  void theDebuggersConnectionIsNotInheritableOrNamed() throws Exception {
    List<Descriptor> sockets = new ArrayList<>();
    List<String> said = debugged(waiting("without NIO"), sockets);
    if (said.stream().noneMatch(line -> line.matches("thread \\d+ accept"))) {
      assertSocketsAreCloseOnExec(sockets, 1);
    }
  }

  private static List<Descriptor> table(ChildJvm.Running jvm) throws IOException {
    return List.copyOf(DescriptorTable.of(jvm.pid()).descriptors().values());
  }
}
