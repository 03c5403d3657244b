// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.internal.handle.AtomicOpen;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/*
 * Our ends of a child's standard streams: pipes, as selectable channels of the JDK, so that a virtual
 * thread that reads or writes one leaves its carrier.
 *
 * Programs often never close these streams, and the JDK has always given the descriptors back when
 * the child ends. So do we, without losing what was written. When the child has ended and nobody
 * else has the other end of the pipe any more,
 *   - what is in an output pipe is read into memory, and the pipe is closed (ChildOutput);
 *   - an input pipe is closed (ChildInput).
 * As long as somebody else has the other end, a grandchild, or for a moment another child that is
 * just being born, the pipe stays, and the reaper is told when that is over (PipeEnd). The JDK closes
 * the pipe all the same, and the grandchild dies of SIGPIPE.
 */
final class StandardStreams {
  private StandardStreams() {}

  /** With a buffer, which is made when it is first needed. */
  static InputStream buffered(InputStream stream) {
    return stream instanceof ChildOutput ? new BufferedInputStream(stream) : stream;
  }

  /** With a buffer, which a virtual thread starts with 512 bytes. */
  static OutputStream buffered(OutputStream stream) {
    return stream instanceof ChildInput ? new BufferedOutputStream(stream) : stream;
  }

  /** A pipe to be: our end as a stream, the child's end as a number. */
  record Piped<S>(S stream, int childEnd) {}

  /** Makes our stream out of our end. */
  private interface Ours<S> {
    S of(int end) throws IOException;
  }

  /** The child's output, for us to read. */
  static Piped<InputStream> fromChild() throws IOException {
    return piped(0, ChildOutput::new);
  }

  /** The child's input, for us to write. */
  static Piped<OutputStream> toChild() throws IOException {
    return piped(1, ChildInput::new);
  }

  private static <S> Piped<S> piped(int ours, Ours<S> stream) throws IOException {
    int[] ends = AtomicOpen.pipeEnds();
    try {
      return new Piped<>(stream.of(ends[ours]), ends[1 - ours]);
    } catch (IOException | RuntimeException | Error e) {
      AtomicOpen.close(ends[0], e);
      AtomicOpen.close(ends[1], e);
      throw e;
    }
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
}
