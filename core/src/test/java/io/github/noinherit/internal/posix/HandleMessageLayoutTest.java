// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.posix;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.noinherit.CProgram;
import io.github.noinherit.testkit.Need;
import io.github.noinherit.testkit.Needs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The message that carries descriptors is, byte by byte, what the macros of cmsg(3) build. */
@Needs(Need.COMPILER)
final class HandleMessageLayoutTest {
  @Test
  void isWhatTheMacrosBuild(@TempDir Path folder) throws Exception {
    List<String> body = new ArrayList<>();
    body.add(CProgram.print("msghdr", "sizeof(struct msghdr)"));
    body.add(CProgram.print("iov", "offsetof(struct msghdr, msg_iov)"));
    body.add(CProgram.print("iovlen", "offsetof(struct msghdr, msg_iovlen)"));
    body.add(CProgram.print("control", "offsetof(struct msghdr, msg_control)"));
    body.add(CProgram.print("controllen", "offsetof(struct msghdr, msg_controllen)"));
    for (int n = 1; n <= HandleMessage.MOST; n++) {
      body.add(CProgram.print("space" + n, "CMSG_SPACE(4 * " + n + ")"));
    }
    for (int n = 1; n <= 3; n++) {
      body.add(
          """
          { union { struct cmsghdr h; char b[CMSG_SPACE(4 * %1$d)]; } u = {0};
            struct msghdr m = {0}; m.msg_control = u.b; m.msg_controllen = sizeof u.b;
            struct cmsghdr *c = CMSG_FIRSTHDR(&m);
            c->cmsg_level = SOL_SOCKET; c->cmsg_type = SCM_RIGHTS; c->cmsg_len = CMSG_LEN(4 * %1$d);
            for (int i = 0; i < %1$d; i++) ((int *) CMSG_DATA(c))[i] = 1000 + i;
            printf("bytes%1$d=");
            for (size_t i = 0; i < sizeof u.b; i++) printf("%%02x", (unsigned char) u.b[i]);
            printf("\\n"); }
          """
              .formatted(n));
    }
    Map<String, String> c = CProgram.run(folder, List.of("sys/socket.h"), body);
    assertEquals("56", c.get("msghdr"));
    assertEquals("16", c.get("iov"));
    assertEquals("24", c.get("iovlen"));
    assertEquals("32", c.get("control"));
    assertEquals("40", c.get("controllen"));
    for (int n = 1; n <= HandleMessage.MOST; n++) {
      assertEquals(c.get("space" + n), "" + HandleMessage.controlSpace(n));
    }
    try (Arena arena = Arena.ofConfined()) {
      for (int n = 1; n <= 3; n++) {
        int[] descriptors = new int[n];
        for (int i = 0; i < n; i++) {
          descriptors[i] = 1000 + i;
        }
        MemorySegment message = HandleMessage.outgoing(arena, descriptors);
        byte[] control =
            MemorySegment.ofAddress(message.get(JAVA_LONG, 32))
                .reinterpret(message.get(JAVA_LONG, 40))
                .toArray(JAVA_BYTE);
        assertEquals(c.get("bytes" + n), HexFormat.of().formatHex(control));
      }
    }
  }
}
