// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

/** The hooks for aarch64; {@link Hooks} says what each does and why. */
final class Aarch64Hooks {
  private Aarch64Hooks() {}

  /*-
   * asm add flag 0 (GNU as, .arch armv8.5-a)
   *   bti c
   *   ldr w16, flag
   *   orr w0, w0, w16
   *   ldr x16, target
   *   br x16
   *   .balign 8
   * target: .quad 0
   * flag: .quad 0
   * end
   */
  static final String ADD_FLAG_0 =
      "5f2403d5f00000180000102a7000005800021fd61f2003d5000000000000000000000000" + "00000000";

  /*-
   * asm set argument 0 (GNU as, .arch armv8.5-a)
   *   bti c
   *   ldr w0, value
   *   ldr x16, target
   *   br x16
   *   .balign 8
   * target: .quad 0
   * value: .quad 0
   * end
   */
  static final String SET_ARGUMENT_0 =
      "5f2403d5a00000185000005800021fd600000000000000000000000000000000";

  /*-
   * asm add flag 1 (GNU as, .arch armv8.5-a)
   *   bti c
   *   ldr w16, flag
   *   orr w1, w1, w16
   *   ldr x16, target
   *   br x16
   *   .balign 8
   * target: .quad 0
   * flag: .quad 0
   * end
   */
  static final String ADD_FLAG_1 =
      "5f2403d5f00000182100102a7000005800021fd61f2003d5000000000000000000000000" + "00000000";

  /*-
   * asm set argument 1 (GNU as, .arch armv8.5-a)
   *   bti c
   *   ldr w1, value
   *   ldr x16, target
   *   br x16
   *   .balign 8
   * target: .quad 0
   * value: .quad 0
   * end
   */
  static final String SET_ARGUMENT_1 =
      "5f2403d5a10000185000005800021fd600000000000000000000000000000000";

  /*-
   * asm add flag 2 (GNU as, .arch armv8.5-a)
   *   bti c
   *   ldr w16, flag
   *   orr w2, w2, w16
   *   ldr x16, target
   *   br x16
   *   .balign 8
   * target: .quad 0
   * flag: .quad 0
   * end
   */
  static final String ADD_FLAG_2 =
      "5f2403d5f00000184200102a7000005800021fd61f2003d5000000000000000000000000" + "00000000";

  /*-
   * asm set argument 2 (GNU as, .arch armv8.5-a)
   *   bti c
   *   ldr w2, value
   *   ldr x16, target
   *   br x16
   *   .balign 8
   * target: .quad 0
   * value: .quad 0
   * end
   */
  static final String SET_ARGUMENT_2 =
      "5f2403d5a20000185000005800021fd600000000000000000000000000000000";

  /*-
   * asm add flag 3 (GNU as, .arch armv8.5-a)
   *   bti c
   *   ldr w16, flag
   *   orr w3, w3, w16
   *   ldr x16, target
   *   br x16
   *   .balign 8
   * target: .quad 0
   * flag: .quad 0
   * end
   */
  static final String ADD_FLAG_3 =
      "5f2403d5f00000186300102a7000005800021fd61f2003d5000000000000000000000000" + "00000000";

  /*-
   * asm set argument 3 (GNU as, .arch armv8.5-a)
   *   bti c
   *   ldr w3, value
   *   ldr x16, target
   *   br x16
   *   .balign 8
   * target: .quad 0
   * value: .quad 0
   * end
   */
  static final String SET_ARGUMENT_3 =
      "5f2403d5a30000185000005800021fd600000000000000000000000000000000";

  /*-
   * asm dup (GNU as, .arch armv8.5-a)
   *   bti c
   *   mov w1, 1030                  // F_DUPFD_CLOEXEC
   *   mov w2, 0
   *   ldr x16, fcntl
   *   br x16
   *   .balign 8
   * fcntl: .quad 0
   * end
   */
  static final String DUP = "5f2403d5c1808052020080527000005800021fd61f2003d50000000000000000";

  /*-
   * asm dup2 (GNU as, .arch armv8.5-a)
   *   bti c
   *   cmp w0, w1
   *   b.eq 1f
   *   mov w2, 0x80000               // O_CLOEXEC
   *   ldr x16, dup3
   *   br x16
   * 1:                              // equal numbers: dup3 would refuse
   *   ldr x16, dup2
   *   br x16
   *   .balign 8
   * dup2: .quad 0
   * dup3: .quad 0
   * end
   */
  static final String DUP2 =
      "5f2403d51f00016b800000540201a052d000005800021fd65000005800021fd600000000"
          + "000000000000000000000000";

