// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.spawn;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Pure: everything that decides what a child will be, in the bytes that the kernel will see.
 *
 * @param command the program as the user named it, for messages
 * @param candidates paths to try in order
 * @param arguments argv, the program's name first
 * @param environment strings NAME=VALUE
 * @param directory the working directory; null for the parent's
 * @param given every descriptor the child gets
 * @param openFiles its limit of open files; null for the parent's
 * @param surroundings what else it has
 */
@SuppressWarnings("ArrayRecordComponent") // bytes for the kernel, never compared
public record ChildSpec(
    String command,
    List<byte[]> candidates,
    List<byte[]> arguments,
    List<byte[]> environment,
    byte @Nullable [] directory,
    List<Given> given,
    @Nullable ResourceLimit openFiles,
    Surroundings surroundings) {

  /** One open file, and the numbers under which the child finds it. */
  public record Given(Source source, List<Integer> targets) {}

  /** A resource limit (setrlimit(2)). */
  public record ResourceLimit(long soft, long hard) {}

  /** Where a descriptor comes from. */
  public sealed interface Source {
    /** For messages. */
    String words();
  }

  /** A handle of the parent's that its other threads may close at any moment. */
  public record Held(Object holder, String words) implements Source {}

  /** A descriptor that is ours alone, or one of the parent's standard streams. */
  public record Own(int number, String words) implements Source {}

  /** A file that the child opens itself, so that the parent never has it. */
  @SuppressWarnings("ArrayRecordComponent") // bytes for the kernel, never compared
  public record Opened(byte[] path, int flags, int mode, String words) implements Source {}

  /** The same child, started through another program. */
  ChildSpec with(List<byte[]> otherCandidates, List<byte[]> otherArguments) {
    return with(otherCandidates, otherArguments, environment);
  }

  /** The same child, started through another program in another environment. */
  ChildSpec with(
      List<byte[]> otherCandidates, List<byte[]> otherArguments, List<byte[]> otherEnvironment) {
    return new ChildSpec(
        command,
        otherCandidates,
        otherArguments,
        otherEnvironment,
        directory,
        given,
        openFiles,
        surroundings);
  }

  /** The same child in other surroundings. */
  ChildSpec with(Surroundings other) {
    return new ChildSpec(
        command, candidates, arguments, environment, directory, given, openFiles, other);
  }
}
