// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.Resource;
import io.github.noinherit.internal.spawn.ChildSpec.ResourceLimit;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Pure: what a child has that is neither its program nor a descriptor. Everything that is not set
 * is as in the parent.
 *
 * @param group its process group and session
 * @param registration with whom it registers before it runs anything; null for nobody
 * @param cgroup the directory of the control group in which it is born
 * @param umask its file mode creation mask
 * @param limits its resource limits, but that of open files
 * @param noNewPrivileges may no exec give it privileges any more?
 * @param identity its user and groups
 */
public record Surroundings(
    Group group,
    @Nullable Registration registration,
    @Nullable Path cgroup,
    @Nullable Integer umask,
    Map<Resource, ResourceLimit> limits,
    boolean noNewPrivileges,
    @Nullable Identity identity) {

  /** As in the parent in every respect. */
  public static final Surroundings PARENTS =
      new Surroundings(Group.PARENTS, null, null, null, Map.of(), false, null);

  /** Whose process group a child is in. */
  public enum Group {
    /** Its parent's. */
    PARENTS,
    /** One of its own, in its parent's session (setpgid(2)). */
    OWN,
    /** One of its own in a session of its own, without a controlling terminal (setsid(2)). */
    OWN_SESSION;

    /** The one of the two that is farther from the parent. */
    Group orFarther(Group other) {
      return compareTo(other) >= 0 ? this : other;
    }
  }

  /**
   * User and groups (setresuid(2), setresgid(2), setgroups(2)).
   *
   * @param uid the real, effective and saved user id
   * @param gid the same for the group
   * @param groups the supplementary groups
   */
  @SuppressWarnings("ArrayRecordComponent") // for the kernel, never compared
  public record Identity(int uid, int gid, int[] groups) {}

  /** Keeps an immutable copy. */
  public Surroundings {
    limits = Map.copyOf(limits);
  }

  /** With this group, or the one that it has if that is farther from the parent. */
  public Surroundings withGroup(Group other) {
    return new Surroundings(
        group.orFarther(other), registration, cgroup, umask, limits, noNewPrivileges, identity);
  }

  /** With somebody to register with. */
  Surroundings withRegistration(Registration other) {
    return new Surroundings(group, other, cgroup, umask, limits, noNewPrivileges, identity);
  }

  /** With a control group. */
  public Surroundings withCgroup(Path other) {
    return new Surroundings(group, registration, other, umask, limits, noNewPrivileges, identity);
  }

  /** With a umask. */
  public Surroundings withUmask(int other) {
    return new Surroundings(group, registration, cgroup, other, limits, noNewPrivileges, identity);
  }

  /** With one more limit. */
  public Surroundings withLimit(Resource resource, ResourceLimit limit) {
    Map<Resource, ResourceLimit> more = new TreeMap<>(limits);
    more.put(resource, limit);
    return new Surroundings(group, registration, cgroup, umask, more, noNewPrivileges, identity);
  }

  /** Without new privileges. */
  public Surroundings withNoNewPrivileges() {
    return new Surroundings(group, registration, cgroup, umask, limits, true, identity);
  }

  /** With an identity. */
  public Surroundings withIdentity(Identity other) {
    return new Surroundings(group, registration, cgroup, umask, limits, noNewPrivileges, other);
  }
}
