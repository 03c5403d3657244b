// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

/** The stubs for aarch64; {@link Stub} says what each does and why. */
final class Aarch64Stubs {
  private Aarch64Stubs() {}

  /*-
   * asm spawn (GNU as, .arch armv8.5-a)
   *   bti c
   *   stp x29, x30, [sp, -48]!
   *   mov x29, sp
   *   stp x19, x20, [sp, 16]
   *   stp x21, x22, [sp, 32]
   *   mov x19, x0                   // x19: the step to make next
   *   mov x20, x1                   // x20: the report
   *   mov x21, x2                   // x21: the birth step
   *   mov x0, 2                     // rt_sigprocmask(SIG_SETMASK, &report.all, &report.saved, 8)
   *   add x1, x20, 24
   *   add x2, x20, 16
   *   mov x3, 8
   *   mov x8, 135
   *   svc 0
   *   ldr x8, [x21]                 // the birth: clone3 or clone
   *   ldp x0, x1, [x21, 8]
   *   ldp x2, x3, [x21, 24]
   *   ldp x4, x5, [x21, 40]
   *   svc 0
   *   cbz x0, 1f
   *   mov x22, x0                   // the parent: it slept until the child's execve or exit
   *   mov x0, 2                     // rt_sigprocmask(SIG_SETMASK, &report.saved, NULL, 8)
   *   add x1, x20, 16
   *   mov x2, 0
   *   mov x3, 8
   *   mov x8, 135
   *   svc 0
   *   mov x0, x22
   *   ldp x21, x22, [sp, 32]
   *   ldp x19, x20, [sp, 16]
   *   ldp x29, x30, [sp], 48
   *   ret
   * 1:                              // the child: the next step
   *   ldr x8, [x19]
   *   ldp x0, x1, [x19, 8]
   *   ldp x2, x3, [x19, 24]
   *   ldp x4, x5, [x19, 40]
   *   svc 0
   *   str x0, [x19, 72]
   *   cmn x0, 4095
   *   b.hs 3f
   *   ldr x9, [x19, 80]             // is the result wanted in decimal?
   *   cbz x9, 2f
   *   mov x10, x0
   *   mov x11, 10
   * 5:                              // x9: behind its last digit
   *   add x9, x9, 1
   *   udiv x10, x10, x11
   *   cbnz x10, 5b
   * 6:                              // the digits, the last one first
   *   udiv x10, x0, x11
   *   msub x12, x10, x11, x0
   *   add w12, w12, '0'
   *   strb w12, [x9, -1]!
   *   mov x0, x10
   *   cbnz x0, 6b
   * 2:
   *   add x19, x19, 88
   *   b 1b
   * 3:                              // it failed: may this errno be passed over?
   *   neg x9, x0
   *   cmp x9, 128
   *   b.hs 4f
   *   lsr x10, x9, 6
   *   add x11, x19, 56
   *   ldr x10, [x11, x10, lsl 3]
   *   lsr x10, x10, x9
   *   tbnz x10, 0, 2b
   * 4:                              // no: say which step, and end
   *   str x0, [x20]
   *   str x19, [x20, 8]
   *   mov x0, 127                   // exit_group(127)
   *   mov x8, 94
   *   svc 0
   *   brk 0
   * end
   */
  static final String SPAWN =
      "5f2403d5fd7bbda9fd030091f35301a9f55b02a9f30300aaf40301aaf50302aa400080d2"
          + "8162009182420091030180d2e81080d2010000d4a80240f9a08640a9a28e41a9a49642a9"
          + "010000d4a00100b4f60300aa400080d281420091020080d2030180d2e81080d2010000d4"
          + "e00316aaf55b42a9f35341a9fd7bc3a8c0035fd6680240f9608640a9628e41a9649642a9"
          + "010000d4602600f91ffc3fb102020054692a40f9890100b4ea0300aa4b0180d229050091"
          + "4a09cb9acaffffb50a08cb9a4c810b9b8cc100112cfd1f38e0030aaa60ffffb573620191"
          + "eaffff17e90300cb3f0102f1c20000542afd46d36be200916a796af84a25c99aeafe0737"
          + "800200f9930600f9e00f80d2c80b80d2010000d4000020d4";

