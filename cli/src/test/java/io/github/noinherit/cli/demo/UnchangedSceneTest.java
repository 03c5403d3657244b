// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.cli.Outputs;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program that nobody has changed is one, and the two command lines are those of the text. */
class UnchangedSceneTest {
  /** A class of noinherit's that is not the demo's, as class files name it. */
  private static final Pattern NOINHERIT = Pattern.compile("io/github/noinherit/(?!cli/demo/)");

  @ParameterizedTest
  @ValueSource(classes = {Server.class, Sorter.class, Libc.class})
  void theProgramKnowsNothingOfNoinherit(Class<?> ofTheProgram) throws Exception {
    assertFalse(NOINHERIT.matcher(classFile(ofTheProgram)).find());
  }

  @Test
  void theOtherServerKnowsIt() throws Exception { // or the pattern proves nothing
    assertTrue(NOINHERIT.matcher(classFile(ProtectedServer.class)).find());
  }

  @Test
  void theServerOfBothSidesIsTheSame() throws Exception {
    try (Cast without = new Cast(Side.WITHOUT);
        Cast with = new Cast(Side.WITH)) {
      List<String> plain = commandLine(without.startUnchangedServer());
      List<String> protectedByAgent = commandLine(with.startUnchangedServer());
      assertEquals(
          List.of("-javaagent:" + with.folder().resolve("noinherit.jar")),
          protectedByAgent.stream().filter(word -> !plain.contains(word)).toList());
      assertTrue(plain.contains(Server.class.getName()), plain::toString);
      assertTrue(plain.contains("--enable-native-access=ALL-UNNAMED"), plain::toString);
      assertEquals(plain.size() + 1, protectedByAgent.size());
    }
  }

  @Test
  void theTextFitsItsPage() throws Exception {
    Stories.Told told =
        Stories.tell(UnaryOperator.identity(), List.of(new UnchangedScene()), false);
    Outputs.assertFits(80, told.text());
    assertTrue(told.text().contains("you type   noinherit java -cp … Server"), told::text);
  }

  /** As the kernel has it. */
  private static List<String> commandLine(ServerProcess server) throws IOException {
    return Kernel.commandLine(server.pid());
  }

  private static String classFile(Class<?> type) throws IOException {
    try (InputStream file = type.getResourceAsStream(type.getSimpleName() + ".class")) {
      return new String(Objects.requireNonNull(file).readAllBytes(), ISO_8859_1);
    }
  }
}
