// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.rooms;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.github.noinherit.NoInherit;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Which package may use what: each rule keeps one kind of danger in one place. */
final class RoomRulesTest {
  private static final String ROOT = "io.github.noinherit";
  private static final String INTERNAL = ROOT + ".internal";
  private static final JavaClasses CORE = core();

  private static JavaClasses core() {
    try {
      return new ClassFileImporter()
          .importPath(
              Path.of(NoInherit.class.getProtectionDomain().getCodeSource().getLocation().toURI()));
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String[] rooms(String... names) {
    return Stream.of(names).map(n -> INTERNAL + "." + n + "..").toArray(String[]::new);
  }

  private static DescribedPredicate<JavaClass> isOrIsInside(String simpleName) {
    return DescribedPredicate.describe(
        "are " + simpleName, c -> c.getName().matches(".*\\." + simpleName + "(\\$.*)?"));
  }

  @Test
  void allOfCoreIsLookedAt() {
    assertTrue(CORE.size() > 50, "only " + CORE.size() + " classes");
    assertTrue(CORE.contain(NoInherit.class));
  }

  @Test
  void foreignMemoryIsTouchedOnlyByNativeCodesRooms() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            rooms("ffi", "posix", "linux", "stub", "spawn", "handle", "protect"))
        .and(DescribedPredicate.not(isOrIsInside("(Jni|AgentsVm)")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(CORE);
  }

  @Test
  void thereIsOneLinker() {
    noClasses()
        .that(DescribedPredicate.not(isOrIsInside("Native")))
        .should()
        .dependOnClassesThat()
        .haveNameMatching("java\\.lang\\.foreign\\.(Linker|SymbolLookup|FunctionDescriptor).*")
        .check(CORE);
  }

  @Test
  void reflectionIsUsedOnlyInTheRoomOfTheJdksPrivateState() {
    noClasses()
        .that()
        .resideOutsideOfPackages(rooms("jdk"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.reflect..")
        .check(CORE);
  }

  @Test
  void instrumentationIsUsedOnlyThereToo() {
    noClasses()
        .that()
        .resideOutsideOfPackages(rooms("jdk"))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.instrument..")
        .check(CORE);
  }

  @Test
  void nothingButTheJdkIsUsedAndOfThatOnlyWhatIsPublic() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(ROOT + "..", "java..", "org.jspecify.annotations..", "")
        .check(CORE);
  }

  @Test
  void lowerRoomsDoNotKnowHigherOnes() {
    assertDoesNotKnow(
        "proc",
        "protocol",
        "elf",
        "ffi",
        "posix",
        "linux",
        "stub",
        "jdk",
        "handle",
        "spawn",
        "protect");
    assertDoesNotKnow(
        "protocol", "elf", "ffi", "posix", "linux", "stub", "jdk", "handle", "spawn", "protect");
    assertDoesNotKnow("elf", "ffi", "posix", "linux", "stub", "jdk", "handle", "spawn", "protect");
    assertDoesNotKnow("ffi", "elf", "posix", "linux", "stub", "jdk", "handle", "spawn", "protect");
    assertDoesNotKnow("stub", "elf", "posix", "linux", "jdk", "handle", "spawn", "protect");
    assertDoesNotKnow("posix", "elf", "linux", "jdk", "handle", "spawn", "protect");
    assertDoesNotKnow("linux", "elf", "jdk", "handle", "spawn", "protect");
    assertDoesNotKnow("handle", "elf", "spawn", "protect");
    assertDoesNotKnow("protect", "handle", "spawn");
  }

  private static void assertDoesNotKnow(String room, String... higher) {
    noClasses()
        .that()
        .resideInAnyPackage(rooms(room))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(rooms(higher))
        .check(CORE);
  }

  @Test
  void thePublicApiShowsNoInternalType() {
    List<String> shown = new ArrayList<>();
    for (JavaClass type : CORE) {
      String room = type.getPackageName();
      boolean exported =
          (room.equals(ROOT) || room.equals(ROOT + ".inspect"))
              && isSeen(type.getModifiers())
              && type.getEnclosingClass().map(e -> isSeen(e.getModifiers())).orElse(true);
      if (!exported) {
        continue;
      }
      type.getRawSuperclass().ifPresent(s -> add(shown, type.getName(), s));
      type.getRawInterfaces().forEach(i -> add(shown, type.getName(), i));
      for (JavaCodeUnit unit : type.getCodeUnits()) {
        if (isSeen(unit.getModifiers())) {
          unit.getAllInvolvedRawTypes().forEach(t -> add(shown, unit.getFullName(), t));
          unit.getExceptionTypes().forEach(t -> add(shown, unit.getFullName(), t));
        }
      }
      for (JavaField field : type.getFields()) {
        if (isSeen(field.getModifiers())) {
          field.getAllInvolvedRawTypes().forEach(t -> add(shown, field.getFullName(), t));
        }
      }
    }
    assertTrue(shown.isEmpty(), String.join("\n", shown));
  }

  private static boolean isSeen(java.util.Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static void add(List<String> shown, String where, JavaClass type) {
    if (type.getBaseComponentType().getPackageName().startsWith(INTERNAL)) {
      shown.add(where + " shows " + type.getName());
    }
  }
}
