// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.internal.ffi.Platform;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each hook of a function that returns a descriptor: called as its function is, it returns one that
 * is close-on-exec, where the function itself returns one that is not; and it fails as the function
 * does, with its errno.
 */
@Counted
@Tag("aarch64")
final class FlagHooksTest {
  private static final Platform HERE = Platform.current();
  private static final int CLOEXEC = 0_2000000;
  private static final int ENOENT = 2;
  private static final int EBADF = 9;
  private static final int EFAULT = 14;
  private static final int EINVAL = 22;
  private static final int EAFNOSUPPORT = 97;
  private static final int AT_FDCWD = -100;
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;
  private static final int O_WRONLY_CREAT = 0_101;

  @TempDir Path folder;

  private final Arena arena = Arena.ofAuto();

  private static long libc(String name) {
    return Native.symbol(name).address();
  }

  private long text(String text) {
    return arena.allocateFrom(text).address();
  }

  private long fresh(String name) {
    return text(folder.resolve(name).toString());
  }

  private static MemorySegment addFlag(String function, int argument) {
    return Probes.install(Hooks.addFlag(HERE, argument, CLOEXEC, libc(function)));
  }

  private static MemorySegment instead(String younger, int argument) {
    return Probes.install(Hooks.setArgument(HERE, argument, CLOEXEC, libc(younger)));
  }

  /** A descriptor from the function itself is inheritable, one from its hook is not. */
  private static void assertBorn(String function, MemorySegment hook, long... arguments) {
    assertBorn(function, hook, arguments, arguments);
  }

  private static void assertBorn(String function, MemorySegment hook, long[] first, long[] second) {
    int plain = Probes.call(MemorySegment.ofAddress(libc(function)), first).intValue();
    assertTrue(plain >= 0, function);
    boolean plainFlag = RawFlags.isCloseOnExec(plain);
    RawFlags.close(plain);
    int hooked = Probes.call(hook, second).intValue();
    assertTrue(hooked >= 0, function + " by its hook");
    boolean hookedFlag = RawFlags.isCloseOnExec(hooked);
    RawFlags.close(hooked);
    assertFalse(plainFlag, function + " itself is close-on-exec: the test cannot fail");
    assertTrue(hookedFlag, function + " by its hook is inheritable");
  }

  /** Both fail, with the same errno. */
  private static void assertFails(
      int errno, String function, MemorySegment hook, long... arguments) {
    CallResult plain = Probes.call(MemorySegment.ofAddress(libc(function)), arguments);
    CallResult hooked = Probes.call(hook, arguments);
    assertEquals(-1, plain.intValue(), function);
    assertEquals(errno, plain.errno(), function);
    assertEquals(-1, hooked.intValue(), function + " by its hook");
    assertEquals(errno, hooked.errno(), function + " by its hook");
  }

  @Test
  void open() {
    for (String open : new String[] {"open", "open64"}) {
      MemorySegment hook = addFlag(open, 1);
      assertBorn(open, hook, text("/dev/null"), 0);
      assertFails(ENOENT, open, hook, fresh("missing"), 0);
      long created = fresh(open);
      int fd = Probes.call(hook, created, O_WRONLY_CREAT, 0_640).intValue();
      assertEquals(0_640, mode(fd));
      RawFlags.close(fd);
    }
    MemorySegment fortified = addFlag("__open_2", 1);
    assertBorn("__open_2", fortified, text("/dev/null"), 0);
    assertFails(ENOENT, "__open_2", fortified, fresh("missing"), 0);
  }

  @Test
  void openat() {
    MemorySegment hook = addFlag("openat", 2);
    assertBorn("openat", hook, AT_FDCWD, text("/dev/null"), 0);
    assertFails(EBADF, "openat", hook, -1, text("relative"), 0);
    int fd = Probes.call(hook, AT_FDCWD, fresh("new"), O_WRONLY_CREAT, 0_604).intValue();
    assertEquals(0_604, mode(fd));
    RawFlags.close(fd);
  }

