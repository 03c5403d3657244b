// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import io.github.noinherit.NoInherit;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.LeafReport;
import io.github.noinherit.testkit.RawFlags;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/**
 * A program that does with ProcessBuilder what can be done with it, and prints what came of each:
 * the output, the exit status, the exception. It prints the same each time, but for what the JDK
 * does differently; with {@code on} as its first argument, protection is on.
 */
final class ProcessScenes {
  private static final Redirect NULL = Redirect.from(new File("/dev/null"));

  /** What one scene does; what it returns is printed. */
  interface Scene {
    String play() throws Exception;
  }

  private final Path folder;
  private final Path leaf = Leaf.program();
  private final Map<String, Scene> scenes = new LinkedHashMap<>();

  private ProcessScenes(Path folder) {
    this.folder = folder;
  }

  /** {@code on} or {@code off}, and an empty folder. */
  public static void main(String[] arguments) throws Exception {
    ProcessScenes program = new ProcessScenes(Path.of(arguments[1]));
    if (arguments[0].equals("on")) {
      NoInherit.byDefault();
    }
    program.streams();
    program.redirects();
    program.surroundings();
    program.failures();
    program.threads();
    program.limits();
    for (Map.Entry<String, Scene> scene : program.scenes.entrySet()) {
      System.out.println(scene.getKey() + ": " + outcome(scene.getValue()));
    }
  }

  private static String outcome(Scene scene) {
    try {
      return scene.play().replace("\n", "|");
    } catch (Exception e) {
      return e + (e.getCause() == null ? "" : ", cause " + e.getCause());
    }
  }

  private void streams() {
    scenes.put("three pipes", () -> run(shell("cat; echo err >&2; exit 7"), "in"));
    scenes.put("much through pipes", () -> "" + run(command("cat"), "x".repeat(1 << 20)).length());
    scenes.put("errors merged", () -> run(shell("echo a; echo b >&2").redirectErrorStream(true)));
    scenes.put("input closed at once", () -> run(command("cat")));
    scenes.put("killed", ProcessScenes::killed);
    scenes.put("exits later", ProcessScenes::exitsLater);
    scenes.put("a pipeline", this::pipeline);
  }

