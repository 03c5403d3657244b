// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.io.IOException;
import java.util.List;

/** One live thing of a {@link Species}. Closing it closes it and all that was made for it. */
public final class Specimen implements AutoCloseable {
  private final Species species;
  private final Object object;
  private final List<Descriptor> descriptors;
  private final Pen pen;

  Specimen(Species species, Object object, List<Descriptor> descriptors, Pen pen) {
    this.species = species;
    this.object = object;
    this.descriptors = descriptors;
    this.pen = pen;
  }

  /** What it is. */
  public Species species() {
    return species;
  }

  /** The Java object; for species that live in another JVM that JVM. */
  public Object object() {
    return object;
  }

  /** The descriptors that appeared with it, as they were then. */
  public List<Descriptor> descriptors() {
    return descriptors;
  }

  /** The process whose descriptors they are. */
  public long pid() {
    return object instanceof ChildJvm.Running child ? child.pid() : ProcessHandle.current().pid();
  }

  @Override
  public void close() throws IOException {
    pen.close();
  }
}
