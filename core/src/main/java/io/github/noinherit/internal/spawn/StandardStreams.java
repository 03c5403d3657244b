// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.github.noinherit.HandleClosedException;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.handle.AtomicOpen;
import io.github.noinherit.internal.jdk.JdkChannels;
import io.github.noinherit.internal.jdk.Wrapper;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Errno;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/*
 * Our ends of a child's standard streams: pipes, as selectable channels of the JDK, so that a virtual
 * thread that reads or writes one leaves its carrier.
 *
 * Programs often never close these streams, and the JDK has always given the descriptors back when
 * the child ends. So do we, without losing what was written: at the child's end
 *   - what is in an output pipe is read into memory, and if nobody else has the other end, the pipe
 *     is closed; a grandchild that still has it goes on, and the pipe stays until end of file, close
 *     or garbage collection. (The JDK closes it all the same, and the grandchild dies of SIGPIPE.)
 *   - an input pipe is closed if nobody is left to read it.
 * A thread that is reading at that moment has the lock, and does the same when it leaves. A stream
 * whose handle was asked for, to be passed to another child, is left alone.
 */
final class StandardStreams {
  /**
   * The most that is read into memory at the end: more than a pipe holds unless it was enlarged.
   */
  private static final int MOST_DRAINED = 1 << 20;

  /** struct pollfd { int fd; short events; short revents; } (asm-generic/poll.h). */
  private static final int POLLFD = 8;

  private static final short POLLIN = 1;
  private static final short POLLERR = 8;

  private StandardStreams() {}

  /** A stream that wants to know when the child has ended. */
  interface AfterExit {
    void childEnded();
  }

  /** What a buffered stream wraps, if it is one of ours. */
  static Object inner(Object stream) {
    return switch (stream) {
      case FromChild s -> s.in();
      case ToChild s -> s.out();
      default -> stream;
    };
  }

  /** A pipe to be: our end as a stream, the child's end as a number. */
  record Piped<S>(S stream, int childEnd) {}

  /** The child's output, for us to read. */
  static Piped<InputStream> fromChild() throws IOException {
    int[] ends = AtomicOpen.pipeEnds();
    return new Piped<>(new FromChild(new Output(ends[0])), ends[1]);
  }

  /** The child's input, for us to write. */
  static Piped<OutputStream> toChild() throws IOException {
    int[] ends = AtomicOpen.pipeEnds();
    return new Piped<>(new ToChild(new Input(ends[1])), ends[0]);
  }

  /** No pipe: nothing to read. */
  static InputStream nothingToRead() {
    return InputStream.nullInputStream();
  }

