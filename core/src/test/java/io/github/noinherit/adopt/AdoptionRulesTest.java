// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.adopt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.Leaf;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who gets what, once, and whose it is then. Each test is one JVM that is told what to do, step by
 * step ({@link AdoptProgram}); the flags that it prints are the kernel's.
 */
@Tag("every-jdk")
@Counted
@Needs(Need.PYTHON3)
class AdoptionRulesTest {
  @TempDir Path folder;

  private static List<String> run(List<String> given, String... steps)
      throws IOException, InterruptedException {
    return Giver.run(given, ChildJvm.of(AdoptProgram.class).arguments(steps));
  }

  private static List<String> listeners(int count, String names, String... more) {
    List<String> given = new ArrayList<>(List.of("LISTEN_PID={pid}", "LISTEN_FDS=" + count));
    for (int i = 0; i < count; i++) {
      given.add(3 + i + ":listen:127.0.0.1");
    }
    if (!names.isEmpty()) {
      given.add("LISTEN_FDNAMES=" + names);
    }
    given.addAll(List.of(more));
    return given;
  }

  @Test
  void startedByHandNothingIsGiven() throws Exception {
    List<String> nothing =
        run(
            List.of(),
            "serverSocket:http",
            "socket:http",
            "datagram:http",
            "source:http",
            "sink:http",
            "file:http",
            "socket:0",
            "serverSocket:200",
            "all");
    List<String> wanted = new ArrayList<>(java.util.Collections.nCopies(8, "nothing"));
    wanted.add("[]");
    assertEquals(wanted, nothing);
  }

  @Test
  void whatIsGivenIsFoundByNameAndOtherNamesAreNothing() throws Exception {
    assertEquals(
        List.of("nothing", "ServerSocketChannelImpl", "ServerSocketChannelImpl", "nothing"),
        run(
            listeners(2, "a:b"),
            "serverSocket:c",
            "serverSocket:b",
            "serverSocket:a",
            "datagram:c"));
  }

  @Test
  void theFirstAdoptionMakesAllThatWasGivenNonInheritable() throws Exception {
    List<String> given = listeners(2, "a:b", "6:open:O_RDONLY:/dev/null", "NOINHERIT_HANDLES=n=6");
    given.add("7:open:O_RDONLY:/dev/null"); // by number alone: nobody but the program knows of it
    assertEquals(
        List.of(
            "3 inheritable, 4 inheritable, 6 inheritable, 7 inheritable",
            "nothing",
            "3 inheritable, 4 inheritable, 6 inheritable, 7 inheritable",
            "ServerSocketChannelImpl",
            "3 not inheritable, 4 not inheritable, 6 not inheritable, 7 inheritable",
            "FileChannelImpl",
            "3 not inheritable, 4 not inheritable, 6 not inheritable, 7 not inheritable"),
        run(
            given,
            "flags",
            "serverSocket:x",
            "flags",
            "serverSocket:a",
            "flags",
            "file:7",
            "flags"));
  }

  @Test
  void aHandleIsAdoptedOnce() throws Exception {
    List<String> lines =
        run(
            listeners(2, "a:b"),
            "serverSocket:a",
            "serverSocket:a",
            "serverSocket:3",
            "elsewhere:serverSocket:a",
            "elsewhere:serverSocket:b",
            "serverSocket:b",
            "serverSocket:4");
    assertEquals("ServerSocketChannelImpl", lines.getFirst());
    assertEquals("adopted elsewhere", lines.get(4));
    for (int i : new int[] {1, 2, 3, 5, 6}) {
      assertTrue(lines.get(i).startsWith("IllegalStateException: "), lines.get(i));
      assertTrue(lines.get(i).contains("was adopted before"), lines.get(i));
    }
  }

  @Test
  void ofManyThreadsThatAskForItAtOnceOneGetsIt() throws Exception {
    assertEquals(List.of("1 of 32"), run(listeners(1, "a"), "race:a"));
  }

  /** The second witness: a child started by native code that closes nothing. */
  @Test
  void aCarelessChildGetsNothingOfItFromThenOn() throws Exception {
    Leaf.program();
    assertEquals(
        List.of("3, 4", "ServerSocketChannelImpl", ""),
        run(listeners(2, "a:b"), "careless:" + folder, "serverSocket:a", "careless:" + folder));
  }

