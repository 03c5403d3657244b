// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.noinherit.SystemCallException;
import io.github.noinherit.internal.ffi.ExecutableMemory;
import io.github.noinherit.internal.ffi.Platform;
import java.lang.foreign.MemorySegment;

/*
 * The machine code of noinherit: four routines of 60 to 290 bytes, for each instruction set.
 *
 * SPAWN  long spawn(step *steps, report *report, step *birth)
 *
 *   Blocks every signal in the calling thread, makes the one system call that gives birth to a
 *   child (clone3 or clone, with CLONE_VM|CLONE_VFORK), and in the parent, once the child has
 *   exec'ed or exited, restores the signal mask and returns what the call returned: the child's pid
 *   or a negative errno. In the child it makes the system calls that it finds in the list of steps,
 *   until one replaces the process. The child shares the parent's memory and stack until then, so
 *   it touches registers only, and of memory just the list and the report: no stack, no libc, no
 *   JVM. A step that fails with an errno in its pass-over set is passed over; any other failure
 *   ends the child with exit_group(127) after the report has been written.
 *
 *   step, 88 bytes: { u64 number, a0, a1, a2, a3, a4, a5; u64 passOver[2]; u64 result; u64 decimal }
 *     passOver has bit e set if errno e is not a failure of the list; result is written by the child,
 *     and, if decimal is not 0, its digits at that address too, where the parent has made room. The
 *     child's pid gets into its environment that way: nobody knows it before the child exists.
 *   report, 32 bytes: { i64 negative errno; u64 address of the step; u64 saved mask; u64 full mask }
 *
 * GLOBAL REFERENCE  jobject globalReference(JNIEnv *env, size_t offset, long a1, long a2, long a3)
 *
 *   Calls the JNI function at an offset of the function table and turns its result, a local
 *   reference, into a global one before it returns; NULL if the function threw. Java code cannot do
 *   that in two downcalls: local references die as soon as any native method returns on the thread,
 *   and the linker's own Java code may call one in between.
 *
 * CALLS  long calls(call *calls, long count)
 *
 *   Makes calls of C functions one after the other, and stops after one whose int result is -1, so
 *   that errno is still that call's. Returns how many were not made well: 0, or the failed one and
 *   those behind it. A downcall from Java takes some twenty microseconds while a JVM starts, and
 *   the 127th of one shape milliseconds (LambdaForm.customize), so a start may not make many.
 *
 *   call, 40 bytes: { u64 function, a0, a1, a2; u64 result }
 *
 * SYSTEM CALLS  void systemCalls(call *calls, long count)
 *
 *   Makes all of these system calls, whatever each returns: a value, or an errno made negative. For
 *   reading about other processes, where a call that fails is an answer like any other. No errno of
 *   the C library's is touched.
 *
 *   call, 64 bytes: { u64 number, a0, a1, a2, a3, a4, a5; u64 result }
 *
 * All keep the conventions of their ABI for callee-saved registers and stack alignment, and begin
 * with the landing pad that indirect calls need under CET (endbr64) and BTI (bti c).
 */
public final class Stub {
  /** Bytes of a step, and where its parts are. */
  public static final int STEP_SIZE = 88;

  /** Offset of the first argument in a step; the others follow, 8 bytes each. */
  public static final int STEP_ARGUMENTS = 8;

  /** Offset of the two words of the pass-over set in a step. */
  public static final int STEP_PASS_OVER = 56;

  /** Offset of the result in a step. */
  public static final int STEP_RESULT = 72;

  /** Offset of the address at which the result is written in decimal; 0 there for nowhere. */
  public static final int STEP_DECIMAL = 80;

  /** The most digits that a result can have. */
  public static final int MOST_DIGITS = 20;

  /** Bytes of a report, and where its parts are. */
  public static final int REPORT_SIZE = 32;

  /** Offset of the negative errno in a report. */
  public static final int REPORT_ERROR = 0;

  /** Offset of the failed step's address in a report. */
  public static final int REPORT_STEP = 8;

  /** Offset of the full signal mask in a report: the caller sets it to all ones. */
  public static final int REPORT_FULL_MASK = 24;

  private Stub() {}

  /** The routine that starts a child, for a platform. */
  public static byte[] spawn(Platform platform) {
    return switch (platform) {
      case LINUX_X86_64 -> bytes(X86Stubs.SPAWN);
      case LINUX_AARCH64 -> bytes(Aarch64Stubs.SPAWN);
      case OTHER -> throw new UnsupportedOperationException("no stub for " + Platform.describe());
    };
  }

  /** The routine that calls JNI and keeps the result, for a platform. */
  public static byte[] globalReference(Platform platform) {
    return switch (platform) {
      case LINUX_X86_64 -> bytes(X86Stubs.GLOBAL_REFERENCE);
      case LINUX_AARCH64 -> bytes(Aarch64Stubs.GLOBAL_REFERENCE);
      case OTHER -> throw new UnsupportedOperationException("no stub for " + Platform.describe());
    };
  }

  /** The routine that makes many calls, for a platform. */
  public static byte[] calls(Platform platform) {
    return switch (platform) {
      case LINUX_X86_64 -> bytes(X86Stubs.CALLS);
      case LINUX_AARCH64 -> bytes(Aarch64Stubs.CALLS);
      case OTHER -> throw new UnsupportedOperationException("no stub for " + Platform.describe());
    };
  }

  /** The routine that makes many system calls, for a platform. */
  public static byte[] systemCalls(Platform platform) {
    return switch (platform) {
      case LINUX_X86_64 -> bytes(X86Stubs.SYSTEM_CALLS);
      case LINUX_AARCH64 -> bytes(Aarch64Stubs.SYSTEM_CALLS);
      case OTHER -> throw new UnsupportedOperationException("no stub for " + Platform.describe());
    };
  }

  /** Hexadecimal digits, in lower case. HexFormat takes milliseconds while a JVM starts. */
  static byte[] bytes(String digits) {
    byte[] text = digits.getBytes(US_ASCII);
    byte[] bytes = new byte[text.length / 2];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ((digit(text[2 * i]) << 4) | digit(text[2 * i + 1]));
    }
    return bytes;
  }

  private static int digit(byte character) {
    return character <= '9' ? character - '0' : character - 'a' + 10;
  }

  /** Installs a routine for the rest of the process. */
  public static MemorySegment install(byte[] code) throws SystemCallException {
    return ExecutableMemory.install(code);
  }
}
