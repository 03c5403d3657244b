// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.CStrings;
import io.github.noinherit.internal.ffi.CallResult;
import io.github.noinherit.internal.linux.Linux;
import io.github.noinherit.internal.posix.Errno;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * Which files a command can mean, as ProcessBuilder has it on Unix: a name with a slash is a path,
 * relative to the child's directory; any other is looked for in the directories of the parent's own
 * PATH, where an empty entry means the child's directory.
 *
 * The candidates are looked at before anything is started, so that a program that is not there is
 * refused before a redirect file has been truncated. The look is not what decides: execve is, in the
 * child, over the same candidates.
 */
final class ProgramSearch {
  private static final int X_OK = 1;

  /** What ProcessBuilder takes when there is no PATH. */
  private static final String DEFAULT_PATH = "/bin:/usr/bin";

  private ProgramSearch() {}

  /** The candidates for a command, by the parent's own PATH, as it was when the JVM started. */
  static List<byte[]> candidates(byte[] command) {
    return candidates(command, Environment.ofThisProcess().bytes("PATH"));
  }

  /** Pure: the candidates, in order. */
  static List<byte[]> candidates(byte[] command, byte @Nullable [] path) {
    for (byte b : command) {
      if (b == '/') {
        return List.of(command);
      }
    }
    byte[] dirs = path == null ? DEFAULT_PATH.getBytes(StandardCharsets.US_ASCII) : path;
    List<byte[]> candidates = new ArrayList<>();
    ByteArrayOutputStream candidate = new ByteArrayOutputStream();
    for (int i = 0; i <= dirs.length; i++) {
      if (i < dirs.length && dirs[i] != ':') {
        candidate.write(dirs[i]);
        continue;
      }
      if (candidate.size() == 0) {
        candidate.write('.');
      }
      candidate.write('/');
      candidate.writeBytes(command);
      candidates.add(candidate.toByteArray());
      candidate.reset();
    }
    return candidates;
  }

  /**
   * The candidates that are there and may be executed.
   *
   * @param directory the child's directory, to which relative candidates refer; null for ours
   * @throws SystemCallException if there is none
   */
  static List<byte[]> executable(
      String command, List<byte[]> candidates, byte @Nullable [] directory) throws IOException {
    if (command.isEmpty()) {
      throw ExecFailure.of(command, List.of(new byte[0]), List.of(Errno.ENOENT));
    }
    List<byte[]> executable = new ArrayList<>();
    List<Integer> errors = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      for (byte[] candidate : candidates) {
        byte[] seenFromHere = candidate;
        if (directory != null && candidate[0] != '/') {
          ByteArrayOutputStream joined = new ByteArrayOutputStream();
          joined.writeBytes(directory);
          joined.write('/');
          joined.writeBytes(candidate);
          seenFromHere = joined.toByteArray();
        }
        CallResult look = Linux.faccessat(CStrings.allocate(arena, seenFromHere), X_OK);
        errors.add(look.failed() ? look.errno() : 0);
        if (!look.failed()) {
          executable.add(candidate);
        } else if (!ExecFailure.GO_ON.contains(look.errno())) {
          break; // execve would answer the same, and the search would end there
        }
      }
    }
    if (executable.isEmpty()) {
      throw ExecFailure.of(command, candidates, errors.isEmpty() ? List.of(Errno.ENOENT) : errors);
    }
    return executable;
  }
}
