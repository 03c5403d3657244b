// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** A small C program that prints lines {@code name=value}: what the machine's headers say. */
public final class CProgram {
  private CProgram() {}

  /** Compiles and runs it; its lines as a map. */
  public static Map<String, String> run(Path folder, List<String> includes, List<String> body)
      throws IOException, InterruptedException {
    Path source = folder.resolve("headers.c");
    Path program = folder.resolve("headers");
    StringBuilder text = new StringBuilder("#define _GNU_SOURCE\n#include <stdio.h>\n");
    text.append("#include <stddef.h>\n");
    includes.forEach(i -> text.append("#include <").append(i).append(">\n"));
    text.append("int main(void) {\n");
    body.forEach(line -> text.append(line).append('\n'));
    text.append("return 0; }\n");
    Files.writeString(source, text);
    tool(folder, "cc", "-o", program.toString(), source.toString());
    return tool(folder, program.toString())
        .lines()
        .map(line -> line.split("=", 2))
        .collect(Collectors.toMap(w -> w[0], w -> w[1]));
  }

  /** The line that prints an integer expression. */
  public static String print(String name, String expression) {
    return "printf(\"" + name + "=%lld\\n\", (long long) (" + expression + "));";
  }

  /** The lines that print a macro, or that the headers lack it. */
  public static String printMacro(String name) {
    return "#ifdef "
        + name
        + "\n"
        + print(name, name)
        + "\n#else\nputs(\""
        + name
        + "=missing\");\n"
        + "#endif";
  }

  /** Runs a tool to its good end, and returns what it said. */
  public static String tool(Path folder, String... command)
      throws IOException, InterruptedException {
    Path said = folder.resolve("said");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .redirectInput(Redirect.from(new File("/dev/null")))
            .start();
    try {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> command[0] + " did not end");
    } finally {
      process.destroyForcibly();
    }
    String text = Files.readString(said);
    assertEquals(0, process.exitValue(), String.join(" ", command) + "\n" + text);
    return text;
  }
}
