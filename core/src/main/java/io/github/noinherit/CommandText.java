// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.util.List;
import java.util.stream.Collectors;

/** Pure: commands, and what they wrote, for messages. */
final class CommandText {
  private static final int LONGEST_COMMAND = 300;
  private static final int MOST_OF_ERROR = 2000;

  private CommandText() {}

  /** The encoding in which other programs write: {@link Process#inputReader()}'s. */
  static Charset nativeEncoding() {
    return Charset.forName(System.getProperty("native.encoding"), Charset.defaultCharset());
  }

  /** Text for other programs to read. */
  static byte[] encode(String text) {
    Charset charset = nativeEncoding();
    try {
      ByteBuffer bytes = charset.newEncoder().encode(CharBuffer.wrap(text));
      byte[] result = new byte[bytes.remaining()];
      bytes.get(result);
      return result;
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "the input has a character that cannot be written in "
              + charset
              + ", the encoding of this JVM's locale; give its bytes in the encoding that is"
              + " wanted",
          e);
    }
  }

  /** A command as one would type it, cut if it is long. */
  static String of(List<String> command) {
    String text = command.stream().map(CommandText::word).collect(Collectors.joining(" "));
    return text.length() <= LONGEST_COMMAND
        ? text
        : text.substring(0, LONGEST_COMMAND) + "… (" + command.size() + " words)";
  }

  private static String word(String word) {
    return word.matches("[A-Za-z0-9_@%+=:,./-]+")
        ? word
        : "'" + printable(word.replace("'", "'\\''")) + "'";
  }

  /** The last that was written to standard error, as the end of a message. */
  static String endOf(byte[] error) {
    String text = printable(new String(error, nativeEncoding()).stripTrailing());
    if (text.isEmpty()) {
      return "; it wrote nothing to standard error";
    }
    return text.length() <= MOST_OF_ERROR
        ? "; its standard error:\n" + text
        : "; the end of its standard error:\n…" + text.substring(text.length() - MOST_OF_ERROR);
  }

  /** Without what would steer the terminal on which the message is read. */
  private static String printable(String text) {
    return text.replaceAll("[\\p{Cntrl}&&[^\n\t]]", "?");
  }
}
