// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import static io.github.noinherit.testkit.Zoo.holder;
import static io.github.noinherit.testkit.Zoo.internal;

import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.util.List;

/** Pipes and selectors. */
final class ZooSelectors {
  private static final String POLL =
      "-Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.PollSelectorProvider";

  private ZooSelectors() {}

  static List<Species> species() {
    return List.of(
        holder("Pipe source", pen -> () -> pipe(pen).source()),
        holder("Pipe sink", pen -> () -> pipe(pen).sink()),
        holder("Selector", pen -> () -> Selector.open()),
        // The provider is chosen when a JVM starts: this one lives in a JVM of its own.
        internal("Selector poll", "java.base", pen -> () -> pollSelector(pen)));
  }

  private static Pipe pipe(Pen pen) throws Exception {
    Pipe pipe = Pipe.open();
    pen.keep(pipe.source());
    pen.keep(pipe.sink());
    return pipe;
  }

  private static ChildJvm.Running pollSelector(Pen pen) throws Exception {
    ChildJvm.Running child =
        ZooChild.start(pen, ChildJvm.of(ZooChild.class).arguments("Selector").flags(POLL));
    pen.elsewhere(ZooChild.descriptors(child));
    return child;
  }
}