  /*-
   * asm fcntl (GNU as, .arch armv8.5-a)
   *   bti c
   *   cbnz w1, 1f                   // F_DUPFD is 0
   *   mov w1, 1030                  // F_DUPFD_CLOEXEC
   * 1:
   *   ldr x16, fcntl
   *   br x16
   *   .balign 8
   * fcntl: .quad 0
   * end
   */
  static final String FCNTL = "5f2403d541000035c18080527000005800021fd61f2003d50000000000000000";

  /*-
   * asm epoll create (GNU as, .arch armv8.5-a)
   *   bti c
   *   cmp w0, 0
   *   b.le 1f
   *   mov w0, 0x80000               // EPOLL_CLOEXEC
   *   ldr x16, create1
   *   br x16
   * 1:                              // no valid size: epoll_create says so
   *   ldr x16, create
   *   br x16
   *   .balign 8
   * create: .quad 0
   * create1: .quad 0
   * end
   */
  static final String EPOLL_CREATE =
      "5f2403d51f0000718d0000540001a052d000005800021fd65000005800021fd600000000"
          + "000000000000000000000000";

  /*-
   * asm creat (GNU as, .arch armv8.5-a)
   *   bti c
   *   mov w2, w1
   *   mov w1, 0x241                 // O_TRUNC|O_CREAT|O_WRONLY
   *   orr w1, w1, 0x80000           // O_CLOEXEC
   *   ldr x16, open
   *   br x16
   *   .balign 8
   * open: .quad 0
   * end
   */
  static final String CREAT = "5f2403d5e203012a2148805221000d325000005800021fd60000000000000000";

  /*-
   * asm add to mode (GNU as, .arch armv8.5-a)
   *   bti c
   *   ldrb w9, [x1]
   *   cbz w9, 3f
   *   stp x29, x30, [sp, -16]!
   *   mov x29, sp
   *   mov x10, 0                    // x10: the length of the mode
   * 1:
   *   add x10, x10, 1
   *   ldrb w11, [x1, x10]
   *   cbnz w11, 1b
   *   add x12, x10, 17
   *   and x12, x12, -16
   *   sub sp, sp, x12               // room for one character more, and NUL
   *   strb w9, [sp]                 // the first character, e, the rest
   *   mov w11, 'e'
   *   strb w11, [sp, 1]
   *   add x13, sp, 1
   * 2:
   *   ldrb w11, [x1, x10]
   *   strb w11, [x13, x10]
   *   subs x10, x10, 1
   *   b.ne 2b
   *   mov x1, sp
   *   ldr x16, open
   *   blr x16
   *   mov sp, x29
   *   ldp x29, x30, [sp], 16
   *   ret
   * 3:                              // no mode at all: the function says so
   *   ldr x16, open
   *   br x16
   *   .balign 8
   * open: .quad 0
   * end
   */
  static final String ADD_TO_MODE =
      "5f2403d52900403909030034fd7bbfa9fd0300910a0080d24a0500912b686a38cbffff35"
          + "4c4500918ced7c92ff632ccbe9030039ab0c8052eb070039ed0700912b686a38ab692a38"
          + "4a0500f1a1ffff54e1030091f000005800023fd6bf030091fd7bc1a8c0035fd650000058"
          + "00021fd60000000000000000";

