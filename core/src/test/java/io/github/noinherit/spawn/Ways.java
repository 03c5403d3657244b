// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.spawn;

import io.github.noinherit.testkit.ChildJvm;

/** The way by which this JVM starts children, for JVMs that it starts. */
final class Ways {
  private static final String PROPERTY = "noinherit.spawn";

  private Ways() {}

  /** Is posix_spawn named as the way of this JVM? */
  static boolean isPosixSpawn() {
    return "posix_spawn".equals(System.getProperty(PROPERTY));
  }

  /** A child JVM that starts children in the same way as this one. */
  static ChildJvm same(ChildJvm jvm) {
    String way = System.getProperty(PROPERTY);
    return way == null || way.isEmpty() ? jvm : jvm.flags("-D" + PROPERTY + "=" + way);
  }
}
