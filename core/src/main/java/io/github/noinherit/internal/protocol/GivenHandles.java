// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protocol;

import io.github.noinherit.Spawn;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/*
 * Pure: which handles the environment says that this process was given.
 *
 *   NOINHERIT_HANDLES=http=3,log=4             Spawn.pass
 *   LISTEN_PID=4711 LISTEN_FDS=2               sd_listen_fds(3): 3 and 4
 *   LISTEN_FDNAMES=http:https                  their names, in order; may be missing
 *
 * An environment comes from outside. Each source is understood whole or not at all, so that nobody
 * adopts half of what a mistyped variable says. A variable that is empty counts as not set.
 *
 * Two sockets of one systemd unit have one name, so names may repeat there; Spawn's never do.
 */
public final class GivenHandles {
  /** What sd_listen_fds_with_names(3) calls a handle that was given no name. */
  public static final String UNNAMED = "unknown";

  /** More is a mistake: no service manager keeps as many open for one process. */
  static final int MOST = 65536;

  /** The variable of {@code Spawn.pass}. */
  public static final String HANDLES = Spawn.HANDLES_VARIABLE;

  /** The variable that begins the systemd protocol. */
  public static final String FDS = "LISTEN_FDS";

  private static final String NAMES = "LISTEN_FDNAMES";
  private static final String PID = "LISTEN_PID";
  private static final int FIRST =
      3; // sd-daemon.h, SD_LISTEN_FDS_START; after the standard streams
  private static final int LONGEST_NAME = 255; // sd_pid_notify_with_fds(3), FDNAME=
  private static final int MOST_QUOTED = 60;

  private GivenHandles() {}

  /** What the environment says. */
  public sealed interface Said {}

  /** These handles; none if nothing is said. */
  public record Handles(List<GivenHandle> handles) implements Said {}

  /** It cannot be understood, or is not for this process. */
  public record Malformed(String why) implements Said {}

  /**
   * What both sources say, {@code NOINHERIT_HANDLES} first.
   *
   * @param variable tells the value of a variable of the environment, "" if it is not set
   * @param pid this process
   */
  public static Said of(UnaryOperator<String> variable, long pid) {
    List<GivenHandle> all = new ArrayList<>();
    for (Said said : List.of(passed(variable.apply(HANDLES)), listening(variable, pid))) {
      switch (said) {
        case Malformed m -> {
          return m;
        }
        case Handles(List<GivenHandle> handles) -> all.addAll(handles);
      }
    }
    return new Handles(all);
  }

  /** What {@code NOINHERIT_HANDLES} says. */
  public static Said passed(String value) {
    List<GivenHandle> handles = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Set<Integer> numbers = new HashSet<>();
    for (String entry : value.isEmpty() ? new String[0] : value.split(",", -1)) {
      int equals = entry.indexOf('=');
      String name = entry.substring(0, Math.max(equals, 0));
      int number = number(entry.substring(equals + 1));
      String objection = objection(equals >= 0, name, number);
      if (objection == null && !names.add(name)) {
        objection = "the name is there twice";
      }
      if (objection == null && !numbers.add(number)) {
        objection = "the descriptor is there twice";
      }
      if (objection != null) {
        return malformed(HANDLES, value, quoted(entry) + ": " + objection);
      }
      handles.add(new GivenHandle(HANDLES, name, number));
    }
    return new Handles(handles);
  }

  private static @Nullable String objection(boolean hasEquals, String name, int number) {
    if (!hasEquals) {
      return "it has no '='";
    }
    if (!isName(name)) {
      return "a name has letters, digits, and - _ . , up to " + LONGEST_NAME;
    }
    if (number < 0) {
      return "what follows the '=' is no descriptor's number";
    }
    return number < FIRST ? "0 to 2 are the standard streams" : null;
  }

  /**
   * What the systemd protocol says: sd_listen_fds(3).
   *
   * @param variable tells the value of a variable of the environment, "" if it is not set
   * @param pid this process
   */
  public static Said listening(UnaryOperator<String> variable, long pid) {
    String fds = variable.apply(FDS);
    if (fds.isEmpty()) {
      return new Handles(List.of());
    }
    String receiver = variable.apply(PID);
    if (!receiver.equals(Long.toString(pid))) {
      return new Malformed(notForUs(receiver, pid));
    }
    int count = number(fds);
    if (count < 0) {
      return malformed(FDS, fds, "it is not the number of sockets that were passed");
    }
    if (count > MOST) {
      return malformed(FDS, fds, "more than " + MOST + " sockets are not passed");
    }
    String names = variable.apply(NAMES);
    String[] each = names.split(":", -1);
    if (!names.isEmpty() && each.length != count) {
      String words = "it has " + each.length + " names, and " + FDS + " is " + count;
      return malformed(NAMES, names, words);
    }
    List<GivenHandle> handles = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = names.isEmpty() ? UNNAMED : each[i];
      if (!isDescriptorName(name)) {
        return malformed(
            NAMES, names, quoted(name) + " is no name: printable ASCII is, up to " + LONGEST_NAME);
      }
      handles.add(new GivenHandle(FDS, name, FIRST + i));
    }
    return new Handles(handles);
  }

  private static String notForUs(String receiver, long pid) {
    String them =
        receiver.isEmpty()
            ? PID + " is not set, so the sockets of " + FDS + " are for nobody"
            : number(receiver) < 0
                ? PID + " is " + quoted(receiver) + ", which is no pid"
                : PID + " is " + receiver + ", so the sockets of " + FDS + " are for that process";
    return them
        + "; this one is "
        + pid
        + ". A start script must run Java by `exec java …`, so that Java keeps the script's pid. A"
        + " program that was given sockets and starts Java as a child without them must remove "
        + FDS
        + ", "
        + NAMES
        + " and "
        + PID
        + " from its environment";
  }

  /** May a handle be passed under this name? */
  public static boolean isName(String name) {
    return name.matches("[A-Za-z0-9._-]{1,255}");
  }

  /** Is it a name in systemd's protocol: printable ASCII without a colon, up to 255? */
  public static boolean isDescriptorName(String name) {
    return name.length() <= LONGEST_NAME
        && name.chars().allMatch(c -> c >= ' ' && c < 127 && c != ':');
  }

  private static Malformed malformed(String variable, String value, String why) {
    return new Malformed(
        "the environment variable " + variable + " is " + quoted(value) + ": " + why);
  }

  /** A number without a sign, or -1. */
  private static int number(String text) {
    if (text.isEmpty() || text.length() > 9) {
      return -1;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return -1;
      }
    }
    return Integer.parseInt(text);
  }

  /** A value for a message: short, and without characters that a terminal obeys. */
  public static String quoted(String value) {
    StringBuilder text = new StringBuilder("\"");
    int end =
        value.offsetByCodePoints(0, Math.min(value.codePointCount(0, value.length()), MOST_QUOTED));
    value
        .substring(0, end)
        .codePoints()
        .forEach(
            c -> {
              if (c < ' ' || (c >= 127 && c < 160) || c == '"' || c == '\\') {
                text.append(String.format("\\u%04X", c));
              } else {
                text.appendCodePoint(c);
              }
            });
    return text.append(end < value.length() ? "…\"" : "\"").toString();
  }
}
