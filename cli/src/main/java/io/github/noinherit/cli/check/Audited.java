// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.check;

import io.github.noinherit.cli.ExitStatus;
import io.github.noinherit.cli.Json;
import io.github.noinherit.cli.Output;
import io.github.noinherit.cli.Table;
import io.github.noinherit.cli.Table.Column;
import io.github.noinherit.cli.Table.Place;
import io.github.noinherit.inspect.ImportAudit;
import io.github.noinherit.inspect.ImportAudit.Access;
import io.github.noinherit.inspect.ImportAudit.Creator;
import io.github.noinherit.inspect.ImportAudit.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An audit of a JDK's imports, told. */
final class Audited {
  private static final Table<Creator> DATA =
      new Table<>(
          List.of(
              new Column<>("", "library", Place.BESIDE, Creator::library),
              new Column<>("", "function", Place.BESIDE, Creator::function),
              new Column<>("", "access", Place.BESIDE, c -> word(c.access())),
              new Column<>("", "state", Place.BESIDE, c -> word(c.state())),
              new Column<>("", "reason", Place.BELOW, Creator::reason)));
  private static final Table<Row> TABLE =
      new Table<>(
          List.of(
              new Column<>("STATE", "state", Place.BESIDE, Row::state),
              new Column<>("LIBRARY", "library", Place.BESIDE, Row::library),
              new Column<>("CREATES HANDLES BY", "functions", Place.BESIDE, Row::functions),
              new Column<>("", "reason", Place.BELOW, Row::reason)));

  private Audited() {}

  /** The functions of a library of which the same is to be said. */
  private record Row(String state, String library, String functions, String reason) {}

  /** Tells it; answers the exit status. */
  static int tell(ImportAudit audit, boolean json, Output out) {
    if (json) {
      Map<String, Object> object = new LinkedHashMap<>();
      object.put("complete", audit.isComplete());
      object.put("java_home", audit.javaHome().toString());
      object.put("libraries", audit.libraries());
      object.put("creators", DATA.data(audit.creators()));
      out.line(Json.text(object));
    } else {
      TABLE.text(rows(audit), out.page()).forEach(out::line);
      out.line("");
      out.page().wrap("", summary(audit)).forEach(out::line);
    }
    return audit.isComplete() ? ExitStatus.OK : ExitStatus.NO;
  }

  private static String summary(ImportAudit audit) {
    String where =
        audit.libraries().size() + " libraries in " + audit.javaHome().resolve("lib") + ": ";
    int open = count(audit, State.OPEN);
    String known =
        String.format(
            "%d creators covered, %d listed with a reason",
            count(audit, State.COVERED), count(audit, State.LISTED));
    return where + known + (open == 0 ? ", none open." : ", " + open + " open.");
  }

  private static int count(ImportAudit audit, State state) {
    return (int) audit.creators().stream().filter(c -> c.state() == state).count();
  }

  /** What is open last, where it is seen. */
  private static List<Row> rows(ImportAudit audit) {
    List<Row> rows = new ArrayList<>();
    for (State state : State.values()) {
      Map<Row, List<String>> functions = new LinkedHashMap<>();
      for (Creator c : audit.creators()) {
        if (c.state() == state) {
          Row row = new Row(word(state), c.library(), "", c.reason());
          functions.computeIfAbsent(row, r -> new ArrayList<>()).add(name(c));
        }
      }
      functions.forEach(
          (r, f) -> rows.add(new Row(r.state(), r.library(), String.join(" ", f), r.reason())));
    }
    return rows;
  }

  private static String name(Creator c) {
    return c.access() == Access.LOOKED_UP ? c.function() + "(dlsym)" : c.function();
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
