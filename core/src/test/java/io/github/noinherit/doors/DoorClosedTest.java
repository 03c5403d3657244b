// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.doors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.NoInherit;
import io.github.noinherit.Spawn;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.RawFlags;
import java.io.FileDescriptor;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/**
 * With every door closed each call says so, each time, in the same words with the flags that would
 * open it, and leaves nothing open; what needs no door works.
 */
@Tag("every-jdk")
final class DoorClosedTest {
  /** Calls everything twice; prints how each call failed. */
  public static void main(String[] arguments) throws Throwable {
    ServerSocketChannel listener = ServerSocketChannel.open();
    Map<String, Executable> calls = new LinkedHashMap<>();
    calls.put("Handle.of", () -> Handle.of(listener));
    calls.put("Handle.of descriptor", () -> Handle.of(FileDescriptor.out));
    calls.put("setNoInherit", () -> NoInherit.setNoInherit(listener));
    calls.put("isInheritable", () -> NoInherit.isInheritable(listener));
    calls.put("shutdownAndClose", () -> NoInherit.shutdownAndClose(listener));
    calls.put("open", () -> NoInherit.open(Path.of("/dev/null")));
    calls.put("openServerSocketChannel", NoInherit::openServerSocketChannel);
    calls.put("openSocketChannel", NoInherit::openSocketChannel);
    calls.put("openDatagramChannel", NoInherit::openDatagramChannel);
    calls.put("openPipe", NoInherit::openPipe);
    calls.put("openSelector", NoInherit::openSelector);
    calls.put("accept", () -> NoInherit.accept(listener));
    calls.put("start", () -> Spawn.command("true").start());
    for (int round = 0; round < 2; round++) {
      DescriptorTable before = DescriptorTable.ofThisProcess();
      for (var call : calls.entrySet()) {
        System.out.println(call.getKey() + ": " + failure(call.getValue()));
      }
      if (round > 0) {
        DescriptorTable.ofThisProcess().assertNothingSince(before);
      }
    }
    System.out.println("still open: " + listener.isOpen());
    int number = RawFlags.openInheritable(Path.of("/dev/null"));
    Handle.ofNumber(number).setInheritable(false);
    System.out.println("by number: " + RawFlags.isCloseOnExec(number));
  }

  private static String failure(Executable call) {
    try {
      call.execute();
      return "no failure";
    } catch (UnsupportedOperationException e) {
      boolean remedy =
          String.valueOf(e.getMessage()).contains("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
      return remedy ? "refused with the remedy" : "refused: " + e.getMessage();
    } catch (Throwable t) {
      return t.toString();
    }
  }

  @Test
  void everyCallSaysSoEachTime() throws Exception {
    String out =
        ChildJvm.of(DoorClosedTest.class).flags("-Dnoinherit.jniDoor=forbid").run().outOrThrow();
    List<String> lines = out.lines().toList();
    assertEquals(2 * 13 + 2, lines.size(), out);
    for (String line : lines.subList(0, 2 * 13)) {
      assertTrue(line.endsWith(": refused with the remedy"), out);
    }
    assertEquals(List.of("still open: true", "by number: true"), lines.subList(26, 28));
  }
}
