// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import java.util.List;

/**
 * A process that holds a target.
 *
 * @param process who
 * @param handles by which handles, in the order of their numbers; at least one
 */
public record Holder(ProcessInfo process, List<Held> handles) {
  /** Copies the list. */
  public Holder {
    handles = List.copyOf(handles);
  }

  /**
   * A handle of the target.
   *
   * @param handle what it is
   * @param description names the open file description among those of this answer: equal numbers
   *     are copies of one
   * @param origin how the process came to it
   */
  public record Held(HandleInfo handle, int description, Origin origin) {}

  /** {@return the numbers of the handles} */
  public List<Integer> numbers() {
    return handles.stream().map(h -> h.handle().number()).toList();
  }
}
