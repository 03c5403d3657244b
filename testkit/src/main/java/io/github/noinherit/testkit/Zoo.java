// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.util.List;
import java.util.stream.Stream;

/**
 * Every kind of thing by which a JDK opens descriptors: one {@link Species} each.
 *
 * <p>Run as a program it makes each of them and prints what the kernel says of its descriptors.
 */
public final class Zoo {
  private static final List<Species> ALL =
      Stream.of(
              ZooFiles.species(),
              ZooSockets.species(),
              ZooSelectors.species(),
              ZooProcesses.species(),
              ZooServers.species())
          .flatMap(List::stream)
          .toList();

  private Zoo() {}

  /** All of them, those that this Java runtime cannot make included. */
  public static List<Species> all() {
    return ALL;
  }

  /** Those of which there is a Java object that a handle can be asked of. */
  public static List<Species> holders() {
    return ALL.stream().filter(Species::holder).toList();
  }

  /** The one of this name. */
  public static Species get(String name) {
    return ALL.stream()
        .filter(species -> species.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no such species: " + name));
  }

  /** Whether this runtime has the module, be it one that no program can name. */
  static boolean hasModule(String name) {
    return java.lang.module.ModuleFinder.ofSystem().find(name).isPresent();
  }

  static Species holder(String name, Species.Recipe recipe) {
    return new Species(name, true, "java.base", recipe);
  }

  static Species internal(String name, String module, Species.Recipe recipe) {
    return new Species(name, false, module, recipe);
  }

  /** Prints the table; the arguments are the names of species, all if there are none. */
  public static void main(String[] arguments) throws Exception {
    System.out.println("Java " + Runtime.version() + ", " + System.getProperty("os.arch"));
    for (Species species : ALL) {
      if (arguments.length > 0 && !List.of(arguments).contains(species.name())) {
        continue;
      }
      if (species.missingModule().isPresent()) {
        System.out.printf("%-36s no module %s%n", species, species.missingModule().get());
        continue;
      }
      try (Specimen specimen = species.create()) {
        StringBuilder line = new StringBuilder("%-36s".formatted(species));
        for (Descriptor descriptor : specimen.descriptors()) {
          line.append(
              " %s:%s"
                  .formatted(
                      descriptor.link().replaceAll(".*/|:\\[\\d+]", ""),
                      descriptor.closeOnExec() ? "close-on-exec" : "INHERITABLE"));
        }
        System.out.println(line);
      }
    }
  }
}
