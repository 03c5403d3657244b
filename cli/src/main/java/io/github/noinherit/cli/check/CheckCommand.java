// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.check;

import io.github.noinherit.Capability;
import io.github.noinherit.cli.ExitStatus;
import io.github.noinherit.cli.Json;
import io.github.noinherit.cli.Output;
import io.github.noinherit.cli.Table;
import io.github.noinherit.cli.Table.Column;
import io.github.noinherit.cli.Table.Place;
import io.github.noinherit.cli.UnsupportedHere;
import io.github.noinherit.inspect.ImportAudit;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code noinherit check}. */
@Command(
    name = "check",
    header = "What of noinherit works on this machine and with this JVM.",
    description = {
      "",
      "Tries each thing that can be missing, and says yes, or why not and what would make it yes."
          + " A program asks the same by Capability.NAME.check().",
      "",
      "With --jdk it reads the libraries of a Java installation instead, without running them, and"
          + " says of each C function by which they create handles whether protection by default"
          + " covers it, or why not.",
      "",
    },
    optionListHeading = "Options:%n",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:everything works here; with --jdk: each function is covered, or listed with a reason",
      "1:something is missing; with --jdk: a function is open",
      "2:the command line was not understood",
      "3:the Java installation cannot be read",
    },
    footer = {
      "",
      "Examples:",
      "  noinherit check",
      "  noinherit check --json",
      "  noinherit check --jdk",
      "  noinherit check --jdk=/usr/lib/jvm/java-25",
    })
public final class CheckCommand implements Callable<Integer> {
  private static final Table<Checked> TABLE =
      new Table<>(
          List.of(
              new Column<>("HERE", "available", Place.BESIDE, Checked::available),
              new Column<>("CAPABILITY", "name", Place.BESIDE, Checked::name),
              new Column<>("WHAT IT IS", "description", Place.BESIDE, Checked::description),
              new Column<>("", "reason", Place.BELOW, Checked::reason),
              new Column<>("to get it", "remedy", Place.BELOW, Checked::remedy)));

  private final Output out;

  @Option(names = "--json", description = "Write the answers as JSON.")
  private boolean json;

  @Option(
      names = "--jdk",
      arity = "0..1",
      fallbackValue = "",
      paramLabel = "DIR",
      description = "Look at the Java installation in DIR, or at the one that runs this command.")
  private @Nullable String jdk;

  /** The command, writing to the given output. */
  public CheckCommand(Output out) {
    this.out = out;
  }

  @Override
  public Integer call() throws UnsupportedHere {
    if (jdk != null) {
      Path home = Path.of(jdk.isEmpty() ? System.getProperty("java.home") : jdk);
      return Audited.tell(audit(home), json, out);
    }
    return tell(Arrays.stream(Capability.values()).map(Checked::of).toList(), json, out);
  }

  private static ImportAudit audit(Path home) throws UnsupportedHere {
    try {
      return ImportAudit.of(home);
    } catch (FileSystemException e) {
      String why = e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
      throw new UnsupportedHere("cannot read " + e.getFile() + ": " + why);
    } catch (IOException e) {
      throw new UnsupportedHere(String.valueOf(e.getMessage()));
    }
  }

  /** Tells the answers; answers the exit status. */
  static int tell(List<Checked> all, boolean json, Output out) {
    long missing = all.stream().filter(checked -> !checked.available()).count();
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("complete", missing == 0);
      object.put("java", Runtime.version().toString());
      object.put("capabilities", TABLE.data(all));
      out.line(Json.text(object));
    } else {
      TABLE.text(all, out.page()).forEach(out::line);
      out.line("");
      out.line(
          missing == 0 ? "Everything works here." : missing + " of " + all.size() + " missing.");
    }
    return missing == 0 ? ExitStatus.OK : ExitStatus.NO;
  }
}
