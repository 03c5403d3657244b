// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.Spawn;
import io.github.noinherit.internal.handle.BlockingMode;
import io.github.noinherit.internal.protocol.GivenHandles;
import io.github.noinherit.internal.spawn.Launch.Passed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The handles that a child is given by systemd's protocol (sd_listen_fds(3)): one after the other
 * from 3 up, and in LISTEN_FDS how many, in LISTEN_FDNAMES their names, in LISTEN_PID for whom.
 */
public final class Activation {
  /** SD_LISTEN_FDS_START in sd-daemon.h. */
  private static final int FIRST = 3;

  private static final String PID = "LISTEN_PID";

  private final Map<String, Object> handles = new LinkedHashMap<>();
  private final Set<String> warned = new HashSet<>();

  /**
   * Adds a handle.
   *
   * @throws IllegalArgumentException if the name is no name, or is there already
   */
  public void add(String name, Object holder) {
    if (name.isEmpty() || !GivenHandles.isDescriptorName(name)) {
      throw new IllegalArgumentException(
          GivenHandles.quoted(name)
              + " is no name for an activated handle: printable ASCII without ':' is, up to 255"
              + " (sd_listen_fds(3))");
    }
    if (handles.putIfAbsent(name, holder) != null) {
      throw new IllegalArgumentException(
          "a handle named " + GivenHandles.quoted(name) + " is activated already");
    }
  }

  /** Is there a handle of this name? */
  public boolean has(String name) {
    return handles.containsKey(name);
  }

  /**
   * The handles with their numbers in the child.
   *
   * @param taken the numbers under which others are passed
   * @throws IllegalStateException if one of these is needed here
   */
  public List<Passed> passed(Collection<Integer> taken) {
    List<Passed> passed = new ArrayList<>();
    for (Map.Entry<String, Object> e : handles.entrySet()) {
      int number = FIRST + passed.size();
      if (taken.contains(number)) {
        throw new IllegalStateException(
            "activate() and passAs("
                + number
                + ", …) exclude each other here: "
                + handles.size()
                + " activated handles have the numbers from "
                + FIRST
                + " to "
                + (FIRST + handles.size() - 1));
      }
      passed.add(new Passed(e.getValue(), "handle " + GivenHandles.quoted(e.getKey()), number));
    }
    return passed;
  }

  /**
   * The names of those that are in non-blocking mode now. Of one that is for the first time a
   * warning is logged.
   */
  public List<String> nonBlocking() throws IOException {
    List<String> names = new ArrayList<>();
    for (Map.Entry<String, Object> e : handles.entrySet()) {
      if (BlockingMode.isNonBlocking(e.getValue())) {
        names.add(e.getKey());
        if (warned.add(e.getKey())) {
          System.getLogger(Spawn.class.getName())
              .log(
                  System.Logger.Level.WARNING,
                  "the handle "
                      + GivenHandles.quoted(e.getKey())
                      + " is given to a child in non-blocking mode, which is shared: a child that"
                      + " expects to wait gets EAGAIN. Handle.setNonBlocking(false) before the"
                      + " start makes it blocking, if nobody here relies on the mode");
        }
      }
    }
    return names;
  }

  /** The child's environment; what the program itself has set for the protocol gives way. */
  public List<byte[]> strings(Environment environment) {
    if (handles.isEmpty()) {
      return environment.strings();
    }
    environment.put("LISTEN_FDS", Integer.toString(handles.size()));
    environment.put("LISTEN_FDNAMES", String.join(":", handles.keySet()));
    environment.remove(PID);
    environment.remove("LISTEN_PIDFDID");
    List<byte[]> strings = new ArrayList<>(environment.strings());
    strings.add(OwnPid.variable(PID));
    return strings;
  }
}
