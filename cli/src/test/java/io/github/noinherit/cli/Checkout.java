// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import io.github.noinherit.NoInherit;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/**
 * A checkout as far as the script {@code noinherit} looks at it: the script itself, sources that
 * are older than what was built, and the agent. And java installations, real and pretended.
 */
final class Checkout {
  private static final Path REPOSITORY = repository();

  private final Path root;

  /** One at a folder that is not there yet. */
  Checkout(Path root) throws IOException {
    this.root = root;
    for (String folder : List.of("core/src/main", "core/src/agent", "cli/src/main")) {
      old(Files.createDirectories(root.resolve(folder)));
    }
    for (String file : List.of("pom.xml", "core/pom.xml", "cli/pom.xml")) {
      old(Files.writeString(root.resolve(file), "not read"));
    }
    Files.copy(REPOSITORY.resolve("noinherit"), script());
    executable(script());
    old(script());
    Path lib = Files.createDirectories(root.resolve("target/command/lib"));
    Files.writeString(lib.resolveSibling("built"), "");
    agent(lib.resolve("noinherit-0.jar"));
  }

  private static Path repository() {
    for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
      if (Files.exists(p.resolve(".ci/run"))) {
        return p;
      }
    }
    throw new IllegalStateException("not in a checkout");
  }

  private static void old(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(1, TimeUnit.DAYS));
  }

  static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** The script. */
  Path script() {
    return root.resolve("noinherit");
  }

  /** The agent's jar. */
  Path agent() {
    return root.resolve("target/command/lib/noinherit-0.jar");
  }

  private static void agent(Path jar) throws IOException {
    Path core;
    try {
      core = Path.of(NoInherit.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
    if (Files.isDirectory(core)) {
      jar(jar, core, Map.of("Premain-Class", "io.github.noinherit.internal.jdk.AgentEntry"));
    } else {
      Files.copy(core, jar);
    }
  }

  /** A jar of the files below a folder, with these lines in its manifest. */
  static void jar(Path jar, Path folder, Map<String, String> lines) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    lines.forEach(manifest.getMainAttributes()::putValue);
    try (Stream<Path> files = Files.walk(folder);
        OutputStream out = Files.newOutputStream(jar);
        JarOutputStream all = new JarOutputStream(out, manifest)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.putNextEntry(new JarEntry(folder.relativize(file).toString()));
        Files.copy(file, all);
      }
    }
  }

  /**
   * A pretended java installation: its java says that it ran, and with which arguments.
   *
   * @param release the lines of its file {@code release}, or null for none
   * @param version what it answers to -version
   */
  static Path pretended(Path home, List<String> release, String version) throws IOException {
    Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
    Files.writeString(
        java,
        """
        #!/bin/sh
        if [ "$1" = -version ]; then
          echo 'Picked up JAVA_TOOL_OPTIONS: -Dx=version "99"' >&2
          echo 'openjdk version "%s" 2026-01-01' >&2
          exit
        fi
        printf 'ran %%s\\n' '%s'
        printf '<%%s>\\n' "$@"
        """
            .formatted(version, home.getFileName()));
    executable(java);
    if (!release.isEmpty()) {
      Files.writeString(home.resolve("release"), String.join("\n", release) + "\n");
    }
    return home;
  }

  /** How a run of the script ended, and what it said. */
  record Result(int status, String out, String err) {}

  /** The script, to be run in a folder; without the variables that would change what java does. */
  ProcessBuilder builder(Path folder, Path script, String... arguments) {
    ProcessBuilder builder = new ProcessBuilder(script.toString());
    builder.command().addAll(List.of(arguments));
    builder.directory(folder.toFile());
    Map<String, String> environment = builder.environment();
    List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "OLDPWD", "_")
        .forEach(environment::remove);
    environment.put("PWD", folder.toString());
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    return builder;
  }

  /** Runs it to its end. */
  static Result run(ProcessBuilder builder) throws IOException, InterruptedException {
    Path err = Files.createTempFile("launched", ".err");
    try {
      Process process = builder.redirectError(err.toFile()).start();
      process.getOutputStream().close();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("it does not end; so far it said " + out);
      }
      return new Result(process.exitValue(), out, Files.readString(err));
    } finally {
      Files.delete(err);
    }
  }
}
