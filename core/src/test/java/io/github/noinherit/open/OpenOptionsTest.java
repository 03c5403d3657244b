// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.open;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.DSYNC;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.SYNC;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.Handle;
import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.RawFlags;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code NoInherit.open} is {@code FileChannel.open} but for the flag: every combination of options
 * on every kind of input, done by both, must leave the same trace of everything that can be seen:
 * the exception's class, the kernel's open flags, what can be read and written and where, the
 * position, and what is in the folder afterwards.
 */
@Tag("every-jdk")
@Counted
final class OpenOptionsTest {
  /** include/uapi/asm-generic/fcntl.h: the one flag that must differ. */
  private static final int O_CLOEXEC = 02000000;

  /** What is there before. */
  enum Input {
    FILE,
    NOTHING,
    FOLDER,
    LINK_TO_FILE,
    LINK_TO_NOTHING;

    Path make(Path folder) throws IOException {
      Path path = folder.resolve("it");
      Path target = folder.resolve("target");
      switch (this) {
        case FILE -> Files.writeString(path, "content");
        case NOTHING -> {}
        case FOLDER -> Files.createDirectory(path);
        case LINK_TO_FILE ->
            Files.createSymbolicLink(path, Files.writeString(target, "the target's content"));
        case LINK_TO_NOTHING -> Files.createSymbolicLink(path, target);
      }
      return path;
    }
  }

  /** One way to open. */
  private interface Opener {
    FileChannel open(Path path, Set<? extends OpenOption> options) throws IOException;
  }

  @TempDir Path folder;

  /** What one opener made of it: how it failed, or null, and all else that could be seen. */
  private record Trace(Class<?> failure, List<String> seen) {
    /** A plain IOException of the JDK's may be a more telling one of ours. */
    boolean isMatchedBy(Trace actual) {
      boolean sameFailure =
          failure == IOException.class
              ? actual.failure == IOException.class || actual.failure == FileSystemException.class
              : failure == actual.failure;
      return sameFailure && seen.equals(actual.seen);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyCombinationIsOpenedAsTheJdkOpensIt(Input input) throws IOException {
    List<OpenOption> all = new ArrayList<>(List.of(StandardOpenOption.values()));
    // tests of their own: one says nothing on Unix, the others only add a flag, and take long
    all.removeAll(Set.of(StandardOpenOption.SPARSE, SYNC, DSYNC));
    all.add(LinkOption.NOFOLLOW_LINKS);
    int opened = 0;
    List<String> differences = new ArrayList<>();
    for (int bits = 0; bits < 1 << all.size(); bits++) {
      Set<OpenOption> options = new HashSet<>();
      for (int i = 0; i < all.size(); i++) {
        if ((bits >> i & 1) != 0) {
          options.add(all.get(i));
        }
      }
      Trace expected = trace(input, options, FileChannel::open);
      Trace actual = trace(input, options, NoInherit::open);
      if (input == Input.FOLDER
          && options.contains(StandardOpenOption.DELETE_ON_CLOSE)
          && expected.failure() == null) {
        // the JDK does not say that it cannot delete a folder; we do, as the Javadoc tells
        expected = new Trace(FileSystemException.class, List.of("afterwards it "));
      }
      if (!expected.isMatchedBy(actual)) {
        differences.add(options + "\n    the JDK " + expected + "\n    we      " + actual);
      }
      opened += actual.failure() == null ? 1 : 0;
    }
    assertTrue(opened > 0 || input == Input.LINK_TO_NOTHING, "nothing was opened at all");
    assertTrue(
        differences.isEmpty(),
        () ->
            differences.size()
                + " differences, such as\n"
                + String.join("\n", differences.subList(0, Math.min(3, differences.size()))));
  }

  @Test
  void syncAndDsyncAreAsTheJdkMakesThem() throws IOException {
    for (Set<StandardOpenOption> sync : List.of(Set.of(SYNC), Set.of(DSYNC), Set.of(SYNC, DSYNC))) {
      for (Set<StandardOpenOption> access : List.of(Set.of(READ), Set.of(WRITE), Set.of(APPEND))) {
        Set<OpenOption> options = new HashSet<>(sync);
        options.addAll(access);
        Trace expected = trace(Input.FILE, options, FileChannel::open);
        assertEquals(expected, trace(Input.FILE, options, NoInherit::open), "" + options);
      }
    }
  }

  private Trace trace(Input input, Set<OpenOption> options, Opener opener) throws IOException {
    Path here = Files.createDirectory(folder.resolve("here"));
    List<String> seen = new ArrayList<>();
    Class<?> failure = null;
    try {
      Path path = input.make(here);
      try (FileChannel channel = opener.open(path, options)) {
        look(channel, here, seen);
      } catch (IOException | RuntimeException e) {
        failure = e.getClass();
      }
      seen.add("afterwards " + contents(here));
    } finally {
      for (String name : List.of("it", "target")) {
        Files.deleteIfExists(here.resolve(name));
      }
      Files.delete(here);
    }
    return new Trace(failure, seen);
  }

  private static void look(FileChannel channel, Path here, List<String> seen) throws IOException {
    int number = (int) Handle.of(channel).number();
    String info = Files.readString(Path.of("/proc/self/fdinfo/" + number));
    String flags = info.replaceAll("(?s).*flags:\\s+(\\d+).*", "$1");
    seen.add("flags " + Integer.toOctalString(Integer.parseInt(flags, 8) & ~O_CLOEXEC));
    seen.add("class " + channel.getClass().getName());
    seen.add("position " + attempt(channel::position));
    seen.add("read " + attempt(() -> channel.read(ByteBuffer.allocate(3))));
    seen.add("write " + attempt(() -> channel.write(bytes("new"))));
    seen.add("position " + attempt(channel::position));
    seen.add("write at 1 " + attempt(() -> channel.write(bytes("x"), 1)));
    seen.add("position 0 " + attempt(() -> channel.position(0).position()));
    seen.add("write " + attempt(() -> channel.write(bytes("y"))));
    seen.add("position " + attempt(channel::position));
    seen.add("size " + attempt(channel::size));
    seen.add("truncate " + attempt(() -> channel.truncate(5).size()));
    seen.add("position " + attempt(channel::position));
    seen.add("while open " + contents(here));
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String attempt(Callable<?> what) {
    try {
      return "" + what.call();
    } catch (Exception e) {
      return e.getClass().getName();
    }
  }

  private static String contents(Path folder) throws IOException {
    StringBuilder all = new StringBuilder();
    for (String name : List.of("it", "target")) {
      Path file = folder.resolve(name);
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        all.append(name).append(Files.isSymbolicLink(file) ? " (a link)" : "");
        all.append(Files.isRegularFile(file) ? '=' + Files.readString(file) : "").append(' ');
      }
    }
    return all.toString();
  }

  @ParameterizedTest
  @EnumSource
  void isCloseOnExecWhateverTheOptions(StandardOpenOption option) throws IOException {
    Path file = folder.resolve("file");
    if (option != StandardOpenOption.CREATE_NEW) {
      Files.writeString(file, "content");
    }
    Set<StandardOpenOption> options =
        option == READ || option == APPEND ? EnumSet.of(option) : EnumSet.of(option, WRITE);
    try (FileChannel channel = NoInherit.open(file, options)) {
      assertTrue(RawFlags.isCloseOnExec((int) Handle.of(channel).number()));
    }
  }
}