  /*-
   * asm pipe2 of process (GNU as, .arch armv8.5-a)
   *   bti c
   *   tbnz w1, 19, 5f
   *   stp x29, x30, [sp, -48]!
   *   mov x29, sp
   *   stp x19, x20, [sp, 16]
   *   str x21, [sp, 32]
   *   mov x19, x0                   // x19: the two numbers
   *   orr w1, w1, 0x80000           // O_CLOEXEC
   *   ldr x16, pipe2
   *   blr x16
   *   mov w20, w0                   // w20: what pipe2 returned
   *   ldr w0, key
   *   ldr x16, getspecific
   *   blr x16
   *   mov x21, x0                   // x21: this thread's record, or NULL
   *   cbnz w20, 3f
   *   cbnz x21, 2f
   *   mov x0, 1                     // the first of this thread: a new record
   *   mov x1, 72
   *   ldr x16, calloc
   *   blr x16
   *   cbz x0, 1f
   *   mov x21, x0
   *   ldr w0, key
   *   mov x1, x21
   *   ldr x16, setspecific
   *   blr x16
   *   cbz w0, 2f
   *   mov x0, x21
   *   ldr x16, free
   *   blr x16
   * 1:                              // no memory: no pipe either, ENOMEM
   *   ldr w0, [x19]
   *   ldr x16, close
   *   blr x16
   *   ldr w0, [x19, 4]
   *   ldr x16, close
   *   blr x16
   *   ldr x16, errno
   *   blr x16
   *   mov w1, 12
   *   str w1, [x0]
   *   mov w0, -1
   *   b 4f
   * 2:                              // remember both numbers
   *   add x12, x21, 8
   *   ldp w11, w13, [x19]
   *   ldr w9, [x21]
   *   and w10, w9, 15
   *   str w11, [x12, w10, uxtw 2]
   *   add w9, w9, 1
   *   and w10, w9, 15
   *   str w13, [x12, w10, uxtw 2]
   *   add w9, w9, 1
   *   str w9, [x21]
   *   mov w0, 0
   *   b 4f
   * 3:                              // no pipe: this start is over, forget its others
   *   mov w0, w20
   *   cbz x21, 4f
   *   str wzr, [x21]
   * 4:
   *   ldr x21, [sp, 32]
   *   ldp x19, x20, [sp, 16]
   *   ldp x29, x30, [sp], 48
   *   ret
   * 5:                              // not meant to be inherited
   *   ldr x16, pipe2
   *   br x16
   *   .balign 8
   * pipe2: .quad 0
   * getspecific: .quad 0
   * setspecific: .quad 0
   * calloc: .quad 0
   * free: .quad 0
   * close: .quad 0
   * errno: .quad 0
   * key: .quad 0
   * end
   */
  static final String PIPE2_OF_PROCESS =
      "5f2403d5a1079837fd7bbda9fd030091f35301a9f51300f9f30300aa21000d3210070058"
          + "00023fd6f403002a60080018d006005800023fd6f50300aa14050035750300b5200080d2"
          + "010980d27006005800023fd6400100b4f50300aae0060018e10315aa7005005800023fd6"
          + "00020034e00315aa7005005800023fd6600240b95005005800023fd6600640b9f0040058"
          + "00023fd6f004005800023fd681018052010000b90000801210000014ac2200916b364029"
          + "a90240b92a0d00128b592ab8290500112a0d00128d592ab829050011a90200b900008052"
          + "04000014e003142a550000b4bf0200b9f51340f9f35341a9fd7bc3a8c0035fd650000058"
          + "00021fd60000000000000000000000000000000000000000000000000000000000000000"
          + "0000000000000000000000000000000000000000000000000000000000000000";

