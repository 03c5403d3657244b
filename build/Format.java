// SPDX-License-Identifier: Apache-2.0

import com.google.googlejavaformat.java.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/*
 * The one format of this project is google-java-format's, without options.
 *
 *   check DIR   names every Java source under DIR that is not in it, and exits 1 if there is one
 *   write DIR   rewrites those
 *
 * The build runs it, in a JVM of its own, as the formatter uses the compiler of the JDK it runs on and has to
 * understand Java 25: see pom.xml.
 */
void main(String[] args) throws Exception {
  if (args.length != 2) {
    System.err.println("usage: Format.java check|write DIR");
    System.exit(2);
  }
  var check = args[0].equals("check");
  var arguments = new ArrayList<String>();
  arguments.addAll(check ? List.of("--dry-run", "--set-exit-if-changed") : List.of("--replace"));
  arguments.addAll(javaSources(Path.of(args[1])));
  if (arguments.size() == (check ? 2 : 1)) {
    return;
  }
  var formatter =
      new Main(new PrintWriter(System.out, true), new PrintWriter(System.err, true), System.in);
  int status = formatter.format(arguments.toArray(String[]::new));
  if (check && status != 0) {
    System.err.println(
        "The files above are not in the project's format. To rewrite them: mvn -q -Pformat"
            + " validate");
  }
  System.exit(status);
}

/** Every {@code *.java} below {@code root}, but what is hidden or built. */
List<String> javaSources(Path root) throws IOException {
  var found = new ArrayList<String>();
  Files.walkFileTree(
      root,
      new SimpleFileVisitor<>() {
        @Override
        public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
          var name = dir.getFileName().toString();
          return !dir.equals(root) && (name.startsWith(".") || name.equals("target"))
              ? FileVisitResult.SKIP_SUBTREE
              : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
          if (file.toString().endsWith(".java")) {
            found.add(file.toString());
          }
          return FileVisitResult.CONTINUE;
        }
      });
  return found;
}
