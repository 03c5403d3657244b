// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import io.github.noinherit.internal.Capabilities;

/**
 * What can be missing on a machine, to be asked for before it is needed. A call that needs a
 * missing one throws {@link UnsupportedOperationException} with the same reason; nothing silently
 * does less than its name says.
 */
public enum Capability {
  /** Calling the operating system at all. */
  NATIVE_CALLS("calls to the operating system"),

  /** {@link Handle#of}: reaching the descriptors inside JDK objects. */
  JDK_HANDLES("flags and handles of JDK objects"),

  /** Memory of this process may be made executable, which the best ways to start a child need. */
  EXECUTABLE_MEMORY("machine code of noinherit's own"),

  /** {@link NoInherit#open} and its siblings. */
  ATOMIC_OPEN("files, sockets and pipes born non-inheritable"),

  /** {@link NoInherit#openSelector}. */
  ATOMIC_SELECTOR("selectors born non-inheritable"),

  /** {@link NoInherit#byDefault()}: everything that the JDK opens is born non-inheritable. */
  ATOMIC_DEFAULT("everything the JDK opens non-inheritable by default"),

  /** {@link Spawn#start}: a child with exactly the handles named. */
  SPAWN("children with exactly the handles named"),

  /**
   * Children are started by clone3 or clone: a start costs the same however many descriptors are
   * open, and a handle that another thread closes meanwhile is never seen by any child.
   */
  SPAWN_BY_CLONE("starts whose cost does not grow with open descriptors"),

  /**
   * {@link Spawn#openFileLimit}, {@link Spawn#limit}, {@link Spawn#umask}, {@link Spawn#user},
   * {@link Spawn#noNewPrivileges} and {@link Spawn#cgroup}.
   */
  CHILD_LIMITS("a child's own limits, umask, user and control group"),

  /** {@link Spawn#killWithParent}; its answer says by what means, and what that leaves out. */
  KILL_WITH_PARENT("children that end when this process does"),

  /**
   * {@link Spawn#killWithParent} by a control group: nothing that descends from the child escapes.
   */
  KILL_WITH_PARENT_BY_CGROUP("children that end with all that descends from them"),

  /** {@link SelfExec#restart}: this process becomes its own program anew. */
  RESTART_IN_PLACE("restart in place with exactly the handles named"),

  /** The exit status of a child for which somebody else has waited. */
  EXIT_STATUS_ALWAYS("exit status though others wait for our children");

  private final String description;

  Capability(String description) {
    this.description = description;
  }

  /** {@return what it is for, in a few words} */
  public String description() {
    return description;
  }

  /**
   * Is it there? Some answers need a trial, which is made: one for starting children starts one.
   *
   * @return yes, or why not and what would make it yes
   */
  public Answer check() {
    return Capabilities.check(this);
  }

  /**
   * Yes, or why not.
   *
   * @param isAvailable can it be used here
   * @param reason how it is provided, or why it is missing
   * @param remedy what would make it available; empty if it is, or if nothing would
   */
  public record Answer(boolean isAvailable, String reason, String remedy) {}
}
