// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.orphans;

import io.github.noinherit.Capability;
import io.github.noinherit.SelfExec;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import io.github.noinherit.testkit.ChildJvm;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A parent in a JVM of its own: starts one child for each line of its input, a name and a command
 * for sh, to end with it, and waits. {@code !name command} starts a program without sh; {@code
 * exit} ends the JVM by System.exit, {@code throw} by an exception, {@code restart} makes it begin
 * anew in place.
 */
final class Scene {
  private Scene() {}

  /** How children are tied to their parent, and started. */
  enum Means {
    /** Born in a control group. */
    CGROUP("cgroup", "clone3"),
    /** Going into a control group before they run. */
    CGROUP_BY_CLONE("cgroup", "clone"),
    /** Process groups. */
    GROUPS("groups", "clone3"),
    /** Process groups, with the other call. */
    GROUPS_BY_CLONE("groups", "clone");

    final String tied;
    final String started;

    Means(String tied, String started) {
      this.tied = tied;
      this.started = started;
    }

    boolean isCgroup() {
      return tied.equals("cgroup");
    }

    /** A JVM with these means. */
    ChildJvm jvm(Class<?> main, String... arguments) {
      return ChildJvm.of(main)
          .flags("-Dnoinherit.killWithParent=" + tied, "-Dnoinherit.spawn=" + started)
          .arguments(arguments);
    }
  }

  /** Is there such a thing here? Asked in this JVM, which chooses for itself. */
  static boolean isThere(Means means) {
    return !means.isCgroup() || Capability.KILL_WITH_PARENT_BY_CGROUP.check().isAvailable();
  }

  /**
   * To be closed before the parent is: kills the parent alone, and waits until its guardian has
   * done its work. (Closing the parent kills its descendants with it, and the guardian is one.)
   */
  static Ending ending(ChildJvm.Running parent) {
    return () -> {
      parent.process().destroyForcibly();
      try {
        parent.process().waitFor();
        Witness.within(5000, () -> Witness.guardians(parent.pid()).isEmpty());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  /** An end to come. */
  interface Ending extends AutoCloseable {
    @Override
    void close();
  }

  public static void main(String[] arguments) throws Exception {
    String mark = arguments[0];
    List<SpawnedProcess> children = new ArrayList<>();
    System.out.println(Capability.KILL_WITH_PARENT.check());
    for (String line = read(); line != null; line = read()) {
      switch (line) {
        case "exit" -> System.exit(0);
        case "restart" -> SelfExec.sameCommand().restart();
        case "throw" -> {
          Thread.currentThread().setUncaughtExceptionHandler((t, e) -> {});
          throw new IllegalStateException("asked for");
        }
        default -> {
          children.add(start(mark, line));
          System.out.println(children.getLast().pid());
        }
      }
    }
  }

  private static @Nullable String read() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = System.in.read(); c != '\n'; c = System.in.read()) {
      if (c < 0) {
        return line.isEmpty() ? null : line.toString();
      }
      line.append((char) c);
    }
    return line.toString();
  }

  private static SpawnedProcess start(String mark, String line) throws IOException {
    int blank = line.indexOf(' ');
    String name = line.substring(0, blank);
    String rest = line.substring(blank + 1);
    Spawn spawn =
        name.startsWith("!") ? Spawn.command(rest.split(" ", -1)) : Spawn.command("sh", "-c", rest);
    return spawn
        .environment(Witness.VARIABLE, mark + name.replace("!", ""))
        .stdin(Redirect.from(new java.io.File("/dev/null")))
        .stdout(Redirect.DISCARD)
        .stderr(Redirect.DISCARD)
        .killWithParent()
        .start();
  }
}
