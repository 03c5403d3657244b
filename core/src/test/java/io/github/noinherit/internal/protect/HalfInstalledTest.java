// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Protection.Covered;
import io.github.noinherit.Scope;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * All or nothing: each step of an installation, and of a removal, is made to fail once.
 *
 * <p>How this works: the installation tells a seam of each step that can fail. One run counts them;
 * then there is one run for each, in which it throws. What must not have changed is read from
 * memory (the pointers), from /proc/self/maps (the protection of their pages) and by fcntl (the
 * flags), not from the installation.
 */
@Counted
@Tag("every-jdk")
@Tag("aarch64")
@Tag("unprotected")
final class HalfInstalledTest {
  /** Throws at one step. */
  private static final class FailingAt implements Steps {
    private final int failing;
    private final List<String> seen = new ArrayList<>();

    FailingAt(int failing) {
      this.failing = failing;
    }

    @Override
    public void before(String step) throws IOException {
      seen.add(step);
      if (seen.size() - 1 == failing) {
        throw new IOException("made to fail: " + step);
      }
    }
  }

  private record State(
      Map<Long, Long> pointers, Map<Long, String> pages, Map<Integer, Boolean> flags) {
    static State of(List<Long> slots) throws IOException {
      Map<Long, Long> pointers = new TreeMap<>();
      Map<Long, String> pages = new TreeMap<>();
      List<String> maps = Files.readAllLines(Path.of("/proc/self/maps"));
      for (long slot : slots) {
        pointers.put(slot, Native.at(slot, 8).get(ValueLayout.JAVA_LONG, 0));
        pages.put(slot, protection(maps, slot));
      }
      Map<Integer, Boolean> flags = new TreeMap<>();
      for (int fd : DescriptorTable.ofThisProcess().descriptors().keySet()) {
        if (RawFlags.isOpen(fd)) {
          flags.put(fd, RawFlags.isCloseOnExec(fd));
        }
      }
      return new State(pointers, pages, flags);
    }

    private static String protection(List<String> maps, long address) {
      for (String line : maps) {
        String[] range = line.split("[- ]", -1);
        if (Long.parseUnsignedLong(range[0], 16) <= address
            && address < Long.parseUnsignedLong(range[1], 16)) {
          return range[2];
        }
      }
      return "unmapped";
    }
  }

  @Test
  void aFailureAtAnyStepLeavesNothingChanged() throws Exception {
    LoadHook.prepare();
    HookPage page = HookPage.get();
    FailingAt counting = new FailingAt(-1);
    Installation installation = new Installation(page, counting);
    installation.acquire(Scope.jdk());
    List<Long> slots = installation.covered().stream().map(Covered::slot).toList();
    int toInstall = counting.seen.size();
    State on = State.of(slots);
    installation.release();
    int toRemove = counting.seen.size() - toInstall;
    State off = State.of(slots);
    assertTrue(toInstall > 50, "steps to install: " + counting.seen);
    assertTrue(toRemove > 50, "steps to remove: " + counting.seen);
    assertNotEquals(on.pointers(), off.pointers());
    off.pages().values().forEach(p -> assertTrue(!p.contains("x"), p));

    for (int i = 0; i < toInstall; i++) {
      Installation failing = new Installation(page, new FailingAt(i));
      IOException e = assertThrows(IOException.class, () -> failing.acquire(Scope.jdk()));
      assertTrue(e.getMessage().contains("made to fail"), e.getMessage());
      assertEquals(0, e.getSuppressed().length, e.getMessage());
      assertEquals(off, State.of(slots), "installing, step " + i + ": " + counting.seen.get(i));
      assertEquals(0, page.ledger().owners());
      assertEquals(List.of(), page.ledger().patches());
    }

    for (int i = 0; i < toRemove; i++) {
      Installation failing = new Installation(page, new FailingAt(toInstall + i));
      failing.acquire(Scope.jdk());
      String step = "removing, step " + i + ": " + counting.seen.get(toInstall + i);
      IOException e = assertThrows(IOException.class, failing::release, step);
      assertEquals(0, e.getSuppressed().length, e.getMessage());
      assertEquals(on, State.of(slots), step);
      assertEquals(1, page.ledger().owners());
      failing.release(); // the step is past
      assertEquals(off, State.of(slots), step);
    }
  }
}
