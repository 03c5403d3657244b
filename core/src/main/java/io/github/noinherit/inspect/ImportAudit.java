// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Is each way by which a Java installation creates handles known to this version of noinherit?
 *
 * <p>The libraries of the installation are read as files: which C functions that create descriptors
 * they import from other libraries, and which they look up by name. Nothing of it is run, so the
 * installation may be of another Java version, and for another machine (x86-64 and aarch64, Linux).
 *
 * <p>What it cannot see: a system call that a library makes without the C library's help, and a
 * function whose name is put together when the program runs.
 */
public final class ImportAudit {
  private static final Pattern LIBRARY = Pattern.compile(".*\\.so(\\.\\d+)*");

  private final Path javaHome;
  private final List<String> libraries;
  private final List<Creator> creators;

  private ImportAudit(Path javaHome, List<String> libraries, List<Creator> creators) {
    this.javaHome = javaHome;
    this.libraries = List.copyOf(libraries);
    this.creators = List.copyOf(creators);
  }

  /** What is known about a creator. */
  public enum State {
    /** Protection by default makes its descriptors non-inheritable. */
    COVERED,
    /** It is known and not covered, for a reason that is given. */
    LISTED,
    /** Nobody knows what becomes of its descriptors. */
    OPEN
  }

  /** How a library gets at a function. */
  public enum Access {
    /** The dynamic linker gives it to the library. */
    IMPORTED,
    /** The library has its name as a string, and calls dlsym or the like. */
    LOOKED_UP
  }

  /**
   * A function that creates descriptors, in a library that can call it.
   *
   * @param library its path below {@code lib}
   * @param function the C function
   * @param access how the library gets at it
   * @param state what is known about it
   * @param reason why it is not covered; empty if it is
   */
  public record Creator(
      String library, String function, Access access, State state, String reason) {}

  /**
   * Reads the libraries of an installation.
   *
   * @param javaHome its {@code java.home}
   * @return what they can create descriptors with
   * @throws IOException if there is no such installation, or a library in it cannot be read
   */
  public static ImportAudit of(Path javaHome) throws IOException {
    Objects.requireNonNull(javaHome, "javaHome");
    Path lib = javaHome.resolve("lib");
    if (!Files.isDirectory(lib)) {
      throw new NoSuchFileException(lib.toString(), null, "no such folder, so no Java is there");
    }
    List<String> libraries = new ArrayList<>();
    List<Creator> creators = new ArrayList<>();
    for (Path file : libraries(lib)) {
      String name = lib.relativize(file).toString();
      libraries.add(name);
      creators.addAll(LibraryAudit.of(file, name));
    }
    if (libraries.isEmpty()) {
      throw new IOException(lib + ": no library (*.so) is there, so no Java for Linux");
    }
    return new ImportAudit(javaHome, libraries, creators);
  }

  private static List<Path> libraries(Path lib) throws IOException {
    try (Stream<Path> all = Files.walk(lib)) {
      return all.filter(f -> LIBRARY.matcher(f.getFileName().toString()).matches())
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** {@return the installation} */
  public Path javaHome() {
    return javaHome;
  }

  /** {@return the libraries that were read, by their paths below {@code lib}} */
  public List<String> libraries() {
    return libraries;
  }

  /** {@return each creator in each library, by library and function} */
  public List<Creator> creators() {
    return creators;
  }

  /** Is each creator covered, or listed with a reason? */
  public boolean isComplete() {
    for (Creator c : creators) {
      if (c.state() == State.OPEN) {
        return false;
      }
    }
    return true;
  }
}
