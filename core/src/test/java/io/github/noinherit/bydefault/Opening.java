// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.bydefault;

import static java.lang.ProcessBuilder.Redirect.DISCARD;

import io.github.noinherit.NoInherit;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Opens and closes one of everything by the JDK's own means, again and again, and counts. Where it
 * is to mark handles afterwards, it opens only what a handle can be asked of, and calls {@link
 * NoInherit#setNoInherit} on it at once.
 */
@SuppressWarnings("StreamResourceLeak") // whoever asks for a stream closes it
final class Opening implements AutoCloseable {
  private interface Opener {
    Closeable open() throws IOException;
  }

  private record Kind(String name, boolean holder, Opener opener) {}

  private static final Path NULL = Path.of("/dev/null");
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private final boolean marking;
  private final Path folder;
  private final List<Kind> kinds = new ArrayList<>();
  private final AtomicLongArray counts;

  Opening(boolean marking) throws IOException {
    this.marking = marking;
    folder = Files.createTempDirectory("opening");
    Path file = Files.writeString(folder.resolve("file"), "file\n");
    Path zip = folder.resolve("file.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.putNextEntry(new ZipEntry("entry"));
      out.closeEntry();
    }
    holder("FileInputStream", () -> new FileInputStream(file.toFile()));
    holder("RandomAccessFile", () -> new RandomAccessFile(file.toFile(), "rw"));
    holder("FileChannel", () -> FileChannel.open(file));
    holder("AsynchronousFileChannel", () -> AsynchronousFileChannel.open(file));
    holder("DatagramChannel", DatagramChannel::open);
    holder("DatagramSocket", () -> new DatagramSocket(0, LOOPBACK));
    holder("ServerSocketChannel", ServerSocketChannel::open);
    holder("Selector", Selector::open);
    holder("Pipe", this::pipe);
    internal("WatchService", () -> FileSystems.getDefault().newWatchService());
    internal("DirectoryStream", () -> Files.newDirectoryStream(folder));
    internal("ZipFile", () -> new ZipFile(zip.toFile()));
    counts = new AtomicLongArray(kinds.size() + 2);
  }

  private void holder(String name, Opener opener) {
    kinds.add(new Kind(name, true, opener));
  }

  private void internal(String name, Opener opener) {
    kinds.add(new Kind(name, false, opener));
  }

  private <T extends Closeable> T marked(T opened) throws IOException {
    if (marking) {
      NoInherit.setNoInherit(opened);
    }
    return opened;
  }

  private Closeable pipe() throws IOException {
    Pipe pipe = Pipe.open();
    marked(pipe.sink()).close();
    return pipe.source();
  }

  /** One of each, but sockets that connect and processes. */
  void each() throws IOException {
    for (int i = 0; i < kinds.size(); i++) {
      Kind kind = kinds.get(i);
      if (kind.holder() || !marking) {
        try (Closeable opened = kind.opener().open()) {
          if (kind.holder()) {
            marked(opened);
          }
        }
        counts.incrementAndGet(i);
      }
    }
  }

  /** A listener, and ten connections to it, of which every other is a {@link Socket}'s. */
  void connections() throws IOException {
    try (ServerSocketChannel listener = marked(ServerSocketChannel.open())) {
      listener.bind(new InetSocketAddress(LOOPBACK, 0));
      InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
      for (int i = 0; i < 5; i++) {
        try (SocketChannel client = marked(SocketChannel.open(address))) {
          marked(listener.accept()).close();
          // no TIME_WAIT: ports are finite
          client.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        try (Socket client = marked(new Socket(LOOPBACK, address.getPort()))) {
          client.setSoLinger(true, 0);
          marked(listener.socket().accept()).close();
        }
      }
    }
    counts.addAndGet(kinds.size(), 10);
  }

  /** A child of {@link ProcessBuilder}; every other one has files for its standard streams. */
  void process(long number) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("true");
    if (number % 2 == 1) {
      builder.redirectInput(NULL.toFile()).redirectOutput(DISCARD).redirectError(DISCARD);
    }
    Process process = builder.start();
    try {
      process.waitFor();
    } finally {
      process.destroyForcibly();
      process.getInputStream().close();
      process.getErrorStream().close();
      process.getOutputStream().close();
    }
    counts.incrementAndGet(kinds.size() + 1);
  }

  /** What was opened so far, all together. */
  long total() {
    long sum = 0;
    for (int i = 0; i < counts.length(); i++) {
      sum += counts.get(i);
    }
    return sum;
  }

  /** What was opened least often, and how often. */
  String rarest() {
    int rarest = 0;
    for (int i = 1; i < counts.length(); i++) {
      rarest = counts.get(i) < counts.get(rarest) ? i : rarest;
    }
    String name =
        rarest < kinds.size()
            ? kinds.get(rarest).name()
            : List.of("connection", "Process").get(rarest - kinds.size());
    return name + " " + counts.get(rarest);
  }

  @Override
  public void close() throws IOException {
    for (String name : List.of("file", "file.zip")) {
      Files.delete(folder.resolve(name));
    }
    Files.delete(folder);
  }
}
