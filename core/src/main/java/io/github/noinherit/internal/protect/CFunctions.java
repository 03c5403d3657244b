// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.linux.DynamicLinker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * What C functions mean in the global scope: libc's, or those of a library that was preloaded over
 * it. Each is looked up once, and before it is asked for: a start of a JVM has no time for more.
 */
final class CFunctions implements ToLongFunction<String> {
  private final Map<String, Long> addresses = new HashMap<>();
  private long libraryStart;
  private long libraryEnd;

  /** Looks all of these up at once, which is cheaper. */
  void findAll(Collection<String> names) throws SystemCallException {
    List<String> fresh = new ArrayList<>();
    for (String n : names) {
      if (!addresses.containsKey(n)) {
        fresh.add(n);
      }
    }
    long[] found = DynamicLinker.global(fresh);
    for (int i = 0; i < found.length; i++) {
      addresses.put(fresh.get(i), found[i]);
    }
  }

  /** The address of a function that was looked up, or 0 if there is none. */
  long find(String name) {
    Long known = addresses.get(name);
    if (known == null) {
      throw new IllegalStateException(name + " was not looked up");
    }
    return known;
  }

  /** The address of a function that every supported C library has. */
  @Override
  public long applyAsLong(String name) {
    long address = find(name);
    if (address == 0) {
      throw new UnsupportedOperationException("the C library of this machine has no " + name);
    }
    return address;
  }

  /** Do two addresses belong to the same library? The last one is kept: nearly always libc. */
  boolean areInSameLibrary(long one, long other) throws IOException {
    if (!isInLibrary(one)) {
      libraryStart = DynamicLinker.baseOf(one);
      libraryEnd = libraryStart == 0 ? 0 : libraryStart + LoadedLibrary.sizeAt(libraryStart);
    }
    return isInLibrary(one) && isInLibrary(other);
  }

  private boolean isInLibrary(long address) {
    return address >= libraryStart && address < libraryEnd;
  }
}
