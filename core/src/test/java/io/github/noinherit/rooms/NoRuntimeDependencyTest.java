// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.rooms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.NoInherit;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Exports;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The library needs the JDK and nothing else at run time. */
final class NoRuntimeDependencyTest {
  @Test
  void theModuleRequiresNothingButJavaBaseAtRunTime() throws Exception {
    Path classes =
        Path.of(NoInherit.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    ModuleDescriptor module =
        ModuleFinder.of(classes).find("io.github.noinherit").orElseThrow().descriptor();
    for (Requires r : module.requires()) {
      assertTrue(
          r.name().equals("java.base") || r.modifiers().contains(Requires.Modifier.STATIC),
          "needed at run time: " + r);
    }
    assertFalse(module.isOpen());
    assertTrue(module.opens().isEmpty());
    for (Exports e : module.exports()) {
      // the JVM's own agent loader has to reach the agent class; nobody else sees inside
      boolean agent = e.targets().equals(Set.of("java.instrument"));
      assertTrue(!e.source().contains("internal") || agent, "" + e);
    }
    assertEquals(Set.of("io.github.noinherit.HandleProvider"), module.uses());
  }

  @Test
  void everyDependencyOfTheBuildIsForTestsOrForCompiling() throws Exception {
    NodeList dependencies =
        DocumentBuilderFactory.newDefaultInstance()
            .newDocumentBuilder()
            .parse(Path.of("pom.xml").toFile())
            .getElementsByTagName("dependency");
    assertTrue(dependencies.getLength() > 0);
    for (int i = 0; i < dependencies.getLength(); i++) {
      Element dependency = (Element) dependencies.item(i);
      String name = dependency.getElementsByTagName("artifactId").item(0).getTextContent();
      NodeList scope = dependency.getElementsByTagName("scope");
      assertEquals(1, scope.getLength(), name + " has no scope: it is needed at run time");
      assertTrue(Set.of("test", "provided").contains(scope.item(0).getTextContent()), name);
    }
  }
}
