// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.check;

import io.github.noinherit.Capability;
import io.github.noinherit.cli.ExitStatus;
import io.github.noinherit.cli.Json;
import io.github.noinherit.cli.Output;
import io.github.noinherit.cli.Table;
import io.github.noinherit.cli.Table.Column;
import io.github.noinherit.cli.Table.Place;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
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
    },
    optionListHeading = "Options:%n",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:everything works here",
      "1:something is missing",
      "2:the command line was not understood",
    },
    footer = {
      "",
      "Examples:",
      "  noinherit check",
      "  noinherit check --json",
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

  /** The command, writing to the given output. */
  public CheckCommand(Output out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    return tell(Arrays.stream(Capability.values()).map(Checked::of).toList(), json, out);
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