  @Test
  void creat() throws IOException {
    MemorySegment hook = Probes.install(Hooks.creat(HERE, libc("open")));
    assertBorn("creat", hook, fresh("created"), 0_600);
    assertFails(ENOENT, "creat", hook, fresh("missing/file"), 0_600);
    int fd = Probes.call(hook, fresh("mode"), 0_640).intValue();
    assertEquals(0_640, mode(fd));
    int flags = Probes.call(MemorySegment.ofAddress(libc("fcntl")), fd, 3).intValue();
    assertEquals(1, flags & 3, "O_WRONLY");
    RawFlags.close(fd);
    Path full = Files.writeString(folder.resolve("full"), "text");
    RawFlags.close(Probes.call(hook, text(full.toString()), 0_600).intValue());
    assertEquals(0, Files.size(full));
  }

  /** The permission bits by the kernel's own tale, as far as the umask of 022 or less lets them. */
  private static int mode(int fd) {
    try {
      Object mode = Files.getAttribute(Path.of("/proc/self/fd/" + fd), "unix:mode");
      return (int) mode & 0_777;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void mkstemp() {
    String name = folder.resolve("tXXXXXX").toString();
    MemorySegment hook = instead("mkostemp", 1);
    assertBorn("mkstemp", hook, new long[] {text(name)}, new long[] {text(name)});
    assertFails(EINVAL, "mkstemp", hook, text("too-short"));
    MemorySegment suffixed = instead("mkostemps", 2);
    assertBorn(
        "mkstemps",
        suffixed,
        new long[] {text(name + ".tmp"), 4},
        new long[] {text(name + ".tmp"), 4});
    MemorySegment flagged = addFlag("mkostemp", 1);
    assertBorn("mkostemp", flagged, new long[] {text(name), 0}, new long[] {text(name), 0});
  }

  @Test
  void socket() {
    MemorySegment hook = addFlag("socket", 1);
    assertBorn("socket", hook, AF_UNIX, SOCK_STREAM, 0);
    assertFails(EAFNOSUPPORT, "socket", hook, 9999, SOCK_STREAM, 0);
  }

  @Test
  void pairs() {
    MemorySegment two = arena.allocate(JAVA_INT, 2);
    assertPair(addFlag("socketpair", 1), "socketpair", two, AF_UNIX, SOCK_STREAM, 0, two.address());
    assertPair(instead("pipe2", 1), "pipe", two, two.address());
    assertPair(addFlag("pipe2", 1), "pipe2", two, two.address(), 0);
    assertFails(EFAULT, "pipe", instead("pipe2", 1), 1);
    assertFails(EINVAL, "pipe2", addFlag("pipe2", 1), two.address(), 1);
  }

  private static void assertPair(
      MemorySegment hook, String function, MemorySegment two, long... arguments) {
    assertEquals(0, Probes.call(MemorySegment.ofAddress(libc(function)), arguments).intValue());
    assertEquals(2, closeAndCountInheritable(two), function);
    assertEquals(0, Probes.call(hook, arguments).intValue());
    assertEquals(0, closeAndCountInheritable(two), function + " by its hook");
  }

  private static int closeAndCountInheritable(MemorySegment two) {
    int inheritable = 0;
    for (int fd : two.toArray(JAVA_INT)) {
      inheritable += RawFlags.isCloseOnExec(fd) ? 0 : 1;
      RawFlags.close(fd);
    }
    return inheritable;
  }

  @Test
  void anonymousInodes() {
    assertBorn("eventfd", addFlag("eventfd", 1), 0, 0);
    assertFails(EINVAL, "eventfd", addFlag("eventfd", 1), 0, 0x40000000);
    assertBorn("epoll_create1", addFlag("epoll_create1", 0), 0);
    assertFails(EINVAL, "epoll_create1", addFlag("epoll_create1", 0), 1);
    assertBorn("inotify_init", instead("inotify_init1", 0));
    assertBorn("inotify_init1", addFlag("inotify_init1", 0), 0);
    assertBorn("timerfd_create", addFlag("timerfd_create", 1), 1, 0);
    assertFails(EINVAL, "timerfd_create", addFlag("timerfd_create", 1), 12345, 0);
    long noSignals = arena.allocate(128, 8).address();
    assertBorn("signalfd", addFlag("signalfd", 2), -1, noSignals, 0);
    assertFails(EBADF, "signalfd", addFlag("signalfd", 2), 9999, noSignals, 0);
    MemorySegment memory = Probes.install(Hooks.addFlag(HERE, 1, 1, libc("memfd_create")));
    assertBorn("memfd_create", memory, text("name"), 0);
    assertFails(EFAULT, "memfd_create", memory, 1, 0);
  }

  @Test
  void epollCreate() {
    MemorySegment hook =
        Probes.install(Hooks.epollCreate(HERE, libc("epoll_create"), libc("epoll_create1")));
    assertBorn("epoll_create", hook, 1);
    assertBorn("epoll_create", hook, Integer.MAX_VALUE);
    assertFails(EINVAL, "epoll_create", hook, 0);
    assertFails(EINVAL, "epoll_create", hook, -7);
  }

  @Test
  void accept() {
    MemorySegment young = addFlag("accept4", 3);
    MemorySegment old = instead("accept4", 3);
    int listener = Probes.call(addFlag("socket", 1), AF_UNIX, SOCK_STREAM, 0).intValue();
    // struct sockaddr_un of two bytes: the kernel chooses an abstract name (unix(7), autobind)
    MemorySegment family = arena.allocate(128, 8);
    family.set(JAVA_SHORT, 0, (short) AF_UNIX);
    assertEquals(0, plain("bind", listener, family.address(), 2));
    assertEquals(0, plain("listen", listener, 8));
    MemorySegment length = arena.allocate(JAVA_INT);
    length.set(JAVA_INT, 0, 128);
    assertEquals(0, plain("getsockname", listener, family.address(), length.address()));
    int[] clients = new int[4];
    for (int i = 0; i < clients.length; i++) {
      clients[i] = Probes.call(addFlag("socket", 1), AF_UNIX, SOCK_STREAM, 0).intValue();
      assertEquals(0, plain("connect", clients[i], family.address(), length.get(JAVA_INT, 0)));
    }
    assertBorn("accept", old, listener, 0, 0);
    assertBorn("accept4", young, listener, 0, 0, 0);
    assertFails(EBADF, "accept", old, -1, 0, 0);
    assertFails(EINVAL, "accept4", young, listener, 0, 0, 1);
    Arrays.stream(clients).forEach(RawFlags::close);
    RawFlags.close(listener);
  }

  private static int plain(String function, long... arguments) {
    return Probes.call(MemorySegment.ofAddress(libc(function)), arguments).intValue();
  }

  @Test
  void duplicates() {
    int fd = RawFlags.openInheritable(Path.of("/dev/null"));
    MemorySegment dup = Probes.install(Hooks.dup(HERE, libc("fcntl")));
    assertBorn("dup", dup, fd);
    assertFails(EBADF, "dup", dup, -1);
    MemorySegment dup3 = addFlag("dup3", 2);
    int other = RawFlags.dup(fd, 200, false);
    assertBorn("dup3", dup3, new long[] {fd, other, 0}, new long[] {fd, other, 0});
    assertFails(EINVAL, "dup3", dup3, fd, fd, 0);
    RawFlags.close(fd);
  }

  @Test
  void dup2() {
    int fd = RawFlags.openInheritable(Path.of("/dev/null"));
    int other = RawFlags.dup(fd, 200, false);
    MemorySegment hook = Probes.install(Hooks.dup2(HERE, libc("dup2"), libc("dup3")));
    assertBorn("dup2", hook, fd, other);
    assertFails(EBADF, "dup2", hook, -1, 200);
    assertFails(EBADF, "dup2", hook, fd, -1);
    assertFails(EBADF, "dup2", hook, -1, -1);
    assertFails(EBADF, "dup2", hook, 9999, 9999);
    assertEquals(fd, Probes.call(hook, fd, fd).intValue());
    assertFalse(RawFlags.isCloseOnExec(fd), "equal numbers change nothing");
    RawFlags.setCloseOnExec(fd, true);
    assertEquals(fd, Probes.call(hook, fd, fd).intValue());
    assertTrue(RawFlags.isCloseOnExec(fd), "equal numbers change nothing");
    RawFlags.close(fd);
  }

  @Test
  void fcntl() {
    int fd = RawFlags.openInheritable(Path.of("/dev/null"));
    MemorySegment hook = Probes.install(Hooks.fcntl(HERE, libc("fcntl")));
    assertBorn("fcntl", hook, fd, 0, 0);
    int high = Probes.call(hook, fd, 0, 300).intValue();
    assertTrue(high >= 300, "the lowest number asked for");
    RawFlags.close(high);
    assertEquals(0, Probes.call(hook, fd, 1, 0).intValue(), "F_GETFD");
    assertEquals(0, Probes.call(hook, fd, 2, 1).intValue(), "F_SETFD");
    assertTrue(RawFlags.isCloseOnExec(fd));
    assertEquals(0, Probes.call(hook, fd, 2, 0).intValue(), "F_SETFD");
    assertFalse(RawFlags.isCloseOnExec(fd));
    assertFails(EBADF, "fcntl", hook, -1, 0, 0);
    assertFails(EINVAL, "fcntl", hook, fd, 0, -1);
    assertFails(EINVAL, "fcntl", hook, fd, 98765, 0);
    RawFlags.close(fd);
  }

  /** The descriptor that recvmsg and recvmmsg take out of a message. */
  @Test
  void receivedByMessage() {
    MemorySegment recvmsg = Probes.install(Hooks.addFlag(HERE, 2, 0x4000_0000, libc("recvmsg")));
    MemorySegment recvmmsg = Probes.install(Hooks.addFlag(HERE, 3, 0x4000_0000, libc("recvmmsg")));
    MemorySegment plain = MemorySegment.ofAddress(libc("recvmsg"));
    MemorySegment two = arena.allocate(JAVA_INT, 2);
    assertEquals(
        0,
        Probes.call(addFlag("socketpair", 1), AF_UNIX, SOCK_STREAM, 0, two.address()).intValue());
    int sender = two.getAtIndex(JAVA_INT, 0);
    int receiver = two.getAtIndex(JAVA_INT, 1);
    assertFalse(isReceivedCloseOnExec(sender, m -> Probes.call(plain, receiver, m, 0)));
    assertTrue(isReceivedCloseOnExec(sender, m -> Probes.call(recvmsg, receiver, m, 0)));
    assertTrue(isReceivedCloseOnExec(sender, m -> Probes.call(recvmmsg, receiver, m, 1, 0, 0)));
    assertFails(EBADF, "recvmsg", recvmsg, -1, messageHeader().address(), 0);
    RawFlags.close(sender);
    RawFlags.close(receiver);
  }

  private interface Receive {
    CallResult from(long messageHeader);
  }

  private boolean isReceivedCloseOnExec(int sender, Receive receive) {
    // struct mmsghdr: { struct msghdr { name, namelen, iov, iovlen, control, controllen, flags },
    // unsigned length }; cmsghdr: { size_t length; int level, type; } and the descriptor (20 bytes)
    MemorySegment header = messageHeader();
    MemorySegment control = arena.allocate(24, 8);
    header.set(JAVA_LONG, 32, control.address());
    header.set(JAVA_LONG, 40, 24);
    control.set(JAVA_LONG, 0, 20);
    control.set(JAVA_INT, 8, 1); // SOL_SOCKET
    control.set(JAVA_INT, 12, 1); // SCM_RIGHTS
    control.set(JAVA_INT, 16, sender);
    assertEquals(1, plain("sendmsg", sender, header.address(), 0));
    control.set(JAVA_INT, 16, -1);
    header.set(JAVA_LONG, 40, 24);
    assertEquals(1, receive.from(header.address()).intValue());
    int fd = control.get(JAVA_INT, 16);
    boolean flag = RawFlags.isCloseOnExec(fd);
    RawFlags.close(fd);
    return flag;
  }

  /** A struct mmsghdr for one byte. */
  private MemorySegment messageHeader() {
    MemorySegment header = arena.allocate(64, 8);
    MemorySegment vector = arena.allocate(16, 8);
    vector.set(JAVA_LONG, 0, text("x"));
    vector.set(JAVA_LONG, 8, 1);
    header.set(JAVA_LONG, 16, vector.address());
    header.set(JAVA_LONG, 24, 1);
    return header;
  }
}
