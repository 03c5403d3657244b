// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.noinherit.Capability.Answer;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import io.github.noinherit.testkit.SeccompJvm;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each capability: yes here, and no, with a reason and a remedy, where it was taken away. */
@Tag("every-jdk")
@Counted(warmUp = CapabilityTest.Checked.class)
final class CapabilityTest {
  /** The reaper and its descriptors are made at the first trial, and stay. */
  static final class Checked implements Runnable {
    @Override
    public void run() {
      for (Capability capability : Capability.values()) {
        capability.check();
      }
    }
  }

  /** Prints every answer, one line each. */
  public static void main(String[] arguments) {
    for (Capability capability : Capability.values()) {
      Answer a = capability.check();
      System.out.println(
          capability + "\t" + a.isAvailable() + "\t" + a.reason() + "\t" + a.remedy() + "\t");
    }
  }

  private static Map<Capability, Answer> answers(ChildJvm jvm)
      throws IOException, InterruptedException {
    ChildJvm.Result result = jvm.run();
    Map<Capability, Answer> answers = new TreeMap<>();
    for (String line : result.outOrThrow().lines().toList()) {
      String[] words = line.split("\t", -1);
      answers.put(
          Capability.valueOf(words[0]),
          new Answer(Boolean.parseBoolean(words[1]), words[2], words[3]));
    }
    assertEquals("", result.err());
    return answers;
  }

  private static ChildJvm jvm() {
    return ChildJvm.of(CapabilityTest.class);
  }

  private static void assertNo(Answer answer, String reason, String remedy) {
    assertFalse(answer.isAvailable(), "" + answer);
    assertTrue(answer.reason().contains(reason), "" + answer);
    assertTrue(answer.remedy().contains(remedy), "" + answer);
  }

  @ParameterizedTest
  @EnumSource
  void isThereOnAMachineThatHasEverything(Capability capability) {
    Answer answer = capability.check();
    if (capability == Capability.EXIT_STATUS_ALWAYS) {
      assumeTrue(answer.isAvailable(), answer.reason()); // the kernel may be older than 6.15
    }
    if (capability == Capability.KILL_WITH_PARENT_BY_CGROUP) {
      assumeTrue(answer.isAvailable(), answer.reason()); // the hierarchy may not be ours
    }
    assertTrue(answer.isAvailable(), "" + answer);
    assertFalse(answer.reason().isEmpty());
    assertEquals("", answer.remedy());
    assertFalse(capability.description().isEmpty());
  }

  @Test
  void aForbiddenDoorTakesWhatIsInsideJdkObjects() throws Exception {
    Map<Capability, Answer> answers = answers(jvm().flags("-Dnoinherit.jniDoor=forbid"));
    for (Capability c :
        new Capability[] {
          Capability.JDK_HANDLES,
          Capability.ATOMIC_OPEN,
          Capability.ATOMIC_SELECTOR,
          Capability.SPAWN
        }) {
      Answer answer = answers.get(c);
      assertNo(answer, "an operator forbade it", "");
      String all = answer.reason() + answer.remedy();
      assertTrue(all.contains("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED"), "" + answer);
    }
    assertTrue(answers.get(Capability.NATIVE_CALLS).isAvailable());
    assertTrue(answers.get(Capability.EXECUTABLE_MEMORY).isAvailable());
  }

  @Test
  void anotherSelectorProviderTakesTheSelectorOnly() throws Exception {
    Map<Capability, Answer> answers =
        answers(
            jvm()
                .flags("-Djava.nio.channels.spi.SelectorProvider=sun.nio.ch.PollSelectorProvider"));
    assertNo(answers.get(Capability.ATOMIC_SELECTOR), "sun.nio.ch.PollSelectorProvider", "epoll");
    assertTrue(answers.get(Capability.ATOMIC_OPEN).isAvailable(), "" + answers);
    assertTrue(answers.get(Capability.JDK_HANDLES).isAvailable(), "" + answers);
  }

  @Test
  void anOperatorWhoNamesPosixSpawnTakesClone() throws Exception {
    Map<Capability, Answer> answers = answers(jvm().flags("-Dnoinherit.spawn=posix_spawn"));
    assertNo(answers.get(Capability.SPAWN_BY_CLONE), "posix_spawn", "");
    assertNo(answers.get(Capability.CHILD_LIMITS), "posix_spawn", "");
    assertFalse(answers.get(Capability.SPAWN_BY_CLONE).remedy().isEmpty());
    assertTrue(answers.get(Capability.SPAWN).isAvailable(), "" + answers);
  }

  @Test
  void anOperatorWhoNamesAnUnknownWayIsTold() throws Exception {
    Map<Capability, Answer> answers = answers(jvm().flags("-Dnoinherit.spawn=magic"));
    assertNo(answers.get(Capability.SPAWN), "magic", "");
  }

  @Test
  @Needs(Need.SECCOMP)
  void aFilterAgainstClone3LeavesClone() throws Exception {
    Map<Capability, Answer> answers =
        answers(
            SeccompJvm.of(
                CapabilityTest.class, SeccompJvm.Rule.answer("clone3", SeccompJvm.ENOSYS)));
    assertTrue(answers.get(Capability.SPAWN_BY_CLONE).isAvailable(), "" + answers);
    assertTrue(answers.get(Capability.SPAWN).reason().contains("clone3"), "" + answers);
  }

  @Test
  @Needs(Need.SECCOMP)
  void aFilterAgainstPidfdsTakesChildren() throws Exception {
    Map<Capability, Answer> answers =
        answers(
            SeccompJvm.of(
                CapabilityTest.class,
                SeccompJvm.Rule.answer("clone3", SeccompJvm.ENOSYS),
                SeccompJvm.Rule.answer("close_range", SeccompJvm.ENOSYS),
                SeccompJvm.Rule.answer("pidfd_open", SeccompJvm.ENOSYS)));
    assertFalse(answers.get(Capability.SPAWN_BY_CLONE).isAvailable(), "" + answers);
    assertFalse(answers.get(Capability.CHILD_LIMITS).isAvailable(), "" + answers);
    assertTrue(answers.get(Capability.ATOMIC_OPEN).isAvailable(), "" + answers);
  }

  @Test
  @Needs(Need.SECCOMP)
  void aKernelThatDoesNotTellTheExitStatusIsSaid() throws Exception {
    int enotty = 25;
    Map<Capability, Answer> answers =
        answers(SeccompJvm.of(CapabilityTest.class, SeccompJvm.Rule.answer("ioctl", enotty)));
    assertNo(answers.get(Capability.EXIT_STATUS_ALWAYS), "", "Linux 6.15");
  }
}
