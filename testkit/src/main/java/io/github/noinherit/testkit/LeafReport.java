// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Leaf} said. Texts are kept as it wrote them, bytes that are not printable ASCII as
 * {@code \xHH}, so that a test can compare bytes whatever the encoding; the methods that decode say
 * in which one.
 *
 * @param kind {@code c} or {@code sh}
 * @param table its descriptors, as it found them when it started
 * @param escapedArguments its arguments, the program first
 * @param escapedEnvironment its environment, {@code NAME=VALUE} each, in the kernel's order
 * @param escapedDirectory its working folder
 * @param blockedSignals bit n−1 for signal n, as in /proc/PID/status
 * @param ignoredSignals the same
 * @param caughtSignals the same; after an exec only what the leaf's own program installed
 * @param umask its umask
 * @param noNewPrivileges whether it may not gain privileges
 * @param softDescriptorLimit RLIMIT_NOFILE; empty if unlimited
 * @param hardDescriptorLimit RLIMIT_NOFILE; empty if unlimited
 * @param pid its process id
 * @param parent its parent's
 * @param processGroup its process group
 * @param session its session
 * @param sameDescription for each {@code --ofd A B}: "A B" to "same", "different" or the error
 */
public record LeafReport(
    String kind,
    DescriptorTable table,
    List<String> escapedArguments,
    List<String> escapedEnvironment,
    String escapedDirectory,
    long blockedSignals,
    long ignoredSignals,
    long caughtSignals,
    int umask,
    boolean noNewPrivileges,
    OptionalLong softDescriptorLimit,
    OptionalLong hardDescriptorLimit,
    long pid,
    long parent,
    long processGroup,
    long session,
    Map<String, String> sameDescription) {

  /** Parses a whole report; anything that is not one is an {@link IllegalArgumentException}. */
  public static LeafReport parse(String text) {
    return new Parser().parse(text);
  }

  /** Reads a report that is there. */
  public static LeafReport read(Path file) throws IOException {
    return parse(Files.readString(file, StandardCharsets.US_ASCII));
  }

  /** Waits for the file of a leaf that is still starting, or that holds. */
  public static LeafReport await(Path file, Duration timeout)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!Files.exists(file)) {
      if (System.nanoTime() > deadline) {
        throw new IOException("no report in " + file + " within " + timeout);
      }
      Thread.sleep(2);
    }
    return read(file);
  }

  /** Its arguments, decoded; the program is the first. */
  public List<String> arguments(Charset charset) {
    return escapedArguments.stream().map(a -> unescape(a, charset)).toList();
  }

  /** Its arguments in UTF-8. */
  public List<String> arguments() {
    return arguments(StandardCharsets.UTF_8);
  }

  /** Its environment, decoded; of a name that is there twice the first, as getenv has it. */
  public Map<String, String> environment(Charset charset) {
    Map<String, String> map = new LinkedHashMap<>();
    for (String entry : escapedEnvironment) {
      String decoded = unescape(entry, charset);
      int equals = decoded.indexOf('=', 1);
      if (equals < 0) {
        map.putIfAbsent(decoded, "");
      } else {
        map.putIfAbsent(decoded.substring(0, equals), decoded.substring(equals + 1));
      }
    }
    return map;
  }

  /** Its environment in UTF-8. */
  public Map<String, String> environment() {
    return environment(StandardCharsets.UTF_8);
  }

  /** Its working folder in UTF-8. */
  public Path directory() {
    return Path.of(unescape(escapedDirectory, StandardCharsets.UTF_8));
  }

  /** Its descriptors above the standard three: number to what is open. */
  public Map<Integer, Descriptor> extraDescriptors() {
    return table.descriptors().tailMap(3);
  }

  /** Whether the signal of this number is blocked. */
  public boolean isBlocked(int signal) {
    return (blockedSignals & 1L << (signal - 1)) != 0;
  }

  /** Whether the signal of this number is ignored. */
  public boolean isIgnored(int signal) {
    return (ignoredSignals & 1L << (signal - 1)) != 0;
  }

  static String unescape(String escaped, Charset charset) {
    return new String(unescape(escaped), charset);
  }

  private static byte[] unescape(String escaped) {
    byte[] bytes = new byte[escaped.length()];
    int length = 0;
    for (int i = 0; i < escaped.length(); i++) {
      char c = escaped.charAt(i);
      if (c != '\\') {
        bytes[length++] = (byte) c;
      } else if (escaped.startsWith("\\x", i) && i + 4 <= escaped.length()) {
        bytes[length++] = (byte) Integer.parseInt(escaped, i + 2, i + 4, 16);
        i += 3;
      } else {
        throw new IllegalArgumentException("not an escape: " + escaped.substring(i));
      }
    }
    return Arrays.copyOf(bytes, length);
  }

  /** The one spelling: the shell leaf escapes every byte, the C leaf only what it must. */
  static String normalise(String escaped) {
    StringBuilder text = new StringBuilder();
    for (byte b : unescape(escaped)) {
      if (b >= 0x20 && b < 0x7f && b != '\\') {
        text.append((char) b);
      } else {
        text.append("\\x%02x".formatted(b));
      }
    }
    return text.toString();
  }

  private static final class Parser {
    private @Nullable String kind;
    private final List<Descriptor> descriptors = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();
    private final List<String> environment = new ArrayList<>();
    private final Map<String, String> status = new LinkedHashMap<>();
    private final Map<String, String> same = new LinkedHashMap<>();
    private @Nullable String directory;
    private String @Nullable [] limits;
    private String @Nullable [] ids;
    private boolean ended;

    LeafReport parse(String text) {
      text.lines().forEach(this::line);
      if (!ended) {
        throw new IllegalArgumentException("a leaf's report without its end:\n" + text);
      }
      String[] nofile = need(limits, "nofile");
      String[] numbers = need(ids, "ids");
      return new LeafReport(
          need(kind, "leaf"),
          DescriptorTable.of(descriptors),
          List.copyOf(arguments),
          List.copyOf(environment),
          need(directory, "cwd"),
          signals("SigBlk"),
          signals("SigIgn"),
          signals("SigCgt"),
          Integer.parseInt(need(status.get("Umask"), "Umask"), 8),
          need(status.get("NoNewPrivs"), "NoNewPrivs").equals("1"),
          limit(nofile[0]),
          limit(nofile[1]),
          Long.parseLong(numbers[0]),
          Long.parseLong(numbers[1]),
          Long.parseLong(numbers[2]),
          Long.parseLong(numbers[3]),
          Map.copyOf(same));
    }

    private void line(String line) {
      if (ended) {
        throw new IllegalArgumentException("after the end of a leaf's report: " + line);
      }
      int space = line.indexOf(' ');
      String key = space < 0 ? line : line.substring(0, space);
      String value = space < 0 ? "" : line.substring(space + 1);
      switch (key) {
        case "leaf" -> kind = value;
        case "fd" -> descriptors.add(descriptor(value));
        case "arg" -> arguments.add(normalise(value));
        case "env" -> environment.add(normalise(value));
        case "environ" -> environ(value);
        case "cwd" -> directory = normalise(value);
        case "status" -> {
          String[] words = words(value, 2);
          status.put(words[0], words[1]);
        }
        case "nofile" -> limits = words(value, 2);
        case "ids" -> ids = words(value, 4);
        case "ofd" -> {
          String[] words = words(value, 3);
          same.put(words[0] + " " + words[1], words[2]);
        }
        case "end" -> ended = true;
        default -> throw new IllegalArgumentException("not a line of a leaf's report: " + line);
      }
    }

    /** NUMBER CLOEXEC FLAGS DEVICE:INODE LINK. */
    private static Descriptor descriptor(String value) {
      String[] words = words(value, 5);
      String[] identity = words[3].split(":", 2);
      return new Descriptor(
          Integer.parseInt(words[0]),
          words[1].equals("1"),
          Integer.parseInt(words[2], 8),
          Long.parseUnsignedLong(identity[0]),
          Long.parseUnsignedLong(identity[1]),
          unescape(words[4], StandardCharsets.UTF_8));
    }

    /** The whole of /proc/PID/environ, escaped: entries that each end with a NUL. */
    private void environ(String value) {
      String all = unescape(value, StandardCharsets.ISO_8859_1);
      for (int from = 0, to; (to = all.indexOf('\0', from)) >= 0; from = to + 1) {
        StringBuilder entry = new StringBuilder();
        for (char c : all.substring(from, to).toCharArray()) {
          entry.append("\\x%02x".formatted((int) c));
        }
        environment.add(normalise(entry.toString()));
      }
    }

    private long signals(String name) {
      return Long.parseUnsignedLong(need(status.get(name), name), 16);
    }

    private static OptionalLong limit(String value) {
      return value.equals("unlimited")
          ? OptionalLong.empty()
          : OptionalLong.of(Long.parseLong(value));
    }

    /** Exactly so many words; the last may contain blanks, and be empty. */
    private static String[] words(String value, int count) {
      String[] words = value.split(" ", count);
      if (words.length != count) {
        throw new IllegalArgumentException(
            "expected " + count + " words in a leaf's report: " + value);
      }
      return words;
    }

    private static <T> T need(@Nullable T value, String name) {
      if (value == null) {
        throw new IllegalArgumentException("a leaf's report without " + name);
      }
      return value;
    }
  }
}