  @Test
  void theNumberOfOneThatWasClosedIsNotItAnyMore() throws Exception {
    List<String> lines =
        run(
            listeners(1, "a"),
            "serverSocket:a",
            "close",
            "flags",
            "report:" + folder.resolve("takes-the-number"),
            "out:x",
            "serverSocket:a");
    assertEquals(List.of("ServerSocketChannelImpl", "", "x"), lines);
    String last = java.nio.file.Files.readString(folder.resolve("takes-the-number"));
    assertTrue(last.startsWith("IllegalStateException: \"a\" (descriptor 3"), last);
  }

  @Test
  void whatIsSomethingElseIsRefusedAndStays() throws Exception {
    List<String> given =
        listeners(
            1,
            "l",
            "NOINHERIT_HANDLES=u=5,f=6,p=7,d=8,s=9,n=10",
            "5:udp:0",
            "6:open:O_RDONLY:/etc/hostname",
            "7:pipe:x",
            "8:open:O_RDONLY|O_DIRECTORY:/etc",
            "9:socket:AF_INET:SOCK_STREAM",
            "10:socket:AF_UNIX:SOCK_DGRAM");
    assertEquals(
        List.of(
            "IOException: \"f\" (descriptor 6, by NOINHERIT_HANDLES) is a file, and what is asked"
                + " for is a socket that listens",
            "IOException: \"l\" (descriptor 3, by LISTEN_FDS) is a socket that listens, and what is"
                + " asked for is a connection",
            "IOException: \"u\" (descriptor 5, by NOINHERIT_HANDLES) is a datagram socket, and what"
                + " is asked for is a file",
            "IOException: \"p\" (descriptor 7, by NOINHERIT_HANDLES) is the reading end of a pipe,"
                + " and what is asked for is the writing end of a pipe",
            "IOException: \"d\" (descriptor 8, by NOINHERIT_HANDLES) is neither file, pipe nor"
                + " socket (st_mode 040755), and what is asked for is a file",
            "IOException: \"s\" (descriptor 9, by NOINHERIT_HANDLES) is a stream socket that"
                + " neither listens nor is connected (a client that has reset its connection leaves"
                + " one), and what is asked for is a connection",
            "IOException: \"n\" (descriptor 10, by NOINHERIT_HANDLES) is a socket of family 1 and"
                + " type 2 (socket(2)), for which Java has no channel, and what is asked for is a"
                + " datagram socket",
            "3 inheritable, 5 inheritable, 6 inheritable, 7 inheritable, 8 inheritable, 9"
                + " inheritable",
            "FileChannelImpl"),
        run(
            given,
            "serverSocket:f",
            "socket:l",
            "file:u",
            "sink:p",
            "file:d",
            "socket:s",
            "datagram:n",
            "flags",
            "file:f"));
  }

  @Test
  void twoOfOneNameAreAskedForByNumber() throws Exception {
    List<String> lines =
        run(
            listeners(2, "web.socket:web.socket"),
            "serverSocket:web.socket",
            "flags",
            "serverSocket:4",
            "all",
            "serverSocket:3");
    assertTrue(lines.getFirst().contains("have one name: adopt them by their numbers"), "" + lines);
    assertEquals(
        List.of(
            "3 inheritable, 4 inheritable",
            "ServerSocketChannelImpl",
            "[InheritedHandle[name=web.socket, number=3, kind=SERVER_SOCKET, isNonBlocking=false]]",
            "ServerSocketChannelImpl"),
        lines.subList(1, 5));
  }

  @Test
  void oneWithoutANameAnswersToEveryNameIfItIsAlone() throws Exception {
    assertEquals(
        List.of("ServerSocketChannelImpl", "nothing"),
        run(listeners(1, ""), "serverSocket:any", "serverSocket:another"));
    List<String> lines = run(listeners(1, ""), "serverSocket:any", "serverSocket:any");
    assertTrue(lines.getLast().contains("was adopted before"), lines.getLast());
    assertEquals(
        List.of("nothing", "ServerSocketChannelImpl"),
        run(listeners(2, ""), "serverSocket:any", "serverSocket:4"));
  }

