// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.open;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.net.StandardProtocolFamily.INET;
import static java.net.StandardProtocolFamily.INET6;
import static java.net.StandardProtocolFamily.UNIX;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.NoInherit;
import io.github.noinherit.internal.ffi.Native;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.SocketOption;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A socket opened by us is in the very state in which the JDK opens one, for each family: what the
 * channel says of itself, each option that it supports, and each option that the kernel knows of
 * the socket below, whether Java speaks of it or not.
 */
@Tag("every-jdk")
@Counted
@Tag("unprotected")
final class SocketDefaultsTest {
  /** The option levels of the kernel, and how far their numbers go (linux/in.h, in6.h, tcp.h). */
  private static final Map<Integer, Integer> LEVELS = Map.of(1, 90, 0, 60, 41, 90, 6, 50);

  /**
   * Options whose value says which socket it is, or when it was asked: SO_COOKIE, SO_INCOMING_CPU
   * (asm/socket.h), TCP_INFO, TCP_TIMESTAMP (linux/tcp.h).
   */
  private static final Set<String> OF_THE_SOCKET = Set.of("1:57", "1:49", "6:11", "6:24");

  record Pair(String name, Callable<SelectableChannel> jdk, Callable<SelectableChannel> ours) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Pair> pairs() {
    return Stream.of(
        new Pair("server", ServerSocketChannel::open, NoInherit::openServerSocketChannel),
        new Pair(
            "server INET",
            () -> ServerSocketChannel.open(INET),
            () -> NoInherit.openServerSocketChannel(INET)),
        new Pair(
            "server INET6",
            () -> ServerSocketChannel.open(INET6),
            () -> NoInherit.openServerSocketChannel(INET6)),
        new Pair(
            "server UNIX",
            () -> ServerSocketChannel.open(UNIX),
            () -> NoInherit.openServerSocketChannel(UNIX)),
        new Pair("socket", SocketChannel::open, NoInherit::openSocketChannel),
        new Pair(
            "socket INET", () -> SocketChannel.open(INET), () -> NoInherit.openSocketChannel(INET)),
        new Pair(
            "socket INET6",
            () -> SocketChannel.open(INET6),
            () -> NoInherit.openSocketChannel(INET6)),
        new Pair(
            "socket UNIX", () -> SocketChannel.open(UNIX), () -> NoInherit.openSocketChannel(UNIX)),
        new Pair("datagram", DatagramChannel::open, NoInherit::openDatagramChannel),
        new Pair(
            "datagram INET",
            () -> DatagramChannel.open(INET),
            () -> NoInherit.openDatagramChannel(INET)),
        new Pair(
            "datagram INET6",
            () -> DatagramChannel.open(INET6),
            () -> NoInherit.openDatagramChannel(INET6)),
        new Pair(
            "datagram UNIX",
            () -> DatagramChannel.open(UNIX),
            () -> NoInherit.openDatagramChannel(UNIX)));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void isAsTheJdkMakesIt(Pair pair) throws Exception {
    Map<String, Object> expected = seen(pair.jdk(), false);
    Map<String, Object> actual = seen(pair.ours(), true);
    Set<String> names = new TreeSet<>(expected.keySet());
    names.addAll(actual.keySet());
    List<String> differences =
        names.stream()
            .filter(name -> !Objects.equals(expected.get(name), actual.get(name)))
            .map(name -> name + ": the JDK " + expected.get(name) + ", we " + actual.get(name))
            .toList();
    assertEquals(List.of(), differences);
  }

  private static Map<String, Object> seen(Callable<SelectableChannel> open, boolean ours)
      throws Exception {
    SelectableChannel channel;
    try {
      channel = open.call();
    } catch (UnsupportedOperationException e) {
      return Map.of("refused", e.getClass());
    }
    try (channel) {
      int number = (int) Handle.of(channel).number();
      assertEquals(ours, RawFlags.isCloseOnExec(number));
      Map<String, Object> seen = new TreeMap<>();
      seen.put("class", channel.getClass());
      seen.put("text", channel.toString().replaceAll("@\\p{XDigit}+", ""));
      seen.put("blocking", channel.isBlocking());
      seen.put("operations", channel.validOps());
      seen.put("registered", channel.isRegistered());
      seen.put("provider", channel.provider());
      String info = Files.readString(Path.of("/proc/self/fdinfo/" + number));
      int flags = Integer.parseInt(info.replaceAll("(?s).*flags:\\s+(\\d+).*", "$1"), 8);
      seen.put("flags", flags & ~02000000);
      addState(channel, seen);
      addOptions((NetworkChannel) channel, seen);
      addKernelOptions(number, seen);
      return seen;
    }
  }

  private static String attempt(Callable<?> what) {
    try {
      return "" + what.call();
    } catch (Exception e) {
      return e.getClass().getName();
    }
  }

  private static void addState(SelectableChannel channel, Map<String, Object> seen) {
    switch (channel) {
      case SocketChannel c -> {
        seen.put("state", c.isConnected() + " " + c.isConnectionPending());
        seen.put("addresses", attempt(c::getLocalAddress) + " " + attempt(c::getRemoteAddress));
        seen.put("finishConnect", attempt(c::finishConnect));
        seen.put("adaptor", attempt(() -> c.socket() + " " + c.socket().isBound()));
      }
      case ServerSocketChannel c -> {
        seen.put("addresses", attempt(c::getLocalAddress));
        seen.put("accept", attempt(c::accept));
        seen.put("adaptor", attempt(() -> c.socket() + " " + c.socket().isBound()));
      }
      case DatagramChannel c -> {
        seen.put("state", c.isConnected());
        seen.put("addresses", attempt(c::getLocalAddress) + " " + attempt(c::getRemoteAddress));
        seen.put("adaptor", attempt(() -> c.socket().isBound() + " " + c.socket().isConnected()));
      }
      default -> throw new AssertionError(channel);
    }
  }

  private static void addOptions(NetworkChannel channel, Map<String, Object> seen) {
    assertTrue(!channel.supportedOptions().isEmpty());
    channel.supportedOptions().stream()
        .sorted(Comparator.comparing(SocketOption::name))
        .forEach(o -> seen.put("option " + o, valueOrRefusal(channel, o)));
  }

  /** Which exception refuses SO_PEERCRED is decided in the JDK by the errno of an earlier call. */
  private static String valueOrRefusal(NetworkChannel channel, SocketOption<?> option) {
    try {
      return "" + channel.getOption(option);
    } catch (IOException | UnsupportedOperationException e) {
      return "refused";
    }
  }

  /** getsockopt(2) for every number there may be. */
  private static void addKernelOptions(int number, Map<String, Object> seen) throws IOException {
    MemorySegment getsockopt = Native.symbol("getsockopt");
    int found = 0;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(512);
      MemorySegment length = arena.allocate(JAVA_INT);
      for (var level : LEVELS.entrySet()) {
        for (int name = 1; name <= level.getValue(); name++) {
          if (OF_THE_SOCKET.contains(level.getKey() + ":" + name)) {
            continue;
          }
          value.fill((byte) 0);
          length.set(JAVA_INT, 0, 512);
          var result =
              Native.call(
                  getsockopt, number, level.getKey(), name, value.address(), length.address());
          if (!result.failed()) {
            byte[] bytes = value.asSlice(0, length.get(JAVA_INT, 0)).toArray(JAVA_BYTE);
            seen.put(
                "kernel's option " + level.getKey() + ":" + name, HexFormat.of().formatHex(bytes));
            found++;
          }
        }
      }
    }
    assertTrue(found > 20, "only " + found + " options could be asked");
  }
}