  /** No pipe: nobody to write to. */
  static OutputStream nobodyToWriteTo() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        throw new IOException("the child's standard input is not a pipe");
      }
    };
  }

  private static final class FromChild extends BufferedInputStream {
    FromChild(Output output) {
      super(output);
    }

    Object in() {
      return in == null ? this : in;
    }
  }

  private static final class ToChild extends BufferedOutputStream {
    ToChild(Input input) {
      super(input);
    }

    Object out() {
      return out;
    }
  }

  /** What poll(2) says of a descriptor now. */
  private static short poll(int fd, short events) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pollfd = arena.allocate(POLLFD, 4);
      pollfd.set(JAVA_INT, 0, fd);
      pollfd.set(JAVA_SHORT, 4, events);
      CallResult result;
      do {
        result = Linux.poll(pollfd, 1, 0);
      } while (result.failed() && result.errno() == Errno.EINTR);
      result.orThrow("poll(%d)", fd);
      return pollfd.get(JAVA_SHORT, 6);
    }
  }

  private static final class Output extends InputStream implements AfterExit, Wrapper {
    private final ReentrantLock lock = new ReentrantLock();
    private final int fd;
    private final Pipe.SourceChannel channel;
    private final Cleaner.Cleanable cleanable;
    private ByteBuffer drained = ByteBuffer.allocate(0);
    private @Nullable IOException failure;
    private boolean atEnd;
    private boolean settled;
    private final Object handOver = new Object();
    private boolean handedOut;
    private boolean inMemory;
    private volatile boolean childEnded;
    private volatile boolean closed;

    Output(int fd) throws IOException {
      this.fd = fd;
      channel = JdkChannels.source(fd);
      cleanable = JdkChannels.closeWhenUnreachable(this, channel);
    }

    /** Who asks for the handle may pass it to another child, whose input it is from then on. */
    @Override
    public Object wrapped() throws IOException {
      synchronized (handOver) {
        if (inMemory) {
          throw new HandleClosedException(
              "the child has ended, and what it wrote is in this process' memory already; to"
                  + " connect two children use NoInherit.openPipe(): its sink as one's standard"
                  + " output, its source as the other's standard input");
        }
        handedOut = true;
        return channel;
      }
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      Objects.checkFromIndexSize(offset, length, bytes.length);
      if (length == 0) {
        return 0;
      }
      lock.lock();
      try {
        ensureUsable();
        if (drained.hasRemaining()) {
          int n = Math.min(length, drained.remaining());
          drained.get(bytes, offset, n);
          return n;
        }
        return atEnd ? -1 : fromPipe(ByteBuffer.wrap(bytes, offset, length));
      } finally {
        leave();
      }
    }

    private int fromPipe(ByteBuffer buffer) throws IOException {
      try {
        int n = channel.read(buffer);
        if (n < 0) {
          atEnd = true;
          release();
        }
        return n;
      } catch (ClosedChannelException e) {
        throw streamClosed(e);
      }
    }

    @Override
    public int available() throws IOException {
      lock.lock();
      try {
        ensureUsable();
        return drained.hasRemaining() || atEnd ? drained.remaining() : Linux.available(fd);
      } finally {
        leave();
      }
    }

    private void ensureUsable() throws IOException {
      if (closed) {
        throw new IOException("Stream closed");
      }
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public void close() throws IOException {
      closed = true;
      release();
    }

    private void release() throws IOException {
      channel.close();
      cleanable.clean();
    }

    /** Gives the lock back, and then does what childEnded() could not do meanwhile. */
    private void leave() {
      boolean done = settled;
      lock.unlock();
      if (childEnded && !done) {
        childEnded();
      }
    }

    @Override
    public void childEnded() {
      childEnded = true;
      if (lock.tryLock()) {
        try {
          if (!settled) {
            settled = true;
            settle();
          }
        } finally {
          lock.unlock();
        }
      }
    }

    /**
     * Reads what is there, and closes at end of file. Called once, with the lock. Not done if
     * another process may read from the pipe: it is its input, and a read after poll might block.
     */
    private void settle() {
      synchronized (handOver) {
        if (!handedOut) {
          inMemory = true;
          drain();
        }
      }
    }

    private void drain() {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      try {
        while (!closed && !atEnd && all.size() < MOST_DRAINED && poll(fd, POLLIN) != 0) {
          int n = fromPipe(ByteBuffer.wrap(buffer));
          all.write(buffer, 0, Math.max(n, 0));
        }
      } catch (IOException e) {
        failure = closed ? null : e; // told to whoever reads next
      }
      drained = ByteBuffer.wrap(all.toByteArray());
    }
  }

  private static IOException streamClosed(ClosedChannelException cause) {
    return new IOException("Stream closed", cause);
  }

  private static final class Input extends OutputStream implements AfterExit, Wrapper {
    private final int fd;
    private final Pipe.SinkChannel channel;
    private final Cleaner.Cleanable cleanable;
    private volatile @Nullable IOException failure;

    Input(int fd) throws IOException {
      this.fd = fd;
      channel = JdkChannels.sink(fd);
      cleanable = JdkChannels.closeWhenUnreachable(this, channel);
    }

    @Override
    public Object wrapped() {
      return channel;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      IOException failed = failure;
      if (failed != null) {
        throw failed;
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
      try {
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
      } catch (ClosedChannelException e) {
        throw streamClosed(e);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
      cleanable.clean();
    }

    @Override
    public void childEnded() {
      try {
        if (channel.isOpen() && (poll(fd, (short) 0) & POLLERR) != 0) {
          close();
        }
      } catch (IOException e) {
        failure = e; // told to whoever writes next
      }
    }
  }
}