  private void redirects() {
    Path in = folder.resolve("in");
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    scenes.put("input from a file", () -> run(command("cat").redirectInput(file(in, "from"))));
    scenes.put("output to a file", () -> run(command("echo", "to").redirectOutput(out.toFile())));
    scenes.put(
        "output appended",
        () -> run(command("echo", "more").redirectOutput(Redirect.appendTo(out.toFile()))));
    scenes.put("what the file has", () -> Files.readString(out));
    scenes.put(
        "errors to a file",
        () -> run(shell("echo e >&2").redirectError(err.toFile())) + Files.readString(err));
    scenes.put(
        "both appended to one file",
        () ->
            run(
                    shell("echo o; echo e >&2")
                        .redirectErrorStream(true)
                        .redirectOutput(Redirect.appendTo(err.toFile())))
                + Files.readString(err));
    scenes.put(
        "discarded",
        () ->
            run(
                shell("echo o; echo e >&2; exit 3")
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)));
    scenes.put(
        "errors discarded", () -> run(shell("echo o; echo e >&2").redirectError(Redirect.DISCARD)));
    scenes.put("all inherited", () -> inherited(shell("echo here; cat; exit 5").inheritIO()));
    scenes.put(
        "output inherited", () -> inherited(command("echo", "o").redirectOutput(Redirect.INHERIT)));
    scenes.put(
        "output to errors inherited",
        () ->
            inherited(
                shell("echo o; echo e >&2")
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.INHERIT)));
    scenes.put("inherited though close-on-exec", ProcessScenes::inheritedThough);
    scenes.put("input inherited", () -> run(command("wc", "-c").redirectInput(Redirect.INHERIT)));
    scenes.put(
        "from a file that is not there",
        () -> run(command("cat").redirectInput(folder.resolve("none").toFile())));
    scenes.put(
        "to a file that cannot be", () -> run(command("echo").redirectOutput(folder.toFile())));
  }

  private void surroundings() {
    scenes.put("the child's own table", () -> table(command(leaf.toString())));
    scenes.put("its table, redirected", () -> table(command(leaf.toString()).redirectInput(NULL)));
    scenes.put(
        "its table, merged", () -> table(command(leaf.toString()).redirectErrorStream(true)));
    scenes.put("its arguments", () -> run(shell("echo $# \"$1\" \"$2\"", "sh", "", "a b")));
    scenes.put("its folder", () -> run(shell("pwd").directory(folder.toFile())));
    scenes.put("its environment", this::environment);
    scenes.put("its signals", () -> signals(command(leaf.toString())));
  }

  private void failures() throws IOException {
    Path plain = Files.writeString(folder.resolve("plain"), "exit 4\n");
    Path script = executable("script", "#!/no/such/interpreter\n");
    Path bare = executable("bare", "exit 4\n");
    Path empty = executable("empty", "");
    List<ProcessBuilder> failing = new ArrayList<>();
    failing.add(command("no-such-program"));
    failing.add(command("/no/such/program"));
    failing.add(command(folder.toString()));
    failing.add(command(plain.toString()));
    failing.add(command(script.toString()));
    failing.add(command(bare.toString()));
    failing.add(command(empty.toString()));
    failing.add(command(plain + "/below"));
    failing.add(command("true").directory(new File("/no/such/folder")));
    failing.add(command("true").directory(plain.toFile()));
    failing.add(command("./script").directory(folder.toFile()));
    failing.add(command("nul\0in the name"));
    failing.add(command("true", "x".repeat(3 << 20)));
    failing.add(command(List.of()));
    for (int i = 0; i < failing.size(); i++) {
      ProcessBuilder builder = failing.get(i);
      scenes.put("failure " + i, () -> run(builder));
      scenes.put("after failure " + i, () -> run(command("echo", "next")) + table(leafCommand()));
    }
    scenes.put("a failure in the middle of a pipeline", this::brokenPipeline);
    scenes.put("after that", () -> run(command("echo", "next")));
  }

  private void threads() {
    scenes.put("on a virtual thread", () -> onVirtualThreads(1));
    scenes.put("200 at once", () -> onVirtualThreads(200));
    scenes.put("50 failures at once", this::manyFailures);
    scenes.put("after those", () -> run(command("echo", "next")) + table(leafCommand()));
  }

  /*
   * With room for fewer than ten descriptors one of the pipes of a start fails, and then JDK 25.0.3
   * closes numbers that it has not set: strace shows pipe2 = -1 EMFILE and after it close of a
   * number that an earlier start had, which by now may be any file of the JVM's. Whether the JVM
   * survives that is chance, with protection and without, so nothing is asked about it here.
   */
  private void limits() {
    scenes.put("warm", () -> run(command("no-such-program")));
    for (int room = 10; room <= 14; room++) {
      int r = room;
      for (boolean pipes : new boolean[] {true, false}) {
        String name = "room for %d descriptors, %s".formatted(room, pipes ? "pipes" : "no pipes");
        scenes.put(name, () -> inRoom(r, pipes));
        scenes.put("after " + name, () -> run(command("echo", "next")) + table(leafCommand()));
      }
    }
  }

  /** A start that fails for lack of descriptors, or does not, and then files under its numbers. */
  private String inRoom(int room, boolean pipes) throws IOException, InterruptedException {
    ProcessBuilder builder = command("true");
    if (!pipes) {
      builder.redirectInput(NULL).redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD);
    }
    String outcome;
    try (OpenFileRoom _ = new OpenFileRoom(room)) {
      outcome = outcome(() -> end(builder.start()));
    } catch (Throwable t) {
      throw new IOException("no limit: " + t, t);
    }
    // The numbers that the failed start had are other files' now, which no child may get.
    List<AutoCloseable> files = new ArrayList<>();
    try {
      for (int i = 0; i < 12; i++) {
        files.add(Files.newInputStream(Path.of("/dev/zero")));
      }
      return outcome + " then " + table(leafCommand());
    } finally {
      for (AutoCloseable file : files) {
        closed(file);
      }
    }
  }

  private static void closed(AutoCloseable closeable) throws IOException {
    try {
      closeable.close();
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private ProcessBuilder leafCommand() {
    return command(leaf.toString());
  }

  private static ProcessBuilder command(String... words) {
    return new ProcessBuilder(words);
  }

  private static ProcessBuilder command(List<String> words) {
    return new ProcessBuilder(words);
  }

  private static ProcessBuilder shell(String script, String... arguments) {
    List<String> words = new ArrayList<>(List.of("sh", "-c", script));
    words.addAll(Arrays.asList(arguments));
    return new ProcessBuilder(words);
  }

  private static Redirect file(Path file, String text) throws IOException {
    return Redirect.from(Files.writeString(file, text).toFile());
  }

  private Path executable(String name, String text) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String run(ProcessBuilder builder) throws IOException, InterruptedException {
    return run(builder, "");
  }

  /** Starts it, gives it the input, and says what it said and how it ended. */
  private static String run(ProcessBuilder builder, String input)
      throws IOException, InterruptedException {
    Process process = builder.start();
    Thread writer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try (var out = process.getOutputStream()) {
                    out.write(input.getBytes(StandardCharsets.UTF_8));
                  } catch (IOException e) {
                    System.out.println("input: " + e);
                  }
                });
    String out = text(process.getInputStream().readAllBytes());
    String err = text(process.getErrorStream().readAllBytes());
    writer.join();
    return "out=" + out + " err=" + err + " " + end(process);
  }

  private static String end(Process process) throws InterruptedException, IOException {
    int status = process.waitFor();
    process.getInputStream().close();
    process.getErrorStream().close();
    process.getOutputStream().close();
    return "exit=" + status;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** What it writes goes between two lines of ours. */
  private static String inherited(ProcessBuilder builder) throws Exception {
    System.out.println("[inherited");
    System.out.flush();
    String end = end(builder.start());
    System.out.println("]");
    return end;
  }

  /** The JDK makes it inheritable for the child, and may leave it so. */
  private static String inheritedThough() throws Exception {
    RawFlags.setCloseOnExec(1, true);
    try {
      return inherited(shell("echo o; exit 6").redirectOutput(Redirect.INHERIT));
    } finally {
      RawFlags.setCloseOnExec(1, false);
    }
  }

  private static String killed() throws IOException, InterruptedException {
    Process process = command("sleep", "60").start();
    boolean alive = process.isAlive();
    process.destroyForcibly();
    return alive + " " + end(process);
  }

  private static String exitsLater() throws Exception {
    Process process = shell("read line; exit 9").start();
    process.getOutputStream().write('\n');
    process.getOutputStream().close();
    return "" + process.onExit().get().exitValue();
  }

  private String pipeline() throws IOException, InterruptedException {
    List<Process> all =
        ProcessBuilder.startPipeline(
            List.of(
                shell("echo one; echo two; exit 1"),
                command("tr", "a-z", "A-Z"),
                shell("sed s/$/!/; exit 2")));
    String out = text(all.getLast().getInputStream().readAllBytes());
    StringBuilder said = new StringBuilder(out);
    for (Process p : all) {
      said.append(' ').append(end(p));
    }
    return said.toString();
  }

  private String brokenPipeline() throws IOException, InterruptedException {
    List<Process> all =
        ProcessBuilder.startPipeline(
            List.of(command("echo", "one"), command("no-such-program"), command("cat")));
    return "started " + all.size();
  }

  /** The kinds of what the leaf has, by number. */
  private String table(ProcessBuilder builder) throws IOException, InterruptedException {
    LeafReport report = report(builder);
    Map<Integer, String> kinds = new TreeMap<>();
    report
        .table()
        .descriptors()
        .forEach((number, d) -> kinds.put(number, d.link().replaceAll("\\[\\d+]", "")));
    return kinds.toString();
  }

  private LeafReport report(ProcessBuilder builder) throws IOException, InterruptedException {
    Path file = folder.resolve("report");
    builder.command().addAll(List.of("--report", file.toString()));
    end(builder.start());
    LeafReport report = LeafReport.read(file);
    Files.delete(file);
    return report;
  }

  private String environment() throws IOException, InterruptedException {
    ProcessBuilder builder = leafCommand();
    builder.environment().clear();
    builder.environment().put("KEY", "value");
    builder.environment().put("UMLAUT", "\u00fc");
    return new TreeMap<>(report(builder).environment()).toString();
  }

  private String signals(ProcessBuilder builder) throws IOException, InterruptedException {
    LeafReport report = report(builder);
    return "blocked %x ignored %x caught %x umask %o"
        .formatted(
            report.blockedSignals(),
            report.ignoredSignals(),
            report.caughtSignals(),
            report.umask());
  }

  private static List<String> all(int count, Callable<String> task) throws Exception {
    List<FutureTask<String>> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      FutureTask<String> one = new FutureTask<>(task);
      Thread.ofVirtual().start(one);
      tasks.add(one);
    }
    List<String> results = new ArrayList<>();
    for (FutureTask<String> t : tasks) {
      results.add(t.get());
    }
    return results.stream().distinct().toList();
  }

  private static String onVirtualThreads(int count) throws Exception {
    return String.join(" or ", all(count, () -> run(shell("cat; echo e >&2"), "virtual")));
  }

  private String manyFailures() throws Exception {
    return String.join(" or ", all(50, () -> outcome(() -> run(command("no-such-program")))));
  }
}
