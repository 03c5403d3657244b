// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import java.util.List;
import java.util.Optional;

/**
 * How a process came to a handle: what can be told of it afterwards.
 *
 * <p>The kernel does not record it. It is concluded from what is left: the same open file
 * description, parent links, start times, and equal numbers. Each conclusion comes with its {@link
 * Confidence} and the {@link Evidence} that it rests on.
 *
 * @param source from what kind of process it came
 * @param confidence how sure that is
 * @param giver the nearest process from which it came, if that is alive and holds it itself
 * @param through processes between the giver and this one that hold it no more, the giver's child
 *     first
 * @param evidence what speaks for it, or what is missing
 */
public record Origin(
    Source source,
    Confidence confidence,
    Optional<ProcessInfo> giver,
    List<ProcessInfo> through,
    List<Evidence> evidence) {
  /** Copies the lists. */
  public Origin {
    through = List.copyOf(through);
    evidence = List.copyOf(evidence);
  }

  /** From what kind of process a handle came. */
  public enum Source {
    /** A living ancestor that holds it, too. */
    ANCESTOR,
    /** A living process that holds it and is no ancestor now: who was in between has ended. */
    OTHER_PROCESS,
    /** A process that has ended. */
    ENDED_PROCESS,
    /** It opened it itself, or got it from one that has ended or closed it since. */
    UNKNOWN
  }

  /** How sure a conclusion is. */
  public enum Confidence {
    /**
     * The same open file description, the giver is a living ancestor, and the start times fit. It
     * is taken for inherited then, as a handle almost always is; that it was sent in a message
     * instead ({@code SCM_RIGHTS}), and in which direction, leaves no trace.
     */
    CERTAIN,
    /** One of these could not be seen. */
    LIKELY,
    /** Nothing is left that tells it. */
    UNKNOWN
  }

  /** A fact that a conclusion rests on. */
  public enum Fact {
    /** {@code kcmp(2)}: it is the giver's open file description. */
    SAME_DESCRIPTION,
    /** It is the giver's socket, and a socket has only one open file description. */
    SAME_SOCKET,
    /** The same file as the giver's; whether the same description could not be asked. */
    SAME_FILE_ONLY,
    /** The giver is an ancestor by the parent links of now. */
    LIVING_ANCESTOR,
    /** The giver is not younger. */
    START_TIMES_FIT,
    /** It has the same number in both, as after {@code fork}. */
    EQUAL_NUMBER,
    /** Ancestors in between do not hold it now. */
    NOT_HELD_IN_BETWEEN,
    /** Its parent is not the one that started it: that has ended. */
    PARENT_ENDED,
    /** Others hold it, none of which is an ancestor of all. */
    HELD_BY_OTHERS,
    /** No living ancestor holds it. */
    NO_ANCESTOR_HOLDS_IT,
    /** An ancestor could not be looked at. */
    ANCESTOR_NOT_SEEN
  }

  /**
   * A fact, with the names in it.
   *
   * @param fact for programs
   * @param words for people
   */
  public record Evidence(Fact fact, String words) {}

  /** Does it rest on this? */
  public boolean restsOn(Fact fact) {
    for (Evidence e : evidence) {
      if (e.fact() == fact) {
        return true;
      }
    }
    return false;
  }
}
