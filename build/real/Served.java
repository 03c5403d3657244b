// SPDX-License-Identifier: Apache-2.0

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32;

/**
 * The other side of a server: 10,000 requests over 8 connections that stay open, each with a body
 * of its own that must come back.
 */
final class Served {
  private static final int CONNECTIONS = 8;
  private static final int REQUESTS = 10_000;

  private Served() {}

  /**
   * Asks, and prints how many answers were right and a checksum over all; then, with all
   * connections still open, which sockets a child would inherit.
   */
  static void report(int port) throws IOException, InterruptedException, ExecutionException {
    List<HttpClient> clients = new ArrayList<>();
    List<Callable<Long>> conversations = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      int number = i;
      // One that asks one thing after the other by HTTP/1.1 has one connection.
      HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
      clients.add(client);
      conversations.add(() -> conversation(client, port, number));
    }
    long sum = 0;
    try (var threads = Executors.newFixedThreadPool(CONNECTIONS)) {
      for (Future<Long> f : threads.invokeAll(conversations)) {
        sum += f.get();
      }
    }
    System.out.println(REQUESTS + " answers over " + CONNECTIONS + " connections, checksum " + sum);
    Sockets.report(port);
    clients.forEach(HttpClient::close);
  }

  private static long conversation(HttpClient client, int port, int number)
      throws IOException, InterruptedException {
    CRC32 sum = new CRC32();
    for (int i = 0; i < REQUESTS / CONNECTIONS; i++) {
      String question = "/" + number + "/" + i;
      var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + question));
      var answer = client.send(request.build(), BodyHandlers.ofString());
      if (answer.statusCode() != 200 || !answer.body().equals(question)) {
        throw new IOException(question + " was answered " + answer + ": " + answer.body());
      }
      sum.update(answer.body().getBytes(StandardCharsets.UTF_8));
    }
    return sum.getValue();
  }
}
