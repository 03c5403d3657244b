// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Counted
class ZooTest {
  @TempDir Path folder;

  static List<Species> species() {
    return Zoo.all();
  }

  static List<Species> speciesInThisJvm() {
    Set<String> elsewhere = Set.of("Selector poll", "attach listener", "JDWP");
    return Zoo.all().stream().filter(s -> !elsewhere.contains(s.name())).toList();
  }

  @ParameterizedTest
  @MethodSource("species")
  void eachOpensDescriptorsAndLeavesNoneBehind(Species species) throws Exception {
    assumeTrue(species.missingModule().isEmpty(), () -> "no module " + species.module());
    species.create().close();
    DescriptorTable before = DescriptorTable.ofThisProcess();
    try (Specimen specimen = species.create()) {
      assertFalse(specimen.descriptors().isEmpty());
      DescriptorTable table = DescriptorTable.of(specimen.pid());
      for (Descriptor descriptor : specimen.descriptors()) {
        assertEquals(descriptor, table.get(descriptor.number()).orElseThrow());
      }
    }
    awaitNothingSince(before);
  }

  /** Attaching makes a file that the JVM deletes when it ends, but not when it is killed. */
  @Test
  void theAttachListenersFileGoesWithIt() throws Exception {
    Species species = Zoo.get("attach listener");
    assumeTrue(species.missingModule().isEmpty(), () -> "no module " + species.module());
    Path file;
    try (Specimen specimen = species.create()) {
      file = Path.of("/tmp/.java_pid" + specimen.pid());
      assertTrue(Files.exists(file));
    }
    assertFalse(Files.exists(file));
  }

  /** What the JDK does without noinherit; the rest of the project exists because of it. */
  @ParameterizedTest
  @MethodSource("species")
  @Tag("unprotected")
  void onAStockJdkAllButEpollAndOpendirIsInheritable(Species species) throws Exception {
    assumeTrue(species.missingModule().isEmpty(), () -> "no module " + species.module());
    try (Specimen specimen = species.create()) {
      List<Descriptor> closeOnExec =
          specimen.descriptors().stream().filter(Descriptor::closeOnExec).toList();
      List<String> links = closeOnExec.stream().map(Descriptor::link).toList();
      switch (species.name()) {
        case "Selector", "HttpClient", "HttpServer" ->
            assertEquals(List.of("anon_inode:[eventpoll]"), links);
        case "DirectoryStream", "Files.walk" -> assertEquals(1, links.size(), links.toString());
        default -> assertEquals(List.of(), links);
      }
      assertTrue(specimen.descriptors().size() > closeOnExec.size());
    }
  }

  @ParameterizedTest
  @MethodSource("speciesInThisJvm")
  void aNaiveChildGetsWhatIsInheritableAndNothingElse(Species species) throws Exception {
    assumeTrue(species.missingModule().isEmpty(), () -> "no module " + species.module());
    Path report = folder.resolve("report");
    try (Specimen specimen = species.create()) {
      assertEquals(ProcessHandle.current().pid(), specimen.pid());
      assertEquals(0, NaiveForker.run(Leaf.program(), "--report", report.toString()));
      LeafReport child = LeafReport.read(report);
      for (Descriptor descriptor : specimen.descriptors()) {
        assertEquals(
            !descriptor.closeOnExec(),
            child.table().get(descriptor.number()).map(descriptor::sameFile).orElse(false),
            descriptor.toString());
      }
    }
  }

  @Test
  void namesAreUniqueAndHoldersAreThingsThatHaveAHandle() throws Exception {
    Set<String> names = new HashSet<>();
    for (Species species : Zoo.all()) {
      assertTrue(names.add(species.name()), species.name());
      assertEquals(species, Zoo.get(species.name()));
    }
    for (Species species : Zoo.holders()) {
      try (Specimen specimen = species.create()) {
        Object object = specimen.object();
        assertTrue(
            object instanceof Closeable || object instanceof FileDescriptor,
            () -> species + " is a " + object.getClass());
      }
    }
    assertThrows(IllegalArgumentException.class, () -> Zoo.get("unicorn"));
  }

  @Test
  void aMissingModuleIsSaidByName() {
    Species species = Zoo.internal("thing", "no.such.module", pen -> Object::new);
    assertEquals("no.such.module", species.missingModule().orElseThrow());
    UnsupportedOperationException e =
        assertThrows(UnsupportedOperationException.class, species::create);
    assertTrue(String.valueOf(e.getMessage()).contains("no.such.module"), e::toString);
  }

  @Test
  void aSpeciesWhoseCreationFailsLeavesNothingBehind() throws Exception {
    Species species =
        Zoo.internal(
            "failing",
            "java.base",
            pen -> {
              pen.listenerWithClient();
              return () -> {
                throw new IllegalStateException("on purpose");
              };
            });
    assertThrows(IllegalStateException.class, species::create);
    DescriptorTable before = DescriptorTable.ofThisProcess();
    assertThrows(IllegalStateException.class, species::create);
    DescriptorTable.ofThisProcess().assertNothingSince(before);
  }

  /** Some close on a thread of their own (HttpServer's dispatcher, asynchronous channels). */
  private static void awaitNothingSince(DescriptorTable before) throws InterruptedException {
    for (int i = 0; i < 200; i++) {
      if (DescriptorTable.ofThisProcess().since(before).isEmpty()) {
        return;
      }
      Thread.sleep(10);
    }
    DescriptorTable.ofThisProcess().assertNothingSince(before);
  }
}
