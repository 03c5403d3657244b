// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import java.util.Map;
import java.util.TreeMap;

/**
 * What could not be looked at. Processes that ended meanwhile are not among it, nor those that this
 * one cannot even see (another pid namespace, a /proc mounted with {@code hidepid}).
 *
 * @param looked how many processes were looked at, or tried to
 * @param refused the processes that we may not look at: pid to the error's name, such as EACCES
 */
public record Unseen(int looked, Map<Long, String> refused) {
  /** Copies the map. */
  public Unseen {
    refused = java.util.Collections.unmodifiableMap(new TreeMap<>(refused));
  }

  /** Was everything seen that there is? */
  public boolean isNothing() {
    return refused.isEmpty();
  }

  @Override
  public String toString() {
    return isNothing()
        ? "all " + looked + " processes were looked at"
        : refused.size()
            + " of "
            + looked
            + " processes could not be looked at: only their own user and root may (ptrace(2),"
            + " \"Ptrace access mode checking\")";
  }
}
