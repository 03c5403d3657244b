// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A child program that reports what it was given and ends: its descriptor table from the kernel,
 * arguments, environment, folder, signals, limits and ids. It is no JVM: a few lines of C, compiled
 * once by {@code cc} or {@code gcc}, or where there is no compiler a shell script that says the
 * same. The options are told at the top of {@code leaf.c}.
 *
 * <p>Both are kept under names that contain the hash of their source, in {@code target/testkit} of
 * the working folder if there is a {@code target}, else in a folder of their own under the
 * temporary folder that is deleted when this JVM ends. Ask for the program before anything forks at
 * random: a program that some child still holds open for writing cannot be executed.
 */
public final class Leaf {
  private Leaf() {}

  /** The C leaf if there is a compiler, else the shell one. */
  public static Path program() {
    return compiledProgram().orElseGet(Leaf::shellProgram);
  }

  /** The C leaf, if there is a compiler. */
  public static Optional<Path> compiledProgram() {
    return Compiled.PROGRAM;
  }

  /** The shell leaf; needs {@code sh}, {@code od}, {@code sed}, {@code stat} and {@code awk}. */
  public static Path shellProgram() {
    return Shell.PROGRAM;
  }

  /** The command line of a leaf that reports to this file. */
  public static List<String> command(Path report) {
    return List.of(program().toString(), "--report", report.toString());
  }

  private static final class Compiled {
    static final Optional<Path> PROGRAM = find();

    private static Optional<Path> find() {
      Optional<Path> compiler = Programs.find("cc").or(() -> Programs.find("gcc"));
      if (compiler.isEmpty()) {
        return Optional.empty();
      }
      byte[] source = resource("leaf.c");
      return Optional.of(
          cached("leaf-" + hash(source), target -> compile(compiler.get(), source, target)));
    }

    private static void compile(Path compiler, byte[] source, Path target) throws IOException {
      Path file = Files.write(target.resolveSibling(target.getFileName() + ".c"), source);
      try {
        String failure = run(compiler, "-static", file, target);
        if (failure != null && run(compiler, "-O1", file, target) != null) {
          throw new IOException(compiler + " cannot compile the leaf: " + failure);
        }
      } finally {
        Files.delete(file);
      }
    }

    /** Null if it went well, else what the compiler said. */
    private static @Nullable String run(Path compiler, String option, Path source, Path target)
        throws IOException {
      Path said = Files.createTempFile("leaf-compiler", ".txt");
      try {
        Process process =
            new ProcessBuilder(
                    compiler.toString(), "-O1", option, "-o", target.toString(), source.toString())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .start();
        try {
          if (!process.waitFor(60, TimeUnit.SECONDS)) {
            return "no answer within 60 s";
          }
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("interrupted while compiling the leaf", e);
        } finally {
          process.destroyForcibly();
        }
        return process.exitValue() == 0 ? null : Files.readString(said);
      } finally {
        Files.delete(said);
      }
    }
  }

  private static final class Shell {
    static final Path PROGRAM = find();

    private static Path find() {
      byte[] source = resource("leaf.sh");
      return cached(
          "leaf-" + hash(source) + ".sh",
          target -> {
            Files.write(target, source);
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
          });
    }
  }

  @FunctionalInterface
  private interface Maker {
    void make(Path target) throws IOException;
  }

  /** The file of this name, made first if it is not there; two JVMs may do so at once. */
  private static Path cached(String name, Maker maker) {
    try {
      Path program = folder().resolve(name);
      if (!Files.isExecutable(program)) {
        Path fresh = program.resolveSibling(name + "." + ProcessHandle.current().pid() + ".new");
        try {
          maker.make(fresh);
          Files.move(fresh, program, StandardCopyOption.ATOMIC_MOVE);
        } finally {
          Files.deleteIfExists(fresh);
        }
      }
      return program;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the leaf program " + name, e);
    }
  }

  private static Path folder() throws IOException {
    Path target = Path.of("target").toAbsolutePath();
    if (Files.isDirectory(target) && Files.isWritable(target)) {
      return Files.createDirectories(target.resolve("testkit"));
    }
    return TemporaryFolder.OF_THIS_JVM;
  }

  private static final class TemporaryFolder {
    static final Path OF_THIS_JVM = create();

    private static Path create() {
      try {
        Path folder = Files.createTempDirectory("noinherit-testkit");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder), "leaf-cleanup"));
        return folder;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void delete(Path folder) {
      try {
        try (var files = Files.list(folder)) {
          for (Path file : files.toList()) {
            Files.delete(file);
          }
        }
        Files.delete(folder);
      } catch (IOException e) {
        throw new UncheckedIOException("left behind: " + folder, e);
      }
    }
  }

  private static byte[] resource(String name) {
    try (InputStream in = Leaf.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the testkit's resource " + name + " is missing");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(byte[] source) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(System.getProperty("os.arch").getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest(source), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
