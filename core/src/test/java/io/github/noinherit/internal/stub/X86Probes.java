// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

/** The probes for x86-64; {@link Probes} says what each does. */
final class X86Probes {
  private X86Probes() {}

  /*-
   * asm call checked (GNU as, Intel syntax)
   *   endbr64
   *   push rbp
   *   push rbx
   *   push r12
   *   push r13
   *   push r14
   *   push r15
   *   sub rsp, 8
   *   mov r11, rdi                  # the function
   *   mov r10, rsi                  # its arguments
   *   mov rdi, [r10]
   *   mov rsi, [r10+8]
   *   mov rdx, [r10+16]
   *   mov rcx, [r10+24]
   *   mov r8, [r10+32]
   *   mov r9, [r10+40]
   *   mov ebx, 0x11111111
   *   mov ebp, 0x22222222
   *   mov r12d, 0x33333333
   *   mov r13d, 0x44444444
   *   mov r14d, 0x55555555
   *   mov r15d, 0x66666666
   *   xor eax, eax
   *   call r11
   *   cmp rbx, 0x11111111
   *   jne 1f
   *   cmp rbp, 0x22222222
   *   jne 1f
   *   cmp r12, 0x33333333
   *   jne 1f
   *   cmp r13, 0x44444444
   *   jne 1f
   *   cmp r14, 0x55555555
   *   jne 1f
   *   cmp r15, 0x66666666
   *   je 2f
   * 1:
   *   movabs rax, 0x0bad0bad0bad0bad
   * 2:
   *   add rsp, 8
   *   pop r15
   *   pop r14
   *   pop r13
   *   pop r12
   *   pop rbx
   *   pop rbp
   *   ret
   * end
   */
  static final String CALL_CHECKED =
      "f30f1efa555341544155415641574883ec084989fb4989f2498b3a498b7208498b521049"
          + "8b4a184d8b42204d8b4a28bb11111111bd2222222241bc3333333341bd4444444441be55"
          + "55555541bf6666666631c041ffd34881fb11111111752d4881fd2222222275244981fc33"
          + "333333751b4981fd4444444475124981fe5555555575094981ff66666666740a48b8ad0b"
          + "ad0bad0bad0b4883c408415f415e415d415c5b5dc3";

  /*-
   * asm count and call (GNU as, Intel syntax)
   *   endbr64
   *   mov rax, [rip+counter]
   *   lock inc qword ptr [rax]
   *   jmp [rip+function]
   *   .balign 8
   * counter: .quad 0
   * function: .quad 0
   * end
   */
  static final String COUNT_AND_CALL =
      "f30f1efa488b050d000000f048ff00ff250b0000000f1f00000000000000000000000000" + "00000000";

  /*-
   * asm return number (GNU as, Intel syntax)
   *   endbr64
   *   mov rax, [rip+number]
   *   ret
   *   .balign 8
   * number: .quad 0
   * end
   */
  static final String RETURN_NUMBER = "f30f1efa488b0505000000c30f1f40000000000000000000";

  /*-
   * asm misalignment (GNU as, Intel syntax)
   *   endbr64
   *   lea rax, [rsp+8]
   *   and eax, 15
   *   add eax, 100
   *   ret
   * end
   */
  static final String MISALIGNMENT = "f30f1efa488d44240883e00f83c064c3";
}
