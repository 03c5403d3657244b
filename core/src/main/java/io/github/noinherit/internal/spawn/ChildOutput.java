// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.HandleClosedException;
import io.github.noinherit.internal.jdk.JdkChannels;
import io.github.noinherit.internal.jdk.Wrapper;
import io.github.noinherit.internal.linux.Linux;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/*
 * What a child writes, for us to read; StandardStreams says what happens at the child's end.
 *
 * A thread that reads has the lock. The reaper never waits for it: if it does not get the lock, the
 * thread that has it looks again when it leaves. What is read into memory is read when no writer is
 * left, so it is no more than a pipe holds and the reads cannot block.
 *
 * A stream whose handle was asked for may have been passed to another child, whose input it is from
 * then on; what is in it is left to that child.
 */
final class ChildOutput extends InputStream implements Wrapper, PipeEnd.Listener {
  private final ReentrantLock lock = new ReentrantLock();
  private final Object handOver = new Object();
  private final PipeEnd<Pipe.SourceChannel> end;
  private final Cleaner.Cleanable cleanable;
  // guarded by lock
  private ByteBuffer inMemory = ByteBuffer.allocate(0);
  private @Nullable IOException failure;
  private boolean atEnd;
  private boolean settled;
  // guarded by handOver
  private boolean handedOut;
  private boolean takenIn;
  private volatile boolean mayBeGone;
  private volatile boolean closed;

  ChildOutput(int fd) throws IOException {
    end = new PipeEnd<>(fd, JdkChannels.source(fd));
    cleanable = end.closeWhenUnreachable(this);
  }

  @Override
  public Object wrapped() throws IOException {
    synchronized (handOver) {
      if (takenIn) {
        throw new HandleClosedException(
            "the child has ended, and what it wrote is in this process' memory already; to connect"
                + " two children use NoInherit.openPipe(): its sink as one's standard output, its"
                + " source as the other's standard input");
      }
      handedOut = true;
      return end.channel();
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
      if (inMemory.hasRemaining()) {
        int n = Math.min(length, inMemory.remaining());
        inMemory.get(bytes, offset, n);
        return n;
      }
      return atEnd ? -1 : fromPipe(ByteBuffer.wrap(bytes, offset, length));
    } finally {
      leave();
    }
  }

  private int fromPipe(ByteBuffer buffer) throws IOException {
    try {
      int n = end.channel().read(buffer);
      if (n < 0) {
        atEnd = true;
        release();
      }
      return n;
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (ClosedChannelException e) {
      throw new IOException("Stream closed", e);
    }
  }

  @Override
  public int available() throws IOException {
    lock.lock();
    try {
      ensureUsable();
      if (inMemory.hasRemaining() || atEnd) {
        return inMemory.remaining();
      }
      if (!end.channel().isOpen()) { // by an interrupt
        throw new IOException("Stream closed");
      }
      return Linux.available(end.fd());
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
    end.close();
    cleanable.clean();
  }

  /** Gives the lock back, and then does what the reaper could not do meanwhile. */
  private void leave() {
    lock.unlock();
    if (mayBeGone) {
      otherEndMayBeGone();
    }
  }

  @Override
  public void otherEndMayBeGone() {
    mayBeGone = true;
    if (lock.tryLock()) {
      try {
        mayBeGone = false;
        if (!settled && !closed && !atEnd) {
          settle();
        }
      } catch (IOException e) {
        failure = closed ? null : e; // told to whoever reads next
      } finally {
        lock.unlock();
      }
    }
  }

  /** Called with the lock. */
  private void settle() throws IOException {
    if (!end.isOtherEndGone()) {
      end.tellWhenOtherEndIsGone(this);
      return;
    }
    settled = true;
    synchronized (handOver) {
      if (!handedOut) {
        takenIn = true;
        takeIn();
      }
    }
  }

  private void takeIn() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    while (!closed && !atEnd) {
      int n = fromPipe(ByteBuffer.wrap(buffer));
      all.write(buffer, 0, Math.max(n, 0));
    }
    inMemory = ByteBuffer.wrap(all.toByteArray());
  }
}
