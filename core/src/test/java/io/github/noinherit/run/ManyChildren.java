// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.run;

import io.github.noinherit.Spawn;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * A program: many children, each started and read by a virtual thread of its own, and other virtual
 * threads that work meanwhile. Prints {@code name=value} lines, for {@link ScaleTest} and for
 * people.
 *
 * <p>Each child is a {@code cat} that is silent most of the time. A few at a time are written to,
 * and what comes back is counted. The work is counted in windows of half a second: before there are
 * children, while all of them are being read, and after their end.
 *
 * <p>Arguments: how many children; {@code noinherit} or {@code processbuilder}.
 */
final class ManyChildren {
  private static final int WORKERS = 8;
  private static final long REST_NANOS = 100_000;
  private static final int WINDOWS = 6;
  private static final int AT_A_TIME = 20;
  private static final int BUFFER = 8192;
  private static final byte[] LINE = {'l', 'i', 'n', 'e', '\n'};

  private final int count;
  private final boolean ours;
  private final AtomicLongArray work = new AtomicLongArray(WORKERS * 16);
  private final AtomicLong bytesRead = new AtomicLong();
  private final AtomicLong ended = new AtomicLong();
  private final AtomicLong startNanos = new AtomicLong();
  private final Process[] children;
  private volatile boolean over;

  private ManyChildren(int count, boolean ours) {
    this.count = count;
    this.ours = ours;
    children = new Process[count];
  }

  public static void main(String[] arguments) throws Exception {
    new ManyChildren(Integer.parseInt(arguments[0]), arguments[1].equals("noinherit")).run();
    System.exit(0); // readers that hold the carriers would be waited for
  }

  private Process start() throws IOException {
    return ours
        ? Spawn.command("cat").stderr(Redirect.DISCARD).start()
        : new ProcessBuilder("cat").redirectError(Redirect.DISCARD).start();
  }

  private static void say(String name, Object value) {
    System.out.println(name + "=" + value);
  }

  private void run() throws Exception {
    for (int i = 0; i < 3; i++) {
      endOne(start());
    }
    for (int i = 0; i < WORKERS; i++) {
      int slot = i * 16;
      Thread.ofVirtual().start(() -> work(slot));
    }
    long before = best(false);
    long platformThreads = Thread.getAllStackTraces().size();
    long heapBefore = liveHeap();

    CountDownLatch started = new CountDownLatch(count);
    long begin = System.nanoTime();
    for (int i = 0; i < count; i++) {
      int n = i;
      Thread.ofVirtual().start(() -> startAndRead(n, started));
    }
    boolean all = started.await(60, TimeUnit.SECONDS);
    say("allStarted", all);
    if (!all) {
      say("started", count - started.getCount());
    }
    say("startsPerSecond", count * 1_000_000_000L / (System.nanoTime() - begin));
    Thread.sleep(500); // the last of them come to wait
    say("heapBytesPerChild", (liveHeap() - heapBefore) / count);
    say("morePlatformThreads", Thread.getAllStackTraces().size() - platformThreads);
    say(
        "reapers",
        Thread.getAllStackTraces().keySet().stream()
            .filter(t -> t.getName().equals("noinherit-reaper"))
            .count());
    long during = best(true);
    long bytes = talked * (long) LINE.length;
    for (int i = 0; i < 200 && bytesRead.get() < bytes; i++) {
      Thread.sleep(10);
    }
    say("linesWritten", talked);
    say("linesRead", bytesRead.get() / LINE.length);
    for (Process child : children) {
      if (child != null) {
        child.getOutputStream().close();
      }
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (ended.get() < count && System.nanoTime() < end) {
      Thread.sleep(10);
    }
    say("endedWell", ended.get());
    long after = best(false);
    over = true;
    say("workBefore", before);
    say("workDuring", during);
    say("workAfter", after);
    say("ratio", during * 2.0 / (before + after));
  }

  private static void endOne(Process child) throws IOException, InterruptedException {
    child.getOutputStream().close();
    child.getInputStream().readAllBytes();
    child.waitFor();
    child.getInputStream().close();
  }

  private void startAndRead(int n, CountDownLatch started) {
    byte[] buffer = new byte[BUFFER];
    try {
      long begin = System.nanoTime();
      Process child = start();
      startNanos.addAndGet(System.nanoTime() - begin);
      children[n] = child;
      started.countDown();
      try (InputStream in = child.getInputStream()) {
        for (int r = in.read(buffer); r >= 0; r = in.read(buffer)) {
          bytesRead.addAndGet(r);
        }
      }
      if (child.waitFor() == 0) {
        ended.incrementAndGet();
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Some work, and a short rest again and again. Not Thread.yield: virtual threads that only yield
   * keep the scheduler from what others submit (seen on JDK 25.0.3).
   */
  private void work(int slot) {
    long x = slot + 1L;
    while (!over) {
      for (int i = 0; i < 100_000; i++) {
        x ^= x << 13;
        x ^= x >>> 7;
        x ^= x << 17;
      }
      work.addAndGet(slot, x == 0 ? 2 : 1);
      LockSupport.parkNanos(REST_NANOS);
    }
  }

  private long worked() {
    long sum = 0;
    for (int i = 0; i < work.length(); i++) {
      sum += work.get(i);
    }
    return sum;
  }

  private int talked;

  /** The most work done in half a second: others may use the machine in some windows. */
  private long best(boolean talking) throws IOException, InterruptedException {
    long best = 0;
    for (int i = 0; i < WINDOWS; i++) {
      long before = worked();
      for (int k = 0; k < 5; k++) {
        Thread.sleep(100);
        if (talking) {
          talk();
        }
      }
      best = Math.max(best, worked() - before);
    }
    return best;
  }

  private void talk() throws IOException {
    for (int i = 0; i < Math.min(AT_A_TIME, count); i++) {
      Process child = children[talked % count];
      if (child == null) {
        return;
      }
      OutputStream out = child.getOutputStream();
      out.write(LINE);
      out.flush();
      talked++;
    }
  }

  /** What is reachable, by the histogram that HotSpot makes after a full collection. */
  private static long liveHeap() throws JMException {
    Object histogram =
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "gcClassHistogram",
                new Object[] {null},
                new String[] {String[].class.getName()});
    String total =
        String.valueOf(histogram)
            .lines()
            .filter(line -> line.startsWith("Total"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(total.strip().split("\\s+", -1)[2]);
  }
}
