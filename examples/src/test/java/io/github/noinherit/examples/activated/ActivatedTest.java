// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples.activated;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.noinherit.examples.Client;
import io.github.noinherit.examples.Example;
import io.github.noinherit.testkit.ChildJvm;
import io.github.noinherit.testkit.Counted;
import io.github.noinherit.testkit.DescriptorTable;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** systemd's own programs: the one that activates services, and the one that reads units. */
@Counted
class ActivatedTest {
  /** A service manager's ear: prints each message, with commas for line ends. */
  private static final String MANAGER =
      """
      import socket, sys
      ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      ear.bind(sys.argv[1])
      while True:
          print(ear.recv(4096).decode().strip().replace("\\n", ","), flush=True)
      """;

  @TempDir Path folder;

  private Example activate(int port, Path notify) throws IOException {
    List<String> command = new ArrayList<>(List.of("systemd-socket-activate"));
    command.addAll(List.of("-l", "127.0.0.1:" + port, "--fdname=http"));
    command.addAll(List.of("-E", "NOTIFY_SOCKET=" + notify));
    command.addAll(ChildJvm.of(Activated.class).command());
    return Example.start(folder, command);
  }

  @Test
  @Needs({Need.SYSTEMD_SOCKET_ACTIVATE, Need.PYTHON3})
  void systemdSocketActivateStartsItWithItsSocket() throws Exception {
    int port = Client.freePort();
    Path notify = folder.resolve("notify");
    try (Example manager =
            Example.start(folder, List.of("python3", "-c", MANAGER, notify.toString()));
        Example service = activate(port, notify)) {
      manager.await("it hears", () -> Files.exists(notify));
      // the first client is there before the program is: its connection is why it is started
      String first = Client.ask(Client.connectPatiently(service, port));
      assertEquals("activated " + service.pid(), first, "exec keeps the pid");
      DescriptorTable table = DescriptorTable.of(service.pid());
      assertTrue(table.get(3).orElseThrow().link().startsWith("socket:"), table::toString);
      assertTrue(table.get(3).orElseThrow().closeOnExec(), "it is inheritable still");
      assertEquals(first, Client.ask(Client.connect(port)));
      manager.await("ready", () -> manager.out().contains("READY=1\n"));
      assertTrue(
          manager.out().startsWith("STATUS=listens on /127.0.0.1:" + port + "\nREADY=1\n"),
          manager::out);

      try (Socket client = Client.connect(port)) {
        client.getOutputStream().write("GET / HTTP/1.1\r\n".getBytes(US_ASCII));
        Client.awaitAccepted(client);
        service.signal("TERM");
        manager.await("told to end", () -> manager.out().endsWith("STOPPING=1\n"));
        Thread.sleep(200);
        client.getOutputStream().write("\r\n".getBytes(US_ASCII));
        assertEquals(first, Client.body(client), "what it has accepted it answers");
      }
      assertEquals(143, service.status(), service::err);
    }
  }

  /** The same units, with programs that are there. */
  @Test
  @Needs(Need.SYSTEMD_ANALYZE)
  void systemdAnalyzeFindsNothingWrongWithTheUnits() throws Exception {
    assertEquals("", verify(service -> service));
    // and it would have found something
    assertTrue(verify(s -> s.replace("Type=notify", "Type=notifies")).contains("notifies"));
    assertTrue(verify(s -> s.replace("/bin/java", "/bin/jovo")).contains("jovo"));
  }

  private String verify(java.util.function.UnaryOperator<String> change) throws Exception {
    Path units = Path.of("systemd");
    String service = Files.readString(units.resolve("activated.service"));
    assertTrue(service.contains("ExecStart=/usr/bin/java "), service);
    service = service.replace("/usr/bin/java", System.getProperty("java.home") + "/bin/java");
    Path copy = Files.createTempDirectory(folder, "units");
    Files.writeString(copy.resolve("activated.service"), change.apply(service));
    Files.copy(units.resolve("activated.socket"), copy.resolve("activated.socket"));
    Process process =
        new ProcessBuilder(
                "systemd-analyze", "verify", "--man=no", "activated.socket", "activated.service")
            .directory(copy.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), US_ASCII);
    process.waitFor();
    return said;
  }
}
