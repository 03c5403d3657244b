// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One kind of thing that opens descriptors, and how to make one.
 *
 * @param name its name in the zoo
 * @param holder whether there is a Java object in this JVM that a handle can be asked of; the
 *     others are made by the JDK for itself, or in another JVM
 * @param module the JDK module without which it cannot be made
 * @param recipe makes one
 */
public record Species(String name, boolean holder, String module, Recipe recipe) {
  /** Makes one of a species: first what it needs, which is not measured, then the thing itself. */
  @FunctionalInterface
  interface Recipe {
    Creation prepare(Pen pen) throws Exception;
  }

  /** The measured part: its result is the specimen's object. */
  @FunctionalInterface
  interface Creation {
    Object create() throws Exception;
  }

  private static final Set<String> WARM = new HashSet<>();

  /**
   * The name of the module that this Java runtime lacks for it. A runtime image may have been cut
   * down; then the species cannot be had, which is not an error of the species.
   */
  public Optional<String> missingModule() {
    return Zoo.hasModule(module) ? Optional.empty() : Optional.of(module);
  }

  /**
   * Makes one and finds out which descriptors it opened, by the difference of the descriptor table.
   * Nothing else may open or close anything in this JVM at that time. The first of a species in a
   * JVM is made and closed once before, as class loading opens files of its own.
   */
  public Specimen create() throws Exception {
    missingModule()
        .ifPresent(
            missing -> {
              throw new UnsupportedOperationException(
                  name + " cannot be made: this Java runtime has no module " + missing);
            });
    synchronized (WARM) {
      if (!WARM.contains(name)) {
        make().close();
        WARM.add(name);
      }
    }
    return make();
  }

  private Specimen make() throws Exception {
    Pen pen = new Pen();
    try {
      Creation creation = recipe.prepare(pen);
      DescriptorTable.ofThisProcess();
      DescriptorTable before = DescriptorTable.ofThisProcess();
      Object object = creation.create();
      if (object instanceof AutoCloseable closeable && !pen.keeps(closeable)) {
        pen.keep(closeable);
      }
      List<Descriptor> appeared =
          pen.elsewhere().isPresent()
              ? new ArrayList<>(pen.elsewhere().get())
              : DescriptorTable.ofThisProcess().since(before);
      return new Specimen(this, object, List.copyOf(appeared), pen);
    } catch (Throwable t) {
      pen.closeAfter(t);
      throw t;
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
