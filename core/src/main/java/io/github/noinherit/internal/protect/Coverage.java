// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.Protection.Covered;
import io.github.noinherit.Protection.Uncovered;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What is covered and what is not, for people: each thing once. */
final class Coverage {
  private final List<Covered> covered = new ArrayList<>();
  private final List<Uncovered> uncovered = new ArrayList<>();
  private final Set<Long> slots = new HashSet<>();
  private final Set<String> told = new HashSet<>();

  void add(List<Place> places, List<Uncovered> left) {
    for (Place p : places) {
      if (slots.add(p.patch().slot())) {
        covered.add(p.covered());
      }
    }
    for (Uncovered u : left) {
      // A record's equals would be put together at run time, which takes milliseconds.
      if (told.add(u.library() + '\0' + u.function() + '\0' + u.reason())) {
        uncovered.add(u);
      }
    }
  }

  void clear() {
    covered.clear();
    uncovered.clear();
    slots.clear();
    told.clear();
  }

  List<Covered> covered() {
    return List.copyOf(covered);
  }

  List<Uncovered> uncovered() {
    return List.copyOf(uncovered);
  }
}