  /*-
   * asm pipe of process (GNU as, .arch armv8.5-a)
   *   bti c
   *   mov w1, 0
   *   tbnz w1, 19, 5f
   *   stp x29, x30, [sp, -48]!
   *   mov x29, sp
   *   stp x19, x20, [sp, 16]
   *   str x21, [sp, 32]
   *   mov x19, x0                   // x19: the two numbers
   *   orr w1, w1, 0x80000           // O_CLOEXEC
   *   ldr x16, pipe2
   *   blr x16
   *   mov w20, w0                   // w20: what pipe2 returned
   *   ldr w0, key
   *   ldr x16, getspecific
   *   blr x16
   *   mov x21, x0                   // x21: this thread's record, or NULL
   *   cbnz w20, 3f
   *   cbnz x21, 2f
   *   mov x0, 1                     // the first of this thread: a new record
   *   mov x1, 72
   *   ldr x16, calloc
   *   blr x16
   *   cbz x0, 1f
   *   mov x21, x0
   *   ldr w0, key
   *   mov x1, x21
   *   ldr x16, setspecific
   *   blr x16
   *   cbz w0, 2f
   *   mov x0, x21
   *   ldr x16, free
   *   blr x16
   * 1:                              // no memory: no pipe either, ENOMEM
   *   ldr w0, [x19]
   *   ldr x16, close
   *   blr x16
   *   ldr w0, [x19, 4]
   *   ldr x16, close
   *   blr x16
   *   ldr x16, errno
   *   blr x16
   *   mov w1, 12
   *   str w1, [x0]
   *   mov w0, -1
   *   b 4f
   * 2:                              // remember both numbers
   *   add x12, x21, 8
   *   ldp w11, w13, [x19]
   *   ldr w9, [x21]
   *   and w10, w9, 15
   *   str w11, [x12, w10, uxtw 2]
   *   add w9, w9, 1
   *   and w10, w9, 15
   *   str w13, [x12, w10, uxtw 2]
   *   add w9, w9, 1
   *   str w9, [x21]
   *   mov w0, 0
   *   b 4f
   * 3:                              // no pipe: this start is over, forget its others
   *   mov w0, w20
   *   cbz x21, 4f
   *   str wzr, [x21]
   * 4:
   *   ldr x21, [sp, 32]
   *   ldp x19, x20, [sp, 16]
   *   ldp x29, x30, [sp], 48
   *   ret
   * 5:                              // not meant to be inherited
   *   ldr x16, pipe2
   *   br x16
   *   .balign 8
   * pipe2: .quad 0
   * getspecific: .quad 0
   * setspecific: .quad 0
   * calloc: .quad 0
   * free: .quad 0
   * close: .quad 0
   * errno: .quad 0
   * key: .quad 0
   * end
   */
  static final String PIPE_OF_PROCESS =
      "5f2403d501008052a1079837fd7bbda9fd030091f35301a9f51300f9f30300aa21000d32"
          + "3007005800023fd6f403002a80080018f006005800023fd6f50300aa14050035750300b5"
          + "200080d2010980d29006005800023fd6400100b4f50300aa00070018e10315aa90050058"
          + "00023fd600020034e00315aa9005005800023fd6600240b97005005800023fd6600640b9"
          + "1005005800023fd61005005800023fd681018052010000b90000801210000014ac220091"
          + "6b364029a90240b92a0d00128b592ab8290500112a0d00128d592ab829050011a90200b9"
          + "0000805204000014e003142a550000b4bf0200b9f51340f9f35341a9fd7bc3a8c0035fd6"
          + "7000005800021fd61f2003d5000000000000000000000000000000000000000000000000"
          + "000000000000000000000000000000000000000000000000000000000000000000000000"
          + "00000000";

  /*-
   * asm posix spawn (GNU as, .arch armv8.5-a)
   *   bti c
   *   stp x29, x30, [sp, -112]!
   *   mov x29, sp
   *   stp x19, x20, [sp, 16]
   *   stp x21, x22, [sp, 32]
   *   str x23, [sp, 48]
   *   stp x0, x1, [sp, 64]
   *   stp x2, x3, [sp, 80]
   *   stp x4, x5, [sp, 96]
   *   sub sp, sp, 256               // file actions of our own
   *   ldr w0, key
   *   ldr x16, getspecific
   *   blr x16
   *   mov x19, x0                   // x19: this thread's record, or NULL
   *   cbz x19, 7f
   *   ldr w9, [x19]
   *   cbz w9, 7f
   *   ldr x20, [x29, 80]            // x20: the file actions: the caller's, or ours
   *   cbnz x20, 1f
   *   mov x20, sp
   *   mov x0, x20
   *   ldr x16, init
   *   blr x16
   *   mov w23, w0                   // w23: the result
   *   cbnz w0, 6f
   * 1:
   *   ldr w21, [x19]                // w21: how many numbers are left
   *   cmp w21, 16
   *   b.ls 3f
   *   mov w21, 16
   * 3:
   *   subs w21, w21, 1
   *   b.mi 4f
   *   add x9, x19, 8
   *   ldr w22, [x9, w21, uxtw 2]
   *   mov w0, w22
   *   mov w1, 1                     // F_GETFD: is it open at all?
   *   mov w2, 0
   *   ldr x16, fcntl
   *   blr x16
   *   cmn w0, 1
   *   b.eq 3b
   *   mov x0, x20
   *   mov w1, w22
   *   mov w2, w22
   *   ldr x16, adddup2
   *   blr x16
   *   mov w23, w0
   *   cbnz w0, 5f
   *   b 3b
   * 4:
   *   ldp x0, x1, [x29, 64]
   *   mov x2, x20
   *   ldr x3, [x29, 88]
   *   ldp x4, x5, [x29, 96]
   *   ldr x16, spawn
   *   blr x16
   *   mov w23, w0
   * 5:
   *   mov x9, sp
   *   cmp x20, x9
   *   b.ne 6f
   *   mov x0, x20
   *   ldr x16, destroy
   *   blr x16
   * 6:                              // this start is over
   *   str wzr, [x19]
   *   mov w0, w23
   *   mov sp, x29
   *   ldr x23, [sp, 48]
   *   ldp x21, x22, [sp, 32]
   *   ldp x19, x20, [sp, 16]
   *   ldp x29, x30, [sp], 112
   *   ret
   * 7:                              // nothing remembered: as it was called
   *   ldp x0, x1, [x29, 64]
   *   ldp x2, x3, [x29, 80]
   *   ldp x4, x5, [x29, 96]
   *   mov sp, x29
   *   ldr x23, [sp, 48]
   *   ldp x21, x22, [sp, 32]
   *   ldp x19, x20, [sp, 16]
   *   ldp x29, x30, [sp], 112
   *   ldr x16, spawn
   *   br x16
   *   .balign 8
   * spawn: .quad 0
   * getspecific: .quad 0
   * fcntl: .quad 0
   * init: .quad 0
   * adddup2: .quad 0
   * destroy: .quad 0
   * key: .quad 0
   * end
   */
  static final String POSIX_SPAWN =
      "5f2403d5fd7bb9a9fd030091f35301a9f55b02a9f71b00f9e00704a9e20f05a9e41706a9"
          + "ff0304d1400a0018f008005800023fd6f30300aaf30600b4690240b9a9060034b42b40f9"
          + "f40000b5f4030091e00314aa3008005800023fd6f703002aa0040035750240b9bf420071"
          + "4900005415028052b50600714402005469220091365975b8e003162a2100805202008052"
          + "1006005800023fd61f040031c0feff54e00314aae103162ae203162ab005005800023fd6"
          + "f703002a20010035eeffff17a00744a9e20314aaa32f40f9a41746a99003005800023fd6"
          + "f703002ae90300919f0209eb81000054e00314aaf003005800023fd67f0200b9e003172a"
          + "bf030091f71b40f9f55b42a9f35341a9fd7bc7a8c0035fd6a00744a9a20f45a9a41746a9"
          + "bf030091f71b40f9f55b42a9f35341a9fd7bc7a87000005800021fd61f2003d500000000"
          + "000000000000000000000000000000000000000000000000000000000000000000000000"
          + "00000000000000000000000000000000";

