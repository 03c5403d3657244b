// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.rooms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.DescriptorTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Initialising a class looks symbols up and does nothing else. */
@Tag("every-jdk")
final class StaticInitialisersTest {
  private static Path classes() {
    try {
      return Path.of(NoInherit.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> classNames() throws IOException {
    Path root = classes();
    try (Stream<Path> files = Files.walk(root)) {
      return files
          .map(f -> root.relativize(f).toString())
          .filter(f -> f.endsWith(".class") && !f.endsWith("-info.class"))
          .map(f -> f.substring(0, f.length() - 6).replace('/', '.'))
          .sorted()
          .toList();
    }
  }

  private static Set<Long> threads() {
    return new TreeSet<>(
        Thread.getAllStackTraces().keySet().stream().map(Thread::threadId).toList());
  }

  /** Initialises every class; prints what is there afterwards and was not before. */
  public static void main(String[] arguments) throws Exception {
    List<String> names = classNames();
    DescriptorTable.ofThisProcess().since(DescriptorTable.ofThisProcess());
    DescriptorTable before = DescriptorTable.ofThisProcess();
    Map<String, String> environment = System.getenv();
    Set<Long> threads = threads();
    for (String name : names) {
      Class.forName(name, true, StaticInitialisersTest.class.getClassLoader());
    }
    List<Object> fresh = new ArrayList<>(DescriptorTable.ofThisProcess().since(before));
    fresh.removeIf(d -> d.toString().contains(".jar ") || d.toString().contains("/lib/modules "));
    Set<Long> freshThreads = threads();
    freshThreads.removeAll(threads);
    System.out.println(names.size() > 50 ? "many classes" : "few classes: " + names);
    System.out.println("descriptors " + fresh);
    System.out.println("threads " + freshThreads);
    System.out.println("environment same " + environment.equals(System.getenv()));
  }

  @Test
  void initialisingEveryClassOpensNothingAndStartsNothing() throws Exception {
    assertEquals(
        """
        many classes
        descriptors []
        threads []
        environment same true
        """,
        ChildJvm.of(StaticInitialisersTest.class).run().outOrThrow());
  }

  @Test
  void withNativeAccessDeniedEveryClassCanBeInitialised() throws Exception {
    ChildJvm.Result result =
        ChildJvm.of(Initialise.class)
            .withoutNativeAccess()
            .flags("--illegal-native-access=deny")
            .run();
    assertEquals("done\n", result.outOrThrow());
    assertEquals("", result.err());
  }

  /**
   * Initialises every class, and nothing else: the testkit itself calls native code. An initialiser
   * that calls native code, or opens java.base through JNI, fails.
   */
  public static final class Initialise {
    private Initialise() {}

    /** Ends with 1 if a class cannot be initialised. */
    public static void main(String[] arguments) throws Exception {
      for (String name : classNames()) {
        Class.forName(name, true, Initialise.class.getClassLoader());
      }
      System.out.println("done");
    }
  }

  @Test
  void noInitialiserCallsWhatOpensLoadsOrStarts() {
    Set<String> forbidden =
        Set.of(
            "java.lang.Thread.start",
            "java.lang.Thread$Builder.start",
            "java.lang.System.load",
            "java.lang.System.loadLibrary",
            "java.lang.Runtime.addShutdownHook",
            "java.lang.ProcessBuilder.start");
    List<String> found = new ArrayList<>();
    for (JavaClass type : new ClassFileImporter().importPath(classes())) {
      type.getStaticInitializer()
          .ifPresent(
              init ->
                  init.getAccessesFromSelf().stream()
                      .map(JavaAccess::getTarget)
                      .filter(
                          t ->
                              forbidden.contains(t.getOwner().getName() + "." + t.getName())
                                  || t.getOwner().getName().matches("java\\.nio\\.file\\.Files")
                                  || t.getOwner().getName().matches("java\\.io\\.File.*Stream")
                                  || t.getFullName().contains("posix.Posix.")
                                  || t.getFullName().contains("linux.Linux.")
                                  || t.getFullName().contains("ffi.Native.call"))
                      .forEach(t -> found.add(type.getName() + " calls " + t.getFullName())));
    }
    // what a class of native calls does to itself is a look-up
    found.removeIf(
        line ->
            line.matches(".*\\.posix\\.Posix calls .*\\.posix\\.Posix\\..*")
                || line.matches(".*\\.linux\\.Linux calls .*\\.linux\\.Linux\\..*"));
    assertTrue(found.isEmpty(), String.join("\n", found));
  }
}