  /*-
   * asm global reference (GNU as, .arch armv8.5-a)
   *   bti c
   *   stp x29, x30, [sp, -32]!
   *   mov x29, sp
   *   stp x19, x20, [sp, 16]
   *   mov x19, x0                   // x19: the JNIEnv
   *   mov x9, x1                    // x9: the function's offset in its table
   *   mov x1, x2
   *   mov x2, x3
   *   mov x3, x4
   *   ldr x10, [x0]
   *   ldr x10, [x10, x9]
   *   blr x10                       // (*env)->function(env, a1, a2, a3)
   *   mov x20, x0                   // x20: its result
   *   mov x0, x19
   *   ldr x10, [x0]
   *   ldr x10, [x10, 1824]
   *   blr x10                       // (*env)->ExceptionCheck(env)
   *   tst w0, 0xff
   *   b.ne 1f
   *   mov x1, x20
   *   mov x0, x19
   *   ldr x10, [x0]
   *   ldr x10, [x10, 168]
   *   blr x10                       // (*env)->NewGlobalRef(env, result)
   *   b 2f
   * 1:                              // thrown: no reference
   *   mov x0, 0
   * 2:
   *   ldp x19, x20, [sp, 16]
   *   ldp x29, x30, [sp], 32
   *   ret
   * end
   */
  static final String GLOBAL_REFERENCE =
      "5f2403d5fd7bbea9fd030091f35301a9f30300aae90301aae10302aae20303aae30304aa"
          + "0a0040f94a6969f840013fd6f40300aae00313aa0a0040f94a9143f940013fd61f1c0072"
          + "e1000054e10314aae00313aa0a0040f94a5540f940013fd602000014000080d2f35341a9"
          + "fd7bc2a8c0035fd6";

  /*-
   * asm calls (GNU as, .arch armv8.5-a)
   *   bti c
   *   stp x29, x30, [sp, #-32]!
   *   mov x29, sp
   *   stp x19, x20, [sp, #16]
   *   mov x19, x0                   // x19: the call
   *   mov x20, x1                   // x20: how many are left
   * 1:
   *   cbz x20, 2f
   *   ldp x9, x0, [x19]
   *   ldp x1, x2, [x19, #16]
   *   blr x9
   *   str x0, [x19, #32]
   *   cmn w0, #1                    // an int of -1: it failed
   *   b.eq 2f
   *   add x19, x19, #40
   *   sub x20, x20, #1
   *   b 1b
   * 2:
   *   mov x0, x20                   // those that were not made, with the one that failed
   *   ldp x19, x20, [sp, #16]
   *   ldp x29, x30, [sp], #32
   *   ret
   * end
   */
  static final String CALLS =
      "5f2403d5fd7bbea9fd030091f35301a9f30300aaf40301aa540100b4690240a9610a41a9"
          + "20013fd6601200f91f0400318000005473a20091940600d1f7ffff17e00314aaf35341a9"
          + "fd7bc2a8c0035fd6";

  /*-
   * asm system calls (GNU as, .arch armv8.5-a)
   *   bti c
   *   stp x29, x30, [sp, #-32]!
   *   mov x29, sp
   *   stp x19, x20, [sp, #16]
   *   mov x19, x0                   // x19: the call
   *   mov x20, x1                   // x20: how many are left
   * 1:
   *   cbz x20, 2f
   *   ldp x8, x0, [x19]
   *   ldp x1, x2, [x19, #16]
   *   ldp x3, x4, [x19, #32]
   *   ldr x5, [x19, #48]
   *   svc #0
   *   str x0, [x19, #56]            // a result, or a negative errno
   *   add x19, x19, #64
   *   sub x20, x20, #1
   *   b 1b
   * 2:
   *   ldp x19, x20, [sp, #16]
   *   ldp x29, x30, [sp], #32
   *   ret
   * end
   */
  static final String SYSTEM_CALLS =
      "5f2403d5fd7bbea9fd030091f35301a9f30300aaf40301aa540100b4680240a9610a41a9"
          + "631242a9651a40f9010000d4601e00f973020191940600d1f7ffff17f35341a9fd7bc2a8"
          + "c0035fd6";
}
