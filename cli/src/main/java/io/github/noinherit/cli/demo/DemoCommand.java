// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import io.github.noinherit.Capability;
import io.github.noinherit.cli.ExitStatus;
import io.github.noinherit.cli.Json;
import io.github.noinherit.cli.Output;
import io.github.noinherit.cli.UnsupportedHere;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code noinherit demo}. */
@Command(
    name = "demo",
    header = "The story of 2007 on this machine, with real sockets: without, then with noinherit.",
    description = {
      "",
      "Short scenes, each played twice by real processes on free ports of the loopback"
          + " address. Every line of \"kernel\" is what the kernel said at that moment. It takes"
          + " a few seconds, needs no rights, and leaves nothing behind.",
      "",
    },
    optionListHeading = "Options:%n",
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:every scene showed what it tells",
      "1:one did not; it is named, with what was seen instead",
      "2:the command line was not understood",
      "3:the demo cannot be played here (noinherit check says why)",
    },
    footer = {
      "",
      "Examples:",
      "  noinherit demo                    the whole story",
      "  noinherit demo --scene restart    one scene",
      "  noinherit demo --json             what was expected and seen, as data",
    })
public final class DemoCommand implements Callable<Integer> {
  private final Output out;

  @Spec
  @SuppressWarnings("NullAway.Init") // set by picocli
  private CommandSpec spec;

  @Option(
      names = "--scene",
      paramLabel = "NAME",
      completionCandidates = SceneNames.class,
      description = "Play only this scene: ${COMPLETION-CANDIDATES}.")
  private @Nullable String scene;

  @Option(names = "--list", description = "List the scenes and play none.")
  private boolean list;

  @Option(names = "--json", description = "Write the findings as JSON.")
  private boolean json;

  /** The command, writing to the given output. */
  public DemoCommand(Output out) {
    this.out = out;
  }

  @Override
  public Integer call() throws UnsupportedHere, InterruptedException {
    List<Scene> scenes = chosen();
    if (list) {
      list(scenes);
      return ExitStatus.OK;
    }
    if (!System.getProperty("os.name").equals("Linux")) {
      throw new UnsupportedHere(
          "the demo reads Linux's /proc; this is " + System.getProperty("os.name"));
    }
    Capability.Answer protection = Capability.ATOMIC_DEFAULT.check();
    if (!protection.isAvailable()) {
      throw new UnsupportedHere(
          "the demo needs NoInherit.byDefault(), which cannot be had here: " + protection.reason());
    }
    try (Story story = new Story()) {
      return tell(story, scenes, json, out);
    }
  }

  /** Plays the scenes and tells them; answers the exit status. */
  static int tell(Story story, List<Scene> scenes, boolean json, Output out)
      throws InterruptedException {
    long start = System.nanoTime();
    Telling telling = json ? new JsonTelling(out) : new PlainTelling(out);
    telling.begin();
    boolean shown = true;
    for (Story.Pair pair : story.play(scenes)) {
      telling.scene(pair.scene());
      for (Future<Finding> side : List.of(pair.without(), pair.with())) {
        Finding finding = get(side);
        telling.finding(finding);
        shown &= finding.isShown();
      }
    }
    telling.end(shown, Duration.ofNanos(System.nanoTime() - start));
    return shown ? ExitStatus.OK : ExitStatus.NO;
  }

  private static Finding get(Future<Finding> side) throws InterruptedException {
    try {
      return side.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a scene failed in a way that no scene should", e.getCause());
    }
  }

  private List<Scene> chosen() {
    if (scene == null) {
      return Scene.all();
    }
    List<Scene> named = Scene.all().stream().filter(s -> s.name().equals(scene)).toList();
    if (named.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "no scene \"" + scene + "\"; there are " + String.join(", ", new SceneNames()));
    }
    return named;
  }

  private void list(List<Scene> scenes) {
    if (json) {
      out.line(
          Json.text(
              scenes.stream().map(s -> Map.of("scene", s.name(), "title", s.title())).toList()));
    } else {
      scenes.forEach(s -> out.line(String.format("%-10s%s", s.name(), s.title())));
    }
  }

  /** The names of the scenes, for the help text and for completion. */
  static final class SceneNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Scene.all().stream().map(Scene::name).iterator();
    }
  }
}