  @Test
  void theFirstSourceThatHasTheNameCounts() throws Exception {
    assertEquals(
        List.of(
            "ServerSocketChannelImpl",
            "[InheritedHandle[name=http, number=3, kind=SERVER_SOCKET, isNonBlocking=false]]"),
        run(
            listeners(1, "http", "5:listen:127.0.0.1", "NOINHERIT_HANDLES=http=5"),
            "serverSocket:http",
            "all"));
  }

  @Test
  void allTellsWhatTheKernelSays() throws Exception {
    List<String> given =
        listeners(
            1,
            "l",
            "NOINHERIT_HANDLES=u=5,f=6,p=7,w=8,o=9,n=10",
            "5:udp:0+nonblock",
            "6:open:O_WRONLY:/dev/null",
            "7:pipe:x",
            "8:open:O_RDWR:/dev/stdout",
            "9:socket:AF_UNIX:SOCK_DGRAM",
            "10:listen:127.0.0.1+nonblock");
    String all = run(given, "all", "flags").getFirst();
    List<String> kinds =
        java.util.regex.Pattern.compile(
                "name=(.), number=(\\d+), kind=(\\w+), isNonBlocking=(\\w+)")
            .matcher(all)
            .results()
            .map(m -> m.group(1) + m.group(2) + " " + m.group(3) + " " + m.group(4))
            .toList();
    assertEquals(
        List.of(
            "u5 DATAGRAM true",
            "f6 FILE false",
            "p7 SOURCE false",
            "w8 SOURCE false",
            "o9 OTHER false",
            "n10 SERVER_SOCKET true",
            "l3 SERVER_SOCKET false"),
        kinds);
  }

  @Test
  void byNumberNoVariableIsLookedAt() throws Exception {
    List<String> lines =
        run(
            List.of("7:open:O_RDONLY:/etc/hostname", "LISTEN_FDS=1", "LISTEN_PID=1"),
            "file:7",
            "file:8999",
            "file:-1",
            "file:2",
            "socket:1",
            "file:0",
            "socket:0");
    assertEquals(List.of("FileChannelImpl", "nothing"), lines.subList(0, 2));
    for (String line : lines.subList(2, 6)) {
      assertTrue(line.contains("IllegalArgumentException: descriptor"), line);
    }
    assertEquals("nothing", lines.get(6)); // /dev/null
  }

  @Test
  void aFileOfTheJvmsOwnIsNotTaken() throws Exception {
    List<String> lines =
        run(List.of("NOINHERIT_HANDLES=log=3"), "file:log", "file:3", "ownJar", "out:still here");
    for (int i = 0; i < 3; i++) {
      assertTrue(lines.get(i).contains("a file that this JVM has opened itself"), lines.get(i));
      assertTrue(lines.get(i).contains(i < 2 ? "lib/modules" : ".jar"), lines.get(i));
    }
    assertEquals("still here", lines.getLast());
  }

  @Test
  void protectionLeavesWhatIsNotAdoptedAndKnowsWhatIs() throws Exception {
    List<String> given = listeners(2, "a:b", "7:open:O_RDONLY:/etc/hostname");
    assertEquals(
        List.of(
            "3 inheritable, 4 inheritable, 7 not inheritable",
            "ServerSocketChannelImpl",
            "FileChannelImpl",
            "3 not inheritable, 4 not inheritable, 7 not inheritable",
            "3 not inheritable, 4 not inheritable, 7 not inheritable"),
        run(given, "byDefault", "flags", "serverSocket:a", "file:7", "flags", "remove", "flags"));
  }

  @Test
  void onAnotherSystemNothingIsGivenUnlessTheVariablesSaySo() throws Exception {
    ChildJvm mac =
        ChildJvm.of(AdoptProgram.class)
            .flags("-Dos.name=Mac OS X")
            .arguments("serverSocket:http", "all", "file:7");
    List<String> lines = Giver.run(List.of(), mac);
    assertEquals(List.of("nothing", "[]"), lines.subList(0, 2));
    assertTrue(lines.get(2).startsWith("UnsupportedOperationException"), lines.get(2));
    List<String> refused = Giver.run(listeners(1, "http"), mac);
    assertTrue(refused.getFirst().startsWith("UnsupportedOperationException"), "" + refused);
  }
}