  /*-
   * asm fcntl of process (GNU as, .arch armv8.5-a)
   *   bti c
   *   cbnz w1, 1f                   // F_DUPFD is 0
   *   mov w1, 1030                  // F_DUPFD_CLOEXEC
   * 1:
   *   cmp w1, 1                     // F_GETFD?
   *   b.eq 2f
   *   cmp w1, 2                     // or F_SETFD, and FD_CLOEXEC not among the flags?
   *   b.ne 8f
   *   tbnz w2, 0, 8f
   * 2:
   *   stp x29, x30, [sp, -48]!
   *   mov x29, sp
   *   stp x19, x20, [sp, 16]
   *   str x21, [sp, 32]
   *   mov w19, w0                   // w19: the number
   *   mov w21, w1
   *   mov w1, 1                     // F_GETFD
   *   mov w2, 0
   *   ldr x16, fcntl
   *   blr x16
   *   cmn w0, 1
   *   b.eq 7f
   *   cmp w21, 1
   *   mov w21, w0                   // w21: the result
   *   b.eq 3f
   *   mov w21, 0
   *   b 4f
   * 3:
   *   tbnz w0, 0, 7f                // asked, and told that it is close-on-exec: no more
   * 4:
   *   ldr w0, key
   *   ldr x16, getspecific
   *   blr x16
   *   mov x20, x0                   // x20: this thread's record
   *   cbnz x20, 6f
   *   mov x0, 1                     // the first of this thread: a new record
   *   mov x1, 72
   *   ldr x16, calloc
   *   blr x16
   *   cbz x0, 5f
   *   mov x20, x0
   *   ldr w0, key
   *   mov x1, x20
   *   ldr x16, setspecific
   *   blr x16
   *   cbz w0, 6f
   *   mov x0, x20
   *   ldr x16, free
   *   blr x16
   * 5:                              // no memory
   *   ldr x16, errno
   *   blr x16
   *   mov w1, 12
   *   str w1, [x0]
   *   mov w0, -1
   *   b 7f
   * 6:                              // remember the number, and leave it as it is
   *   add x12, x20, 8
   *   ldr w9, [x20]
   *   and w10, w9, 15
   *   str w19, [x12, w10, uxtw 2]
   *   add w9, w9, 1
   *   str w9, [x20]
   *   mov w0, w21
   * 7:
   *   ldr x21, [sp, 32]
   *   ldp x19, x20, [sp, 16]
   *   ldp x29, x30, [sp], 48
   *   ret
   * 8:
   *   ldr x16, fcntl
   *   br x16
   *   .balign 8
   * fcntl: .quad 0
   * getspecific: .quad 0
   * setspecific: .quad 0
   * calloc: .quad 0
   * free: .quad 0
   * errno: .quad 0
   * key: .quad 0
   * end
   */
  static final String FCNTL_OF_PROCESS =
      "5f2403d541000035c18080523f040071800000543f08007101070054e2060037fd7bbda9"
          + "fd030091f35301a9f51300f9f303002af503012a21008052020080521006005800023fd6"
          + "1f040031e0040054bf060071f503002a6000005415008052020000142004003740060018"
          + "f004005800023fd6f40300aab40200b5200080d2010980d2b004005800023fd6400100b4"
          + "f40300aae0040018e10314aab003005800023fd640010034e00314aab003005800023fd6"
          + "b003005800023fd681018052010000b900008012080000148c220091890240b92a0d0012"
          + "93592ab829050011890200b9e003152af51340f9f35341a9fd7bc3a8c0035fd650000058"
          + "00021fd60000000000000000000000000000000000000000000000000000000000000000"
          + "000000000000000000000000000000000000000000000000";

