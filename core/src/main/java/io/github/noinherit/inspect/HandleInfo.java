// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import io.github.noinherit.internal.linux.FlagNames;
import java.util.List;
import java.util.Optional;

/**
 * A handle of a process, as the kernel told it at one moment.
 *
 * @param number the descriptor
 * @param kind what it is
 * @param target what {@code /proc/PID/fd/NUMBER} points at, without the remark that it is deleted:
 *     a path, or a text such as {@code socket:[4711]}
 * @param access what its holder may do
 * @param flags access mode and status flags, as of {@code open(2)}
 * @param isInheritable does it outlive {@code execve(2)}: is close-on-exec not set
 * @param isDeleted does the name under which it was opened lead to it no more
 * @param device the device that the file is on: major in the upper half, minor in the lower
 * @param inode the file's number there. All eventfds, epolls and the like have one and the same
 * @param sharedWith who else has the same open file description, so the same offset, flags and
 *     lifetime; empty if that was not asked for ({@link HandleTable#withSharing})
 */
public record HandleInfo(
    int number,
    HandleKind kind,
    String target,
    Access access,
    int flags,
    boolean isInheritable,
    boolean isDeleted,
    long device,
    long inode,
    Optional<Sharing> sharedWith) {

  /** What the holder of a handle may do. */
  public enum Access {
    /** Read. */
    READ,
    /** Write. */
    WRITE,
    /** Both. */
    READ_WRITE,
    /** Neither: it was opened with {@code O_PATH}, and only names a file. */
    NONE
  }

  /**
   * Who else has the same open file description.
   *
   * @param with each other descriptor, this process's own included
   * @param isComplete could all processes be looked at, and be compared
   */
  public record Sharing(List<Sharer> with, boolean isComplete) {
    /** Copies the list. */
    public Sharing {
      with = List.copyOf(with);
    }
  }

  /**
   * A descriptor of the same open file description.
   *
   * @param process whose it is
   * @param number its number there
   */
  public record Sharer(ProcessInfo process, int number) {}

  /** The status flags by name, without the access mode, such as {@code O_NONBLOCK}. */
  public List<String> flagNames() {
    return FlagNames.of(flags);
  }

  HandleInfo shared(Sharing sharing) {
    return new HandleInfo(
        number,
        kind,
        target,
        access,
        flags,
        isInheritable,
        isDeleted,
        device,
        inode,
        Optional.of(sharing));
  }
}
