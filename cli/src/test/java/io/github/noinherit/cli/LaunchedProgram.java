// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A program that tests run under {@code noinherit java}. It needs no other class, so that it can be
 * run in every way that java has. It says what it got, and whether a socket that it opens can be
 * inherited: of that it asks /proc.
 */
public final class LaunchedProgram {
  private LaunchedProgram() {}

  /** Prints; {@code wait} waits for the end of its input, {@code exit N} ends with N. */
  public static void main(String[] arguments) throws IOException {
    System.out.println("pid " + ProcessHandle.current().pid());
    try (ServerSocketChannel channel = ServerSocketChannel.open()) {
      System.out.println(channel.isOpen() && isASocketInheritable() ? "inheritable" : "protected");
    }
    for (String a : arguments) {
      System.out.println("<" + a + ">");
    }
    if (arguments.length > 0) {
      switch (arguments[0]) {
        case "wait" -> System.out.println("input ended: " + System.in.read());
        case "environment" ->
            System.getenv().forEach((name, value) -> System.out.println(name + "=" + value));
        case "exit" -> System.exit(Integer.parseInt(arguments[1]));
        default -> {}
      }
    }
  }

  /** As an agent that comes before ours: it makes the JVM look like one that is not known. */
  public static void premain(String arguments) {
    System.setProperty("java.vm.name", "Other");
  }

  private static boolean isASocketInheritable() throws IOException {
    List<Path> numbers;
    try (Stream<Path> list = Files.list(Path.of("/proc/self/fd"))) {
      numbers = list.toList();
    }
    int sockets = 0;
    boolean inheritable = false;
    for (Path fd : numbers) {
      if (target(fd).startsWith("socket:")) {
        sockets++;
        inheritable |= isInheritable(Path.of("/proc/self/fdinfo").resolve(fd.getFileName()));
      }
    }
    if (sockets == 0) {
      throw new IllegalStateException("the socket is not in /proc");
    }
    return inheritable;
  }

  private static String target(Path fd) throws IOException {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (NoSuchFileException e) {
      return "the list of descriptors itself, closed by now";
    }
  }

  private static boolean isInheritable(Path info) throws IOException {
    for (String line : Files.readAllLines(info)) {
      if (line.startsWith("flags:")) {
        return (Integer.parseInt(line.substring(6).strip(), 8) & 0_2000000) == 0;
      }
    }
    throw new IllegalStateException(info + " has no flags");
  }
}
