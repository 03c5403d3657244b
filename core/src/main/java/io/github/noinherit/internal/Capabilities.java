// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal;

import io.github.noinherit.Capability;
import io.github.noinherit.Capability.Answer;
import io.github.noinherit.NoInherit;
import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.ExecutableMemory;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.jdk.Door;
import io.github.noinherit.internal.jdk.JdkSelector;
import io.github.noinherit.internal.linux.DynamicLinker;
import io.github.noinherit.internal.protect.Protector;
import io.github.noinherit.internal.spawn.ExitStatusTrial;
import io.github.noinherit.internal.spawn.KillWithParent;
import io.github.noinherit.internal.spawn.Restart;
import io.github.noinherit.internal.spawn.Way;
import java.io.IOException;
import java.nio.channels.Pipe;

/** The answers to {@link Capability#check}, each by looking or by a trial. */
public final class Capabilities {
  private Capabilities() {}

  private static Answer yes(String how) {
    return new Answer(true, how, "");
  }

  private static Answer no(String why, String remedy) {
    return new Answer(false, why, remedy);
  }

  /** Is it there? */
  public static Answer check(Capability capability) {
    if (capability != Capability.NATIVE_CALLS) {
      Answer base = nativeCalls();
      if (!base.isAvailable()) {
        return base;
      }
    }
    try {
      return switch (capability) {
        case NATIVE_CALLS -> nativeCalls();
        case JDK_HANDLES -> yes("descriptors inside JDK objects: " + Door.open());
        case EXECUTABLE_MEMORY -> executableMemory();
        case ATOMIC_OPEN -> atomicOpen();
        case ATOMIC_SELECTOR -> atomicSelector();
        case ATOMIC_DEFAULT -> atomicDefault();
        case SPAWN -> spawn();
        case SPAWN_BY_CLONE -> byClone("children are started by ");
        case CHILD_LIMITS -> byClone("limits are set in a child of ");
        case KILL_WITH_PARENT -> killWithParent();
        case KILL_WITH_PARENT_BY_CGROUP -> killWithParentByCgroup();
        case RESTART_IN_PLACE -> restart();
        case EXIT_STATUS_ALWAYS -> exitStatus();
      };
    } catch (UnsupportedOperationException e) {
      return no(String.valueOf(e.getMessage()), "");
    } catch (IOException e) {
      return no("a trial failed: " + e.getMessage(), "");
    }
  }

  private static Answer nativeCalls() {
    if (!Platform.current().isLinux()) {
      return no("this is " + Platform.describe(), "noinherit runs on Linux, on x86-64 and aarch64");
    }
    String refusal = Native.refusal();
    if (refusal != null) {
      return no("this JVM denies native access", "start it with " + Native.nativeAccessFlag());
    }
    return DynamicLinker.glibcVersion() != null
        ? yes("glibc on " + Platform.describe())
        : no("the C library is not glibc", "a distribution with glibc 2.34 or newer");
  }

  private static Answer executableMemory() {
    try {
      ExecutableMemory.tryOnce();
      return yes("memory can be made executable");
    } catch (SystemCallException e) {
      return no(
          String.valueOf(e.getMessage()),
          "allow it (SELinux execmem, MemoryDenyWriteExecute=no); without it, JDK objects need"
              + " --add-opens and children are started by posix_spawn");
    }
  }

  private static Answer atomicOpen() throws IOException {
    Pipe pipe = NoInherit.openPipe();
    pipe.source().close();
    pipe.sink().close();
    return yes("made with O_CLOEXEC, SOCK_CLOEXEC and accept4");
  }

  private static Answer atomicSelector() throws IOException {
    Door.open();
    String objection = JdkSelector.objection();
    if (objection != null) {
      return no(objection, "the JDK's own epoll provider, and JDK 25");
    }
    NoInherit.openSelector().close();
    return yes("an epoll selector over descriptors of ours");
  }

  private static Answer atomicDefault() {
    String objection = Protector.objection();
    return objection == null
        ? yes("the tables of the JDK's libraries can be changed")
        : no(objection, "HotSpot on Linux with glibc 2.29 or newer, and executable memory");
  }

  private static Answer spawn() throws IOException {
    Door.open();
    Way.Choice choice = Way.choice();
    return choice.way() == null
        ? no(choice.toString(), "Linux 5.11 and glibc 2.34 or newer")
        : yes("children are started by " + choice);
  }

  private static Answer byClone(String words) throws IOException {
    Door.open();
    Way.Choice choice = Way.choice();
    return choice.way() == Way.CLONE3 || choice.way() == Way.CLONE
        ? yes(words + choice.way())
        : no(
            words + choice,
            "Linux 5.11 or newer whose seccomp filter allows clone and close_range");
  }

  private static Answer killWithParent() throws IOException {
    Door.open();
    KillWithParent.Choice choice = KillWithParent.choice();
    String objections =
        choice.objections().isEmpty() ? "" : " (" + String.join("; ", choice.objections()) + ")";
    return choice.means() == null
        ? no(String.join("; ", choice.objections()), "children by clone, and a /bin/sh")
        : yes(choice.words() + objections);
  }

  private static Answer killWithParentByCgroup() throws IOException {
    Door.open();
    KillWithParent.Choice choice = KillWithParent.choice();
    return choice.means() == KillWithParent.Means.CGROUP
        ? yes(choice.words())
        : no(
            String.join("; ", choice.objections()),
            "Linux 5.14, /bin/sh and rmdir, and a control group (version 2) in which this process"
                + " may make others, as by systemd's Delegate=yes");
  }

  private static Answer restart() {
    Door.open();
    String objection = Restart.objection();
    return objection == null
        ? yes("close_range(CLOSE_RANGE_CLOEXEC) and execve in one call from Java")
        : no(objection, "Linux 5.11, glibc 2.34, and executable memory");
  }

  private static Answer exitStatus() throws IOException {
    Door.open();
    String objection = ExitStatusTrial.objection();
    return objection == null
        ? yes("the kernel tells it by the pidfd (PIDFD_GET_INFO)")
        : no(objection, "Linux 6.15 or newer");
  }
}
