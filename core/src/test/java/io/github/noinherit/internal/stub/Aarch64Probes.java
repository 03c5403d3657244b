// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

/** The probes for aarch64; {@link Probes} says what each does. */
final class Aarch64Probes {
  private Aarch64Probes() {}

  /*-
   * asm call checked (GNU as, .arch armv8.5-a)
   *   bti c
   *   stp x29, x30, [sp, -96]!
   *   mov x29, sp
   *   stp x19, x20, [sp, 16]
   *   stp x21, x22, [sp, 32]
   *   stp x23, x24, [sp, 48]
   *   stp x25, x26, [sp, 64]
   *   stp x27, x28, [sp, 80]
   *   mov x16, x0                   // the function
   *   mov x17, x1                   // its arguments
   *   ldp x0, x1, [x17]
   *   ldp x2, x3, [x17, 16]
   *   ldp x4, x5, [x17, 32]
   *   mov x19, 19
   *   mov x20, 20
   *   mov x21, 21
   *   mov x22, 22
   *   mov x23, 23
   *   mov x24, 24
   *   mov x25, 25
   *   mov x26, 26
   *   mov x27, 27
   *   mov x28, 28
   *   blr x16
   *   cmp x19, 19
   *   b.ne 1f
   *   cmp x20, 20
   *   b.ne 1f
   *   cmp x21, 21
   *   b.ne 1f
   *   cmp x22, 22
   *   b.ne 1f
   *   cmp x23, 23
   *   b.ne 1f
   *   cmp x24, 24
   *   b.ne 1f
   *   cmp x25, 25
   *   b.ne 1f
   *   cmp x26, 26
   *   b.ne 1f
   *   cmp x27, 27
   *   b.ne 1f
   *   cmp x28, 28
   *   b.ne 1f
   *   mov x16, sp
   *   cmp x29, x16
   *   b.eq 2f
   * 1:
   *   mov x0, 0x0bad
   *   movk x0, 0x0bad, lsl 16
   *   movk x0, 0x0bad, lsl 32
   *   movk x0, 0x0bad, lsl 48
   * 2:
   *   ldp x27, x28, [sp, 80]
   *   ldp x25, x26, [sp, 64]
   *   ldp x23, x24, [sp, 48]
   *   ldp x21, x22, [sp, 32]
   *   ldp x19, x20, [sp, 16]
   *   ldp x29, x30, [sp], 96
   *   ret
   * end
   */
  static final String CALL_CHECKED =
      "5f2403d5fd7bbaa9fd030091f35301a9f55b02a9f76303a9f96b04a9fb7305a9f00300aa"
          + "f10301aa200640a9220e41a9241642a9730280d2940280d2b50280d2d60280d2f70280d2"
          + "180380d2390380d25a0380d27b0380d29c0380d200023fd67f4e00f1c10200549f5200f1"
          + "81020054bf5600f141020054df5a00f101020054ff5e00f1c10100541f6300f181010054"
          + "3f6700f1410100545f6b00f1010100547f6f00f1c10000549f7300f181000054f0030091"
          + "bf0310eba0000054a07581d2a075a1f2a075c1f2a075e1f2fb7345a9f96b44a9f76343a9"
          + "f55b42a9f35341a9fd7bc6a8c0035fd6";

  /*-
   * asm count and call (GNU as, .arch armv8.5-a)
   *   bti c
   *   ldr x16, counter
   * 1:
   *   ldxr x17, [x16]
   *   add x17, x17, 1
   *   stxr w9, x17, [x16]
   *   cbnz w9, 1b
   *   ldr x16, function
   *   br x16
   *   .balign 8
   * counter: .quad 0
   * function: .quad 0
   * end
   */
  static final String COUNT_AND_CALL =
      "5f2403d5f0000058117e5fc831060091117e09c8a9ffff359000005800021fd600000000"
          + "000000000000000000000000";

  /*-
   * asm return number (GNU as, .arch armv8.5-a)
   *   bti c
   *   ldr x0, number
   *   ret
   *   .balign 8
   * number: .quad 0
   * end
   */
  static final String RETURN_NUMBER = "5f2403d560000058c0035fd61f2003d50000000000000000";

  /*-
   * asm misalignment (GNU as, .arch armv8.5-a)
   *   bti c
   *   mov x0, sp
   *   and x0, x0, 15
   *   add x0, x0, 100
   *   ret
   * end
   */
  static final String MISALIGNMENT = "5f2403d5e0030091000c409200900191c0035fd6";
}
