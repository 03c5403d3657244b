// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * Standard output, with two things that {@code System.out} does not do: a line that could not be
 * written is an error, and texts can ask how wide the page is and whether it has colours.
 *
 * <p>It must be {@link #flush flushed} for the errors to be seen; {@link #line} flushes.
 */
public final class Output {
  private final FirstFailure stream;
  private final PrintWriter writer;
  private final Page page;

  /** Output to a stream in the given encoding. */
  public Output(OutputStream stream, Charset charset, Page page) {
    this.stream = new FirstFailure(stream);
    this.writer = new PrintWriter(new OutputStreamWriter(this.stream, charset));
    this.page = page;
  }

  /** How wide it is, and whether it has colours. */
  public Page page() {
    return page;
  }

  /** For code that wants a writer; flush this output afterwards. */
  PrintWriter writer() {
    return writer;
  }

  /** Writes a line and sees that it is out. */
  public void line(String text) {
    writer.print(text);
    writer.print('\n');
    flush();
  }

  /** Writes what is pending; throws {@link OutputFailed} if anything could not be written. */
  public void flush() {
    writer.flush();
    if (stream.failure != null) {
      throw new OutputFailed(stream.failure);
    }
  }

  /** A PrintWriter forgets what went wrong; this remembers the first. */
  private static final class FirstFailure extends FilterOutputStream {
    private @Nullable IOException failure;

    FirstFailure(OutputStream out) {
      super(out);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        failure = failure == null ? e : failure;
        throw e;
      }
    }

    @Override
    public void flush() throws IOException {
      try {
        out.flush();
      } catch (IOException e) {
        failure = failure == null ? e : failure;
        throw e;
      }
    }
  }
}
