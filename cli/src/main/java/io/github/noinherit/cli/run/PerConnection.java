// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli.run;

import io.github.noinherit.NoInherit;
import io.github.noinherit.Spawn;
import io.github.noinherit.SpawnedProcess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/*
 * inetd style: one child for each connection, which is its standard input and output. Nothing else of
 * the connection is open anywhere: our copy is closed when the child has its own, so that the client
 * sees the end when the child closes.
 *
 * One platform thread for each listener accepts (a virtual one would make the listener non-blocking).
 * No more than MOST children run at a time; further clients wait in the backlog.
 */
final class PerConnection {
  /** As MaxConnections= of systemd.socket(5). */
  static final int MOST = 64;

  private static final long PAUSE_MILLIS = 100;
  private static final int SIGTERM = 15;

  private final Program program;
  private final List<Listener> listeners;
  private final Consumer<String> says;
  private final Semaphore room = new Semaphore(MOST);
  private final Set<SpawnedProcess> children = ConcurrentHashMap.newKeySet();
  private final CompletableFuture<Integer> ending = new CompletableFuture<>();

  PerConnection(Program program, List<Listener> listeners, Consumer<String> says) {
    this.program = program;
    this.listeners = List.copyOf(listeners);
    this.says = says;
  }

  /** A signal arrived: the first one ends us. */
  void signal(int number) {
    if (!ending.complete(number)) {
      children.forEach(child -> send(child, number));
    }
  }

  /**
   * Serves until a signal comes; then the children get it too, and their ends are waited for.
   *
   * @return 128 + the signal
   */
  int run() throws IOException, InterruptedException {
    program.check(); // what is wrong with it is wrong for each connection
    List<Thread> threads = new ArrayList<>();
    for (Listener l : listeners) {
      threads.add(Thread.ofPlatform().name("accept " + l.name()).daemon().start(() -> serve(l)));
    }
    int number;
    try {
      number = ending.join();
    } catch (CompletionException e) {
      children.forEach(child -> send(child, SIGTERM));
      throw new IOException("connections cannot be served: " + e.getCause(), e);
    }
    for (Listener l : listeners) {
      l.close();
    }
    for (Thread t : threads) {
      t.interrupt();
      t.join();
    }
    children.forEach(child -> send(child, number));
    for (SpawnedProcess child : children) {
      child.waitFor();
    }
    return 128 + number;
  }

  private void send(SpawnedProcess child, int number) {
    try {
      child.signal(number);
    } catch (IOException e) {
      says.accept(String.valueOf(e.getMessage()));
    }
  }

  private void serve(Listener listener) {
    try {
      while (true) {
        room.acquire();
        boolean isStarted = false;
        try {
          isStarted = acceptOne(listener);
        } finally {
          if (!isStarted) {
            room.release();
          }
        }
      }
    } catch (ClosedChannelException | InterruptedException e) {
      return; // told to end
    } catch (RuntimeException | Error e) { // one that no other connection would get round
      ending.completeExceptionally(e);
    }
  }

  private boolean acceptOne(Listener listener) throws ClosedChannelException, InterruptedException {
    try (SocketChannel connection = NoInherit.accept(listener.channel())) {
      if (connection == null) {
        return false;
      }
      Spawn spawn = program.spawn().stdin(connection).stdout(connection);
      spawn.removeEnvironment("REMOTE_ADDR").removeEnvironment("REMOTE_PORT");
      SocketAddress client = connection.getRemoteAddress();
      if (client instanceof InetSocketAddress address) {
        spawn.environment("REMOTE_ADDR", address.getAddress().getHostAddress());
        spawn.environment("REMOTE_PORT", Integer.toString(address.getPort()));
      }
      SpawnedProcess child = spawn.start();
      children.add(child);
      var _ =
          child
              .onExit()
              .thenRun(
                  () -> {
                    children.remove(child);
                    room.release();
                  });
      return true;
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      says.accept(String.valueOf(e.getMessage()));
      Thread.sleep(PAUSE_MILLIS); // out of descriptors, mostly
      return false;
    }
  }
}
