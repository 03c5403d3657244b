// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.posix.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/*
 * Children that end when this process does, however it ends: the two ways, better one first. At the
 * first use each is tried until one works; that one is used from then on. An operator can name one
 * with -Dnoinherit.killWithParent=.
 *
 * In both a guardian outlives this process for a moment and does the killing (Guardian). They differ
 * in how it knows whom to kill: ByCgroup, ByGroups.
 *
 * The parent-death signal of prctl(2), PR_SET_PDEATHSIG, is not used: it is sent when the thread ends
 * that started the child, is cleared by some execs, and reaches the child only.
 */
public abstract sealed class KillWithParent permits ByCgroup, ByGroups {
  /** The ways by name. */
  public enum Means {
    /** A control group holds all that descends from the children. */
    CGROUP,
    /** Process groups and parent links. */
    GROUPS;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * What was chosen, and what was tried before it.
   *
   * @param means null if there is none
   * @param words how the chosen way works here
   * @param objections one for each way that was refused
   */
  public record Choice(@Nullable Means means, String words, List<String> objections) {
    /** Keeps an immutable copy. */
    public Choice {
      objections = List.copyOf(objections);
    }
  }

  /** The system property by which an operator names a way. */
  public static final String PROPERTY = "noinherit.killWithParent";

  private record Ready(Choice choice, @Nullable KillWithParent way) {}

  private static @Nullable Ready ready;

  /** Starts a child from a spec. */
  interface Starter {
    Executor.Started start(ChildSpec spec) throws IOException;
  }

  /** A started child, and how its tree can be ended. */
  record Tied(Executor.Started started, Tree tree) {}

  /**
   * Starts a child that will end with this process.
   *
   * @param isOnTerminal does it get our controlling terminal?
   */
  abstract Tied start(Starter starter, ChildSpec spec, boolean isOnTerminal) throws IOException;

  /** How it works here. */
  abstract String words();

  /** Where the guardian is. */
  abstract GuardianPost post();

  /**
   * The way that is used. Tries them if nothing was asked or started yet.
   *
   * @throws IOException for lack of descriptors, processes or memory; nothing is chosen then
   */
  public static Choice choice() throws IOException {
    return Births.during(KillWithParent::ready).choice();
  }

  /** The process that guards for this one, if there is one. */
  static synchronized OptionalLong guardian() {
    KillWithParent way = ready == null ? null : ready.way();
    Guardian guardian = way == null ? null : way.post().current();
    return guardian == null ? OptionalLong.empty() : OptionalLong.of(guardian.pid());
  }

  /**
   * The way that is used.
   *
   * @throws UnsupportedOperationException if there is none, with every reason
   */
  static KillWithParent inForce() throws IOException {
    Ready r = ready();
    if (r.way() == null) {
      throw new UnsupportedOperationException(
          "no child can be made to end with this process here: "
              + String.join("; ", r.choice().objections()));
    }
    return r.way();
  }

  private static synchronized Ready ready() throws IOException {
    Ready r = ready;
    if (r == null) {
      r = find();
      ready = r;
    }
    return r;
  }

  private static Ready find() throws IOException {
    Way.Choice starts = Way.chosen();
    if (starts.way() != Way.CLONE3 && starts.way() != Way.CLONE) {
      return none(
          List.of("children are started by " + starts + ", which runs nothing before their exec"));
    }
    String forced = System.getProperty(PROPERTY);
    List<String> objections = new ArrayList<>();
    for (Means means : Means.values()) {
      if (forced != null && !forced.equals(means.toString())) {
        continue;
      }
      try {
        KillWithParent way =
            switch (means) {
              case CGROUP -> ByCgroup.open();
              case GROUPS -> ByGroups.open();
            };
        if (forced != null) {
          objections.add("named by -D" + PROPERTY);
        }
        return new Ready(new Choice(means, way.words(), objections), way);
      } catch (SystemCallException e) {
        if (Errno.isShortage(e.code())) {
          throw e;
        }
        objections.add(means + ": " + e.getMessage());
      } catch (IOException | UnsupportedOperationException e) {
        objections.add(means + ": " + e.getMessage());
      }
    }
    if (objections.isEmpty()) {
      objections.add("-D" + PROPERTY + "=" + forced + " is none of cgroup, groups");
    }
    return none(objections);
  }

  private static Ready none(List<String> objections) {
    return new Ready(new Choice(null, "", objections), null);
  }
}
