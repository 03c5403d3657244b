// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The directory of a control group, from what /proc says. */
class CgroupsTest {
  private static final String UNIFIED =
      """
      24 1 0:21 / /proc rw - proc proc rw
      30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate
      """;

  private static final String HYBRID =
      """
      31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
      32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
      41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
      """;

  private static void assertDirectory(String expected, String cgroup, String mountinfo) {
    assertEquals(Optional.of(Path.of(expected)), Cgroups.directory(cgroup, mountinfo));
  }

  private static void assertNone(String cgroup, String mountinfo) {
    assertEquals(Optional.empty(), Cgroups.directory(cgroup, mountinfo));
  }

  @Test
  void ofAService() {
    assertDirectory(
        "/sys/fs/cgroup/system.slice/x.service", "0::/system.slice/x.service\n", UNIFIED);
    assertDirectory("/sys/fs/cgroup", "0::/\n", UNIFIED);
  }

  @Test
  void besideTheFirstVersion() {
    assertDirectory("/sys/fs/cgroup/unified", "4:memory:/a/b\n1:cpu:/\n0::/\n", HYBRID);
    assertDirectory("/sys/fs/cgroup/unified/a", "4:memory:/c\n0::/a\n", HYBRID);
  }

  @Test
  void ofAContainerThatSeesItsPartOnly() {
    String mountinfo =
        "9 8 0:26 /docker/12ab /sys/fs/cgroup ro,nosuid master:9 - cgroup2 cgroup rw\n";
    assertDirectory("/sys/fs/cgroup", "0::/docker/12ab\n", mountinfo);
    assertDirectory("/sys/fs/cgroup/init", "0::/docker/12ab/init\n", mountinfo);
    assertNone("0::/docker/12\n", mountinfo);
    assertNone("0::/docker/12abc\n", mountinfo);
  }

  @Test
  void aPathWithBlanks() {
    assertDirectory(
        "/a b\\c/x y", "0::/x y\n", "9 8 0:26 / /a\\040b\\134c rw - cgroup2 cgroup2 rw\n");
  }

  @Test
  void none() {
    assertNone("4:memory:/a\n", HYBRID);
    assertNone("", UNIFIED);
    assertNone("0::/a\n", "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n");
    assertNone("0::/a (deleted)\n", UNIFIED);
    assertNone("0::/../b\n", UNIFIED);
    assertNone("0::/a\n", "");
    assertNone("0::/a\n", "nonsense\n - cgroup2 \n 1 2 - cgroup2 x\n");
  }

  @Test
  void whateverTheLinesAreThereIsAnAnswer() {
    Random random = new Random(7);
    String alphabet = "0:/ -\\\n1acgroup2.";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? HYBRID : UNIFIED);
      for (int n = random.nextInt(20); n > 0; n--) {
        text.setCharAt(
            random.nextInt(text.length()), alphabet.charAt(random.nextInt(alphabet.length())));
      }
      Cgroups.directory("0::/a\n", text.toString());
      Cgroups.directory(text.toString(), UNIFIED);
    }
  }
}