  /*-
   * asm load (GNU as, .arch armv8.5-a)
   *   bti c
   *   stp x29, x30, [sp, -48]!
   *   mov x29, sp
   *   stp x19, x20, [sp, 16]
   *   mov x19, x0                   // x19: the name
   *   mov w20, w1                   // w20: the second argument
   *   cbz x0, 1f
   *   ldr x0, vm
   *   add x1, sp, 32
   *   mov w2, 0x150000              // JNI_VERSION_21
   *   ldr x9, [x0]
   *   ldr x9, [x9, 48]              // (*vm)->GetEnv(vm, &env, version)
   *   blr x9
   *   cbnz w0, 1f
   *   ldr x0, [sp, 32]
   *   ldr x9, [x0]
   *   ldr x9, [x9, 1824]            // (*env)->ExceptionCheck(env): Java may not be called with one
   *   blr x9
   *   tst w0, 0xff
   *   b.ne 1f
   *   ldr x0, [sp, 32]
   *   ldr x1, type
   *   ldr x9, [x0]
   *   ldr x9, [x9, 200]             // (*env)->NewLocalRef(env, type): NULL if it was unloaded
   *   blr x9
   *   cbz x0, 1f
   *   mov x1, x0
   *   str x19, [sp, 40]             // jvalue arguments[1]
   *   ldr x0, [sp, 32]
   *   ldr x2, method
   *   add x3, sp, 40
   *   ldr x9, [x0]
   *   ldr x9, [x9, 1144]            // (*env)->CallStaticVoidMethodA(env, type, method, arguments)
   *   blr x9
   *   ldr x0, [sp, 32]
   *   ldr x9, [x0]
   *   ldr x9, [x9, 1824]            // (*env)->ExceptionCheck(env)
   *   blr x9
   *   tst w0, 0xff
   *   b.ne 2f
   * 1:
   *   mov x0, x19
   *   mov w1, w20
   *   ldp x19, x20, [sp, 16]
   *   ldp x29, x30, [sp], 48
   *   ldr x16, target
   *   br x16
   * 2:                              // thrown: nothing is loaded, and the caller's Java code gets it
   *   mov x0, 0
   *   ldp x19, x20, [sp, 16]
   *   ldp x29, x30, [sp], 48
   *   ret
   *   .balign 8
   * target: .quad 0
   * vm: .quad 0
   * type: .quad 0
   * method: .quad 0
   * end
   */
  static final String LOAD =
      "5f2403d5fd7bbda9fd030091f35301a9f30300aaf403012a400400b4a0050058e1830091"
          + "a202a052090040f9291940f920013fd660030035e01340f9090040f9299143f920013fd6"
          + "1f1c0072a1020054e01340f921040058090040f9296540f920013fd6e00100b4e10300aa"
          + "f31700f9e01340f962030058e3a30091090040f9293d42f920013fd6e01340f9090040f9"
          + "299143f920013fd61f1c0072e1000054e00313aae103142af35341a9fd7bc3a8d0000058"
          + "00021fd6000080d2f35341a9fd7bc3a8c0035fd600000000000000000000000000000000"
          + "00000000000000000000000000000000";
}
