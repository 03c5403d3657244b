// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The main class of a JVM that a species lives in: makes the species named, if one is, prints the
 * numbers of its descriptors and "ready", and ends when its standard input does.
 */
final class ZooChild {
  private ZooChild() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 0) {
      waitForTheEnd();
      return;
    }
    try (Specimen specimen = Zoo.get(arguments[0]).create()) {
      for (Descriptor descriptor : specimen.descriptors()) {
        System.out.println(descriptor.number());
      }
      waitForTheEnd();
    }
  }

  private static void waitForTheEnd() throws IOException {
    System.out.println("ready");
    while (System.in.read() >= 0) {
      // nothing is said to it; only the end counts
    }
  }

  /** One that runs until the specimen is closed, and then ends by itself. */
  static ChildJvm.Running start(Pen pen, ChildJvm jvm) throws IOException {
    ChildJvm.Running child = pen.keep(jvm.start());
    pen.keep(() -> child.endByInput(Duration.ofSeconds(20)));
    return child;
  }

  /** The descriptors that the child named, as its table has them now. */
  static List<Descriptor> descriptors(ChildJvm.Running child) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    for (String line = child.readLine(); !line.equals("ready"); line = child.readLine()) {
      numbers.add(Integer.parseInt(line));
    }
    DescriptorTable table = DescriptorTable.of(child.pid());
    return numbers.stream().map(number -> table.get(number).orElseThrow()).toList();
  }
}
