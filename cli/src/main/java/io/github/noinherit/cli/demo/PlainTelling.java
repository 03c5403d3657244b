// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import io.github.noinherit.cli.Output;
import io.github.noinherit.cli.Page;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The story for people: who does what, then what the kernel says. */
final class PlainTelling implements Telling {
  private static final String MARGIN = "   ";
  private static final int WHO_WIDTH = 11;

  /** The part of a row of a descriptor table that is before the name. */
  private static final Pattern TABLE_ROW = Pattern.compile(" +([0-9 ]+ )?(?=[^ ])");

  private final Output out;
  private final Page page;
  private int number;

  PlainTelling(Output out) {
    this.out = out;
    this.page = out.page();
  }

  @Override
  public void begin() {
    out.line(page.bold("What a helper program gets without asking"));
    out.line("");
    paragraph(
        "",
        "A server starts a helper: another program, for some small job. On the way the helper can"
            + " get a copy of every file and socket that the server has open. Nobody asked for it"
            + " and nobody sees it. As long as the helper lives, they all stay open.");
    out.line("");
    paragraph(
        "",
        "Each scene is played twice by real processes, without and with noinherit. In all scenes"
            + " but the last the helper is started in the same careless way both times: by a bare"
            + " posix_spawn in the server. What the kernel says is read from /proc at that"
            + " moment.");
  }

  @Override
  public void scene(Scene scene) {
    number++;
    out.line("");
    out.line("");
    out.line(page.bold(number + ". " + scene.title()));
    paragraph(MARGIN, scene.plot());
  }

  @Override
  public void finding(Finding finding) {
    out.line("");
    out.line(MARGIN + page.bold(finding.side() + " noinherit"));
    String speaker = "";
    for (Line line : finding.lines()) {
      tell(line, line.who().equals(speaker) ? "" : line.who());
      speaker = line.who();
    }
    if (finding.isShown()) {
      for (String part : page.wrap(MARGIN + "=> ", finding.expected())) {
        out.line(finding.side().leaks() ? page.red(part) : page.green(part));
      }
    } else {
      paragraph(MARGIN, "NOT SHOWN: " + finding.expected());
      paragraph(MARGIN, "Instead, " + finding.seen());
    }
  }

  private void tell(Line line, String who) {
    String start = MARGIN + String.format(Locale.ROOT, "%-" + WHO_WIDTH + "s", who);
    Matcher row = TABLE_ROW.matcher(line.text());
    String numbers = row.lookingAt() ? row.group() : "";
    for (String part : page.wrap(start + numbers, line.text().substring(numbers.length()))) {
      out.line(line.holds() ? part : page.red(part));
    }
  }

  @Override
  public void end(boolean shown, Duration took) {
    out.line("");
    out.line("");
    String seconds = String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1000.0);
    if (shown) {
      paragraph(
          "", "Every scene showed what it tells, in " + seconds + ". Nothing is left behind.");
      out.line("");
      paragraph(
          "",
          "What made the difference: one call, NoInherit.byDefault(), when the server starts; or,"
              + " where nobody changes the program, noinherit java in place of java. The server"
              + " opens its files, sockets and pipes by the JDK's own methods both times. Only a"
              + " helper that should get something is started by Spawn. (\"Java's own files\" are"
              + " the jars and modules that the JVM itself opens.)");
    } else {
      paragraph("", "Not every scene showed what it tells: see NOT SHOWN above. (" + seconds + ")");
    }
  }

  private void paragraph(String margin, String text) {
    page.wrap(margin, text).forEach(out::line);
  }
}
