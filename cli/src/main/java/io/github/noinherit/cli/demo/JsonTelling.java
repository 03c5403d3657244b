// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import io.github.noinherit.cli.Json;
import io.github.noinherit.cli.Output;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The findings as data: one JSON object, when the last scene is over. */
final class JsonTelling implements Telling {
  private final Output out;
  private final List<Map<String, Object>> findings = new ArrayList<>();

  JsonTelling(Output out) {
    this.out = out;
  }

  @Override
  public void begin() {}

  @Override
  public void scene(Scene scene) {}

  @Override
  public void finding(Finding finding) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("scene", finding.scene().name());
    object.put("title", finding.scene().title());
    object.put("side", finding.side().word());
    object.put("expected", finding.expected());
    object.put("seen", finding.seen());
    object.put("shown", finding.isShown());
    object.put("evidence", finding.lines().stream().map(JsonTelling::line).toList());
    findings.add(object);
  }

  @Override
  public void end(boolean shown, Duration took) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("shown", shown);
    object.put("milliseconds", took.toMillis());
    object.put("findings", findings);
    out.line(Json.text(object));
  }

  private static Map<String, Object> line(Line line) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("who", line.who());
    object.put("text", line.text().strip().replaceAll(" +", " ")); // without the columns
    if (line.expected() != null) { // a line that only tells has nothing to hold
      object.put("expected", line.expected());
      object.put("holds", line.holds());
    }
    return object;
  }
}
