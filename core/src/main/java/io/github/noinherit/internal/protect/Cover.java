// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protect;

import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.internal.stub.Hooks;
import org.jspecify.annotations.Nullable;

/** How a C function that creates descriptors is made to create them close-on-exec. */
sealed interface Cover {
  /** What is called in place of a function, for people. */
  String how(String function);

  /** The other function that the hook calls, or null if it calls the very one. */
  default @Nullable String other() {
    return null;
  }

  /** The machine code of the hook for a function, which must be there. */
  byte[] code(String function, CFunctions functions, Platform platform);

  /** It takes a flag for that: the flag is added to one of its arguments, counted from 0. */
  record AddFlag(int argument, int flag) implements Cover {
    @Override
    public String how(String function) {
      return function + " with its close-on-exec flag";
    }

    @Override
    public byte[] code(String function, CFunctions functions, Platform platform) {
      return Hooks.addFlag(platform, argument, flag, functions.applyAsLong(function));
    }
  }

  /** A younger function that takes a flag is called in its place. */
  record Instead(String younger, int argument, int flag) implements Cover {
    @Override
    public String how(String function) {
      return younger + " with its close-on-exec flag";
    }

    @Override
    public String other() {
      return younger;
    }

    @Override
    public byte[] code(String function, CFunctions functions, Platform platform) {
      return Hooks.setArgument(platform, argument, flag, functions.applyAsLong(younger));
    }
  }

  /** It takes a mode as text, to which an {@code e} is added. */
  record AddToMode() implements Cover {
    @Override
    public String how(String function) {
      return function + " with \"e\" in its mode";
    }

    @Override
    public byte[] code(String function, CFunctions functions, Platform platform) {
      return Hooks.addToMode(platform, functions.applyAsLong(function));
    }
  }

  /** dup: fcntl with F_DUPFD_CLOEXEC. */
  record Dup() implements Cover {
    @Override
    public String how(String function) {
      return "fcntl with F_DUPFD_CLOEXEC";
    }

    @Override
    public String other() {
      return "fcntl";
    }

    @Override
    public byte[] code(String function, CFunctions functions, Platform platform) {
      return Hooks.dup(platform, functions.applyAsLong("fcntl"));
    }
  }

  /** dup2: dup3, unless both numbers are the same. */
  record Dup2() implements Cover {
    @Override
    public String how(String function) {
      return "dup3 with O_CLOEXEC";
    }

    @Override
    public String other() {
      return "dup3";
    }

    @Override
    public byte[] code(String function, CFunctions functions, Platform platform) {
      return Hooks.dup2(platform, functions.applyAsLong(function), functions.applyAsLong("dup3"));
    }
  }

  /** fcntl: F_DUPFD becomes F_DUPFD_CLOEXEC. */
  record Fcntl() implements Cover {
    @Override
    public String how(String function) {
      return function + " with F_DUPFD_CLOEXEC for F_DUPFD";
    }

    @Override
    public byte[] code(String function, CFunctions functions, Platform platform) {
      return Hooks.fcntl(platform, functions.applyAsLong(function));
    }
  }

  /** creat: open with the flags that creat stands for, and O_CLOEXEC. */
  record Creat() implements Cover {
    @Override
    public String how(String function) {
      return "open with O_CLOEXEC";
    }

    @Override
    public String other() {
      return "open";
    }

    @Override
    public byte[] code(String function, CFunctions functions, Platform platform) {
      return Hooks.creat(platform, functions.applyAsLong("open"));
    }
  }

  /** epoll_create: epoll_create1, if its size is one that epoll_create takes. */
  record EpollCreate() implements Cover {
    @Override
    public String how(String function) {
      return "epoll_create1 with EPOLL_CLOEXEC";
    }

    @Override
    public String other() {
      return "epoll_create1";
    }

    @Override
    public byte[] code(String function, CFunctions functions, Platform platform) {
      return Hooks.epollCreate(
          platform, functions.applyAsLong(function), functions.applyAsLong("epoll_create1"));
    }
  }
}
