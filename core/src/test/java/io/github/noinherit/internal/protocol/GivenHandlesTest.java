// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.internal.protocol.GivenHandles.Handles;
import io.github.noinherit.internal.protocol.GivenHandles.Malformed;
import io.github.noinherit.internal.protocol.GivenHandles.Said;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the variables say: understood as a whole, or refused with one reason. */
final class GivenHandlesTest {
  private static final long PID = 4711;

  private static Said said(Map<String, String> environment) {
    return GivenHandles.of(name -> environment.getOrDefault(name, ""), PID);
  }

  private static List<GivenHandle> handles(Map<String, String> environment) {
    return assertInstanceOf(Handles.class, said(environment)).handles();
  }

  private static String why(Map<String, String> environment) {
    return assertInstanceOf(Malformed.class, said(environment)).why();
  }

  private static Map<String, String> listen(String fds, String names) {
    return Map.of("LISTEN_PID", "4711", "LISTEN_FDS", fds, "LISTEN_FDNAMES", names);
  }

  private static GivenHandle passed(String name, int number) {
    return new GivenHandle("NOINHERIT_HANDLES", name, number);
  }

  private static GivenHandle listening(String name, int number) {
    return new GivenHandle("LISTEN_FDS", name, number);
  }

  @Test
  void nothingSaidIsNothingGiven() {
    assertEquals(List.of(), handles(Map.of()));
    assertEquals(
        List.of(), handles(Map.of("NOINHERIT_HANDLES", "", "LISTEN_FDS", "", "LISTEN_PID", "")));
    assertEquals(List.of(), handles(Map.of("LISTEN_PID", "1")));
    assertEquals(List.of(), handles(Map.of("LISTEN_FDNAMES", "a:b")));
    assertEquals(List.of(), handles(Map.of("LISTEN_FDS", "0", "LISTEN_PID", "4711")));
  }

  @Test
  void namesAndNumbersOfBothSourcesInTheirOrder() {
    assertEquals(
        List.of(passed("http", 3), passed("2.log_-", 70)),
        handles(Map.of("NOINHERIT_HANDLES", "http=3,2.log_-=70")));
    assertEquals(
        List.of(listening("a.socket", 3), listening("", 4), listening("x y=,", 5)),
        handles(listen("3", "a.socket::x y=,")));
    assertEquals(
        List.of(listening("unknown", 3), listening("unknown", 4)),
        handles(Map.of("LISTEN_PID", "4711", "LISTEN_FDS", "2")));
    assertEquals(
        List.of(passed("log", 9), listening("log", 3)),
        handles(
            Map.of(
                "NOINHERIT_HANDLES", "log=9",
                "LISTEN_PID", "4711",
                "LISTEN_FDS", "1",
                "LISTEN_FDNAMES", "log")));
  }

  @Test
  void twoSocketsOfOneUnitHaveOneName() {
    assertEquals(
        List.of(listening("web.socket", 3), listening("web.socket", 4)),
        handles(listen("2", "web.socket:web.socket")));
  }

  @ParameterizedTest
  @CsvSource({
    "http,               no '='",
    "'http=3,',          no '='",
    "'http=3,,log=4',    no '='",
    "=3,                 a name has",
    "a b=3,              a name has",
    "a=b=3,              no descriptor's number",
    "ä=3,                a name has",
    "a/b=3,              a name has",
    "http=,              no descriptor's number",
    "http=x,             no descriptor's number",
    "http=-1,            no descriptor's number",
    "http=+3,            no descriptor's number",
    "'http= 3',          no descriptor's number",
    "'http=3 ',          no descriptor's number",
    "http=0x3,           no descriptor's number",
    "http=٣,             no descriptor's number",
    "http=4294967299,    no descriptor's number",
    "http=99999999999999999999, no descriptor's number",
    "http=0,             standard streams",
    "http=2,             standard streams",
    "'http=3,http=4',    the name is there twice",
    "'http=3,log=3',     the descriptor is there twice",
  })
  void passedHandlesThatCannotBeUnderstood(String value, String reason) {
    String why = why(Map.of("NOINHERIT_HANDLES", value));
    assertTrue(why.contains("NOINHERIT_HANDLES is \"") && why.contains(reason), why);
  }

