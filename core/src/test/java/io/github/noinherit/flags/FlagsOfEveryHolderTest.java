// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.flags;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.NaiveChild;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Descriptor;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.RawFlags;
import io.github.noinherit.testkit.Species;
import io.github.noinherit.testkit.Specimen;
import io.github.noinherit.testkit.Zoo;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One test per creator of a handle. Witnesses: the kernel's descriptor table says which numbers
 * appeared with the object, raw fcntl says what their flags are, and a child started with no
 * closing at all says whether it got them.
 */
@Tag("every-jdk")
@Counted
final class FlagsOfEveryHolderTest {
  private static final int O_ACCMODE = 3;
  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;

  @TempDir Path folder;

  static List<Species> holders() {
    return Zoo.holders();
  }

  private static Specimen create(Species species) throws Exception {
    assumeTrue(
        species.missingModule().isEmpty(), () -> "no module " + species.missingModule().get());
    return species.create();
  }

  /** Its own descriptors: with one end of a pipe the other appeared too. */
  private static List<Descriptor> own(Specimen specimen) {
    return specimen.descriptors().stream()
        .filter(
            d ->
                switch (specimen.species().name()) {
                  case "Pipe source" -> (d.flags() & O_ACCMODE) == O_RDONLY;
                  case "Pipe sink" -> (d.flags() & O_ACCMODE) == O_WRONLY;
                  default -> true;
                })
        .toList();
  }

  @ParameterizedTest
  @MethodSource("holders")
  void numberIsTheOneThatTheKernelShowed(Species species) throws Exception {
    try (Specimen specimen = create(species)) {
      List<Descriptor> descriptors = own(specimen);
      assertEquals(species.name().equals("Selector") ? 2 : 1, descriptors.size(), "" + descriptors);
      Descriptor first =
          descriptors.stream()
              .filter(d -> descriptors.size() == 1 || d.link().equals("anon_inode:[eventpoll]"))
              .findFirst()
              .orElseThrow();
      assertEquals(first.number(), Handle.ofAny(specimen.object()).number());
    }
  }

  @ParameterizedTest
  @MethodSource("holders")
  void eachWayOfSettingTheFlagIsSeenByFcntl(Species species) throws Exception {
    try (Specimen specimen = create(species)) {
      Object holder = specimen.object();
      Handle handle = Handle.ofAny(holder);
      handle.setInheritable(true);
      assertInheritable(specimen, true);
      handle.setInheritable(false);
      assertInheritable(specimen, false);
      setNoInherit(holder, false);
      assertInheritable(specimen, true);
      setNoInherit(holder, true);
      assertInheritable(specimen, false);
      handle.setInheritable(true);
      setNoInherit(holder);
      assertInheritable(specimen, false);
    }
  }

  @ParameterizedTest
  @MethodSource("holders")
  @Tag("aarch64")
  void whatFcntlSetsIsSeen(Species species) throws Exception {
    try (Specimen specimen = create(species)) {
      for (boolean closeOnExec : new boolean[] {true, false, true}) {
        for (Descriptor d : own(specimen)) {
          RawFlags.setCloseOnExec(d.number(), closeOnExec);
        }
        assertEquals(!closeOnExec, Handle.ofAny(specimen.object()).isInheritable());
        assertEquals(!closeOnExec, isInheritable(specimen.object()));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("holders")
  void aChildStartedWithoutClosingGetsItOnlyIfInheritable(Species species) throws Exception {
    try (Specimen specimen = create(species)) {
      setNoInherit(specimen.object(), false);
      DescriptorTable before = NaiveChild.table(folder);
      for (Descriptor d : own(specimen)) {
        assertTrue(before.get(d.number()).orElseThrow().sameFile(d), d + " in\n" + before);
      }
      setNoInherit(specimen.object());
      DescriptorTable after = NaiveChild.table(folder);
      for (Descriptor d : own(specimen)) {
        assertFalse(after.numbers().contains(d.number()), d + " in\n" + after);
      }
    }
  }

  private static void assertInheritable(Specimen specimen, boolean inheritable) throws IOException {
    for (Descriptor d : own(specimen)) {
      assertEquals(inheritable, !RawFlags.isCloseOnExec(d.number()), d.toString());
    }
    assertEquals(inheritable, isInheritable(specimen.object()));
  }

  private static boolean isInheritable(Object holder) throws IOException {
    return holder instanceof FileDescriptor fd
        ? NoInherit.isInheritable(fd)
        : NoInherit.isInheritable((Closeable) holder);
  }

  private static void setNoInherit(Object holder, boolean noInherit) throws IOException {
    if (holder instanceof FileDescriptor fd) {
      NoInherit.setNoInherit(fd, noInherit);
    } else {
      NoInherit.setNoInherit((Closeable) holder, noInherit);
    }
  }

  private static void setNoInherit(Object holder) throws IOException {
    if (holder instanceof FileDescriptor fd) {
      NoInherit.setNoInherit(fd);
    } else {
      NoInherit.setNoInherit((Closeable) holder);
    }
  }
}
