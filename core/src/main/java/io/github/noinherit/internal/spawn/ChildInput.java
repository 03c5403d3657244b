// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.jdk.JdkChannels;
import io.github.noinherit.internal.jdk.Wrapper;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import org.jspecify.annotations.Nullable;

/** What we write, for a child to read; StandardStreams says what happens at the child's end. */
final class ChildInput extends OutputStream implements Wrapper, PipeEnd.Listener {
  private final PipeEnd<Pipe.SinkChannel> end;
  private final Cleaner.Cleanable cleanable;
  private volatile @Nullable IOException failure;

  ChildInput(int fd) throws IOException {
    end = new PipeEnd<>(fd, JdkChannels.sink(fd));
    cleanable = end.closeWhenUnreachable(this);
  }

  @Override
  public Object wrapped() {
    return end.channel();
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
        end.channel().write(buffer);
      }
    } catch (ClosedByInterruptException e) {
      throw e;
    } catch (ClosedChannelException e) {
      throw new IOException("Stream closed", e);
    }
  }

  @Override
  public void close() throws IOException {
    end.close();
    cleanable.clean();
  }

  @Override
  public void otherEndMayBeGone() {
    try {
      if (!end.channel().isOpen()) {
        return;
      }
      if (end.isOtherEndGone()) {
        close();
      } else {
        end.tellWhenOtherEndIsGone(this);
      }
    } catch (IOException e) {
      failure = e; // told to whoever writes next
    }
  }
}