  @ParameterizedTest
  @CsvSource({
    "-1,         not the number of sockets",
    "x,          not the number of sockets",
    "1x,         not the number of sockets",
    "' 1',       not the number of sockets",
    "1.0,        not the number of sockets",
    "4294967297, not the number of sockets",
    "99999999999999999999, not the number of sockets",
    "65537,      more than 65536",
    "999999999,  more than 65536",
  })
  void countsThatCannotBeUnderstood(String fds, String reason) {
    String why = why(listen(fds, ""));
    assertTrue(why.contains("LISTEN_FDS is \"" + fds + "\"") && why.contains(reason), why);
  }

  @ParameterizedTest
  @CsvSource({
    "1, a:b,    it has 2 names",
    "2, a,      it has 1 names",
    "2, a:b:,   it has 3 names",
    "1, ä,      is no name",
    "1, 'a\u001b[2J', is no name",
  })
  void namesThatDoNotFit(String fds, String names, String reason) {
    String why = why(listen(fds, names));
    assertTrue(why.contains("LISTEN_FDNAMES is \"") && why.contains(reason), why);
  }

  @Test
  void aNameMayHave255CharactersAndNoMore() {
    String longest = "n".repeat(255);
    assertEquals(List.of(passed(longest, 3)), handles(Map.of("NOINHERIT_HANDLES", longest + "=3")));
    assertEquals(List.of(listening(longest, 3)), handles(listen("1", longest)));
    why(Map.of("NOINHERIT_HANDLES", longest + "n=3"));
    why(listen("1", longest + "n"));
  }

  @Test
  void socketsForAnotherProcessAreAnErrorThatSaysWhatToDo() {
    for (String pid : List.of("4712", "", "x", "-4711", " 4711", "04711", "4711 ")) {
      String why = why(Map.of("LISTEN_FDS", "1", "LISTEN_PID", pid));
      assertTrue(why.contains("`exec java") && why.contains("this one is 4711"), why);
    }
  }

  @Test
  void whatIsWrongWithOneSourceRefusesBoth() {
    why(Map.of("NOINHERIT_HANDLES", "log=9", "LISTEN_FDS", "1", "LISTEN_PID", "1"));
    why(Map.of("NOINHERIT_HANDLES", "log", "LISTEN_FDS", "1", "LISTEN_PID", "4711"));
  }

  @Test
  void aMessageQuotesLittleAndNothingThatATerminalObeys() {
    String why = why(Map.of("NOINHERIT_HANDLES", "\u001b[2J\n\u009b\"" + "x".repeat(9999)));
    assertTrue(why.length() < 400, why);
    assertTrue(why.chars().noneMatch(Character::isISOControl), why);
  }

  /** Whatever the text, there is an answer; and one that names handles has understood all of it. */
  @Test
  void anyTextIsUnderstoodAsAWholeOrRefused() {
    String letters = "abZ09=,:.-_ \u0000\u001b\u00e4\ud83d+";
    SplittableRandom random = new SplittableRandom(11);
    int understood = 0;
    for (int round = 0; round < 200_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i > 0; i--) {
        text.append(
            random.nextInt(3) == 0
                ? List.of("http=", "a=3", ",", "3", "=17").get(random.nextInt(5))
                : letters.charAt(random.nextInt(letters.length())));
      }
      if (said(Map.of("NOINHERIT_HANDLES", text.toString())) instanceof Handles(var handles)) {
        understood++;
        List<String> again = new ArrayList<>();
        handles.forEach(h -> again.add(h.name() + "=" + h.number()));
        assertEquals(text.toString().replaceAll("=0+(?=[0-9])", "="), String.join(",", again));
      }
      said(listen(text.toString(), text.toString()));
    }
    assertTrue(understood > 1000, "only " + understood);
  }

  @Test
  void whatSpawnWritesIsReadBack() {
    SplittableRandom random = new SplittableRandom(12);
    for (int round = 0; round < 2000; round++) {
      List<GivenHandle> wanted = new ArrayList<>();
      Set<String> names = new HashSet<>();
      for (int number = 3; number < 3 + random.nextInt(20); number++) {
        StringBuilder name = new StringBuilder();
        for (int i = random.nextInt(8); i >= 0; i--) {
          name.append("aZ09._-".charAt(random.nextInt(7)));
        }
        if (names.add(name.toString())) {
          wanted.add(passed(name.toString(), number));
        }
      }
      List<String> entries = wanted.stream().map(h -> h.name() + "=" + h.number()).toList();
      assertEquals(wanted, handles(Map.of("NOINHERIT_HANDLES", String.join(",", entries))));
    }
  }
}
