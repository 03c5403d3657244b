// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.noinherit.cli.ExitStatus;
import io.github.noinherit.cli.Outputs;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JdkAuditTest {
  @TempDir Path folder;

  @Test
  void theJdkThatRuns() throws Exception {
    Outputs.Run run = Outputs.run("check", "--jdk");
    assertEquals(ExitStatus.OK, run.status(), run::out);
    Outputs.assertFits(80, run.out());
    assertTrue(run.out().contains("none open."), run::out);
    assertTrue(run.out().contains("libnio.so"), run::out);
    assertTrue(run.out().contains("openat64(dlsym)"), run::out);

    Map<String, Object> object = JSON.std.mapFrom(Outputs.run("check", "--jdk", "--json").out());
    assertEquals(true, object.get("complete"));
    assertEquals(System.getProperty("java.home"), object.get("java_home"));
    List<Map<?, ?>> creators = Outputs.objects(object, "creators");
    assertTrue(creators.size() > 30, creators::toString);
    for (Map<?, ?> c : creators) {
      assertTrue(List.of("covered", "listed").contains(c.get("state")), c::toString);
    }
  }

  @Test
  @Needs(Need.COMPILER)
  void anUnknownCreatorIsStatusOne() throws Exception {
    Files.writeString(
        folder.resolve("lib.c"), "int userfaultfd(int); int f(void) { return userfaultfd(0); }");
    Path library = Files.createDirectory(folder.resolve("lib")).resolve("libfake.so");
    Process cc =
        new ProcessBuilder("cc", "-shared", "-fPIC", "-o", library.toString(), folder + "/lib.c")
            .inheritIO()
            .start();
    assertTrue(cc.waitFor(60, TimeUnit.SECONDS));
    Outputs.Run run = Outputs.run("check", "--jdk=" + folder);
    assertEquals(ExitStatus.NO, run.status(), run::out);
    String words = run.out().replaceAll("\\s+", " ");
    assertTrue(words.contains("open libfake.so userfaultfd"), words);
    assertTrue(words.contains("1 open."), words);
    Outputs.Run json = Outputs.run("check", "--json", "--jdk", folder.toString());
    assertEquals(ExitStatus.NO, json.status(), json::out);
    assertEquals(false, JSON.std.mapFrom(json.out()).get("complete"));
  }

  @Test
  void noJdkIsASentence() throws Exception {
    Outputs.Run none = Outputs.run("check", "--jdk=" + folder);
    assertEquals(ExitStatus.UNSUPPORTED, none.status(), none::err);
    assertTrue(none.err().contains("no Java is there"), none::err);
    Path lib = Files.createDirectory(folder.resolve("lib"));
    Files.writeString(lib.resolve("libfake.so"), "text");
    Outputs.Run damaged = Outputs.run("check", "--jdk=" + folder);
    assertEquals(ExitStatus.UNSUPPORTED, damaged.status(), damaged::err);
    assertTrue(damaged.err().contains("libfake.so: no ELF image"), damaged::err);
    assertFalse(damaged.err().contains("    at "), damaged::err);
  }
}
