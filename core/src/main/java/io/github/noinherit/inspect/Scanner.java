// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.inspect;

import io.github.noinherit.internal.linux.LinkScan;
import io.github.noinherit.internal.posix.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/*
 * A look at the descriptors of all processes, on several cores: each worker takes the next group of
 * processes until none is left. The caller's thread is one of the workers.
 */
final class Scanner {
  private static final int MOST_WORKERS = 8;

  /** A descriptor that is wanted, before it was looked at closely. */
  record Match(int pid, int fd) {}

  /** Is this one wanted? Called by several threads at the same time. */
  interface Filter {
    boolean isWanted(int pid, byte[] answers, int from, int length);
  }

  /** What was found, in the order of pids and numbers, and what could not be looked at. */
  record Found(List<Match> matches, Unseen unseen) {}

  private static final Comparator<Match> BY_PID_AND_NUMBER =
      new Comparator<>() {
        @Override
        public int compare(Match a, Match b) {
          return a.pid() != b.pid()
              ? Integer.compare(a.pid(), b.pid())
              : Integer.compare(a.fd(), b.fd());
        }
      };

  private Scanner() {}

  /** Looks. */
  static Found scan(int[] pids, LinkScan.Question question, Filter filter) throws IOException {
    AtomicInteger next = new AtomicInteger();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    int groups = (pids.length + LinkScan.GROUP - 1) / LinkScan.GROUP;
    int workers = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_WORKERS);
    List<Worker> all = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < Math.min(workers, Math.max(groups, 1)); i++) {
      Worker worker = new Worker(pids, question, filter, next, failure);
      all.add(worker);
      if (i > 0) {
        threads.add(Thread.ofPlatform().daemon().name("noinherit-scan-" + i).start(worker));
      }
    }
    all.getFirst().run();
    join(threads);
    throwIfFailed(failure.get());
    List<Match> matches = new ArrayList<>();
    Map<Long, String> refused = new TreeMap<>();
    for (Worker worker : all) {
      matches.addAll(worker.matches);
      refused.putAll(worker.refused);
    }
    matches.sort(BY_PID_AND_NUMBER);
    return new Found(matches, new Unseen(pids.length, refused));
  }

  /** Not a switch over types, which takes milliseconds in a JVM that starts. */
  private static void throwIfFailed(@Nullable Throwable failure) throws IOException {
    if (failure instanceof IOException e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure != null) {
      throw new IOException(failure);
    }
  }

  private static void join(List<Thread> threads) {
    boolean isInterrupted = false;
    for (Thread thread : threads) {
      while (true) {
        try {
          thread.join();
          break;
        } catch (InterruptedException e) {
          isInterrupted = true; // the look is short, and its threads may not outlive it
        }
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Worker implements Runnable, LinkScan.Visitor {
    private final int[] pids;
    private final LinkScan.Question question;
    private final Filter filter;
    private final AtomicInteger next;
    private final AtomicReference<@Nullable Throwable> failure;
    private final List<Match> matches = new ArrayList<>();
    private final Map<Long, String> refused = new TreeMap<>();

    Worker(
        int[] pids,
        LinkScan.Question question,
        Filter filter,
        AtomicInteger next,
        AtomicReference<@Nullable Throwable> failure) {
      this.pids = pids;
      this.question = question;
      this.filter = filter;
      this.next = next;
      this.failure = failure;
    }

    @Override
    public void run() {
      try (LinkScan scan = new LinkScan(question)) {
        int from = next.getAndAdd(LinkScan.GROUP);
        while (from < pids.length && failure.get() == null) {
          scan.visit(pids, from, Math.min(from + LinkScan.GROUP, pids.length), this);
          from = next.getAndAdd(LinkScan.GROUP);
        }
      } catch (Throwable t) {
        failure.compareAndSet(null, t); // thrown again by the caller's thread
      }
    }

    @Override
    public void descriptor(int pid, int fd, byte[] answers, int from, int length) {
      if (filter.isWanted(pid, answers, from, length)) {
        matches.add(new Match(pid, fd));
      }
    }

    @Override
    public void refused(int pid, int errno) {
      refused.put((long) pid, Errno.name(errno));
    }
  }
}
