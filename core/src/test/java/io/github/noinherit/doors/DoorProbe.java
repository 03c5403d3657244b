// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.doors;

import io.github.noinherit.Capability;
import io.github.noinherit.Handle;
import io.github.noinherit.NoInherit;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A program that uses everything that needs the JDK's private state, and says by which door. */
public final class DoorProbe {
  private DoorProbe() {}

  public static void main(String[] arguments) throws IOException {
    System.out.println(Capability.JDK_HANDLES.check().reason());
    try (ServerSocketChannel listener = NoInherit.openServerSocketChannel();
        SocketChannel client = NoInherit.openSocketChannel();
        Selector selector = NoInherit.openSelector()) {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      client.connect(listener.getLocalAddress());
      try (SocketChannel accepted = NoInherit.accept(listener)) {
        System.out.println(Handle.of(accepted).isInheritable());
      }
      NoInherit.openDatagramChannel().close();
      NoInherit.open(Path.of("/dev/null")).close();
      Pipe pipe = NoInherit.openPipe();
      pipe.source().close();
      pipe.sink().close();
      NoInherit.setNoInherit(selector, false);
      System.out.println(NoInherit.isInheritable(selector));
    }
  }
}
