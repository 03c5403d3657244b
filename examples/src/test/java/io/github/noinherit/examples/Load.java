// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.examples;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/*
 * Clients, each a thread with a connection of its own, that ask and ask, and count how each request
 * came out. Half of them connect for each request. The other half keep their connection until the
 * server says that it closes, or ends it. If a *kept* connection has ended before an answer began, the
 * request is sent once more on a new one: HTTP says that a client must reckon with that (RFC 9112,
 * 9.3.1). Nothing else is tried again.
 *
 * A request is sent in two parts. Before each part the client waits for a moment, mostly below 2 ms and
 * sometimes up to 50: so there always are connections that are accepted and have not asked yet, and
 * requests of which a part is still on its way, for longer than a restart takes to begin.
 */
/** A load generator. */
final class Load implements AutoCloseable {
  /** How a request came out. */
  enum Outcome {
    ANSWERED,
    /** Nobody listened. */
    REFUSED,
    /** The connection failed otherwise while it was made. */
    NOT_CONNECTED,
    /** Connected, and no whole answer. */
    LOST
  }

  private static final int CLIENTS = 16;
  private static final int PAUSE_NANOSECONDS = 2_000_000;
  private static final int LONG_PAUSE_NANOSECONDS = 50_000_000;
  private static final int ONE_IN = 20;

  private final int port;
  private final Map<Outcome, Long> outcomes = new ConcurrentHashMap<>();
  private final AtomicLong retried = new AtomicLong();
  private final LongAccumulator slowest = new LongAccumulator(Math::max, 0);
  private final Set<String> answers = ConcurrentHashMap.newKeySet();
  private final Queue<String> complaints = new ConcurrentLinkedQueue<>();
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofPlatform().name("client-", 0).daemon().factory());
  private final List<Future<?>> clients = new ArrayList<>();
  private volatile boolean stopped;

  Load(int port) {
    this.port = port;
    for (int i = 0; i < CLIENTS / 2; i++) {
      clients.add(threads.submit(this::connectForEach));
      clients.add(threads.submit(this::keepAlive));
    }
  }

  long count(Outcome outcome) {
    return outcomes.getOrDefault(outcome, 0L);
  }

  /** All that did not go well. */
  long failures() {
    return count(Outcome.REFUSED) + count(Outcome.NOT_CONNECTED) + count(Outcome.LOST);
  }

  /** The different answers. */
  Set<String> answers() {
    return Set.copyOf(answers);
  }

  private void connectForEach() {
    while (!stopped) {
      try (HttpClient client = connect()) {
        if (client != null) {
          answered(ask(client, true));
        }
      } catch (IOException e) {
        lost(e.toString());
      }
    }
  }

  private void keepAlive() {
    HttpClient client = null;
    while (!stopped) {
      try {
        Optional<String> answer = Optional.empty();
        if (client != null && client.isOpen()) {
          answer = ask(client, false);
          if (answer.isEmpty()) {
            retried.incrementAndGet();
          }
        }
        if (answer.isEmpty()) {
          client = connect();
          if (client == null) {
            continue;
          }
          answer = ask(client, false);
        }
        answered(answer);
      } catch (IOException e) {
        lost(e.toString());
      }
    }
    close(client);
  }

  private Optional<String> ask(HttpClient client, boolean last) throws IOException {
    pause();
    client.begin();
    pause();
    long sent = System.nanoTime();
    Optional<String> answer = client.finish(last);
    slowest.accumulate((System.nanoTime() - sent) / 1_000_000);
    return answer;
  }

  private static void close(@Nullable HttpClient client) {
    if (client != null) {
      try {
        client.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private @Nullable HttpClient connect() {
    try {
      return new HttpClient(port);
    } catch (ConnectException e) {
      Outcome outcome =
          ("" + e.getMessage()).contains("refused") ? Outcome.REFUSED : Outcome.NOT_CONNECTED;
      count(outcome, e.toString());
    } catch (IOException e) {
      count(Outcome.NOT_CONNECTED, e.toString());
    }
    pause();
    return null;
  }

  private void answered(Optional<String> answer) {
    if (answer.isPresent()) {
      answers.add(answer.get());
      outcomes.merge(Outcome.ANSWERED, 1L, Long::sum);
    } else {
      lost("the connection ended before an answer began");
    }
  }

  private void lost(String why) {
    count(Outcome.LOST, why);
  }

  private void count(Outcome outcome, String why) {
    outcomes.merge(outcome, 1L, Long::sum);
    if (complaints.size() < 5) {
      complaints.add(why);
    }
  }

  private static void pause() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    LockSupport.parkNanos(
        random.nextInt(random.nextInt(ONE_IN) == 0 ? LONG_PAUSE_NANOSECONDS : PAUSE_NANOSECONDS));
  }

  /** Ends all clients, each after its request. */
  void stop() throws ExecutionException, InterruptedException {
    stopped = true;
    for (Future<?> client : clients) {
      client.get();
    }
  }

  @Override
  public void close() {
    stopped = true;
    threads.close();
  }

  @Override
  public String toString() {
    return "%s, %d of them at the second attempt, the slowest after %d ms%s"
        .formatted(
            new TreeMap<>(outcomes),
            retried.get(),
            slowest.get(),
            complaints.isEmpty() ? "" : " " + complaints);
  }
}
