// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

/** The stubs for x86-64; {@link Stub} says what each does and why. */
final class X86Stubs {
  private X86Stubs() {}

  /*-
   * asm spawn (GNU as, .intel_syntax noprefix)
   *   endbr64
   *   push rbx
   *   push r12
   *   push r13
   *   push r14
   *   sub rsp, 8
   *   mov r12, rdi                  # r12: the step to make next
   *   mov r13, rsi                  # r13: the report
   *   mov r14, rdx                  # r14: the birth step
   *   mov eax, 14                   # rt_sigprocmask(SIG_SETMASK, &report.all, &report.saved, 8)
   *   mov edi, 2
   *   lea rsi, [r13+24]
   *   lea rdx, [r13+16]
   *   mov r10d, 8
   *   syscall
   *   mov rax, [r14]                # the birth: clone3 or clone
   *   mov rdi, [r14+8]
   *   mov rsi, [r14+16]
   *   mov rdx, [r14+24]
   *   mov r10, [r14+32]
   *   mov r8, [r14+40]
   *   mov r9, [r14+48]
   *   syscall
   *   test rax, rax
   *   jz 1f
   *   mov rbx, rax                  # the parent: it slept until the child's execve or exit
   *   mov eax, 14                   # rt_sigprocmask(SIG_SETMASK, &report.saved, NULL, 8)
   *   mov edi, 2
   *   lea rsi, [r13+16]
   *   xor edx, edx
   *   mov r10d, 8
   *   syscall
   *   mov rax, rbx
   *   add rsp, 8
   *   pop r14
   *   pop r13
   *   pop r12
   *   pop rbx
   *   ret
   * 1:                              # the child: the next step
   *   mov rax, [r12]
   *   mov rdi, [r12+8]
   *   mov rsi, [r12+16]
   *   mov rdx, [r12+24]
   *   mov r10, [r12+32]
   *   mov r8, [r12+40]
   *   mov r9, [r12+48]
   *   syscall
   *   mov [r12+72], rax
   *   cmp rax, -4095
   *   jae 3f
   *   mov rdi, [r12+80]             # is the result wanted in decimal?
   *   test rdi, rdi
   *   jz 2f
   *   mov rcx, rax                  # rcx: the number
   *   mov esi, 10
   * 5:                              # rdi: behind its last digit
   *   inc rdi
   *   xor edx, edx
   *   div rsi
   *   test rax, rax
   *   jnz 5b
   *   mov rax, rcx
   * 6:                              # the digits, the last one first
   *   xor edx, edx
   *   div rsi
   *   add dl, '0'
   *   dec rdi
   *   mov [rdi], dl
   *   test rax, rax
   *   jnz 6b
   * 2:
   *   add r12, 88
   *   jmp 1b
   * 3:                              # it failed: may this errno be passed over?
   *   mov rcx, rax
   *   neg rcx
   *   cmp rcx, 128
   *   jae 4f
   *   mov rdx, rcx
   *   shr rdx, 6
   *   mov rdx, [r12+rdx*8+56]
   *   bt rdx, rcx
   *   jc 2b
   * 4:                              # no: say which step, and end
   *   mov [r13], rax
   *   mov [r13+8], r12
   *   mov eax, 231                  # exit_group(127)
   *   mov edi, 127
   *   syscall
   *   ud2
   * end
   */
  static final String SPAWN =
      "f30f1efa534154415541564883ec084989fc4989f54989d6b80e000000bf02000000498d"
          + "7518498d551041ba080000000f05498b06498b7e08498b7610498b56184d8b56204d8b46"
          + "284d8b4e300f054885c0742a4889c3b80e000000bf02000000498d751031d241ba080000"
          + "000f054889d84883c408415e415d415c5bc3498b0424498b7c2408498b742410498b5424"
          + "184d8b5424204d8b4424284d8b4c24300f054989442448483d01f0ffff733a498b7c2450"
          + "4885ff742a4889c1be0a00000048ffc731d248f7f64885c075f34889c831d248f7f680c2"
          + "3048ffcf88174885c075ee4983c458eb954889c148f7d94881f98000000073124889ca48"
          + "c1ea06498b54d438480fa3ca72d9498945004d896508b8e7000000bf7f0000000f050f0b";

  /*-
   * asm global reference (GNU as, .intel_syntax noprefix)
   *   endbr64
   *   push rbx
   *   push r12
   *   sub rsp, 8
   *   mov rbx, rdi                  # rbx: the JNIEnv
   *   mov rax, rsi                  # rax: the function's offset in its table
   *   mov rsi, rdx
   *   mov rdx, rcx
   *   mov rcx, r8
   *   add rax, [rdi]
   *   call [rax]                    # (*env)->function(env, a1, a2, a3)
   *   mov r12, rax                  # r12: its result
   *   mov rdi, rbx
   *   mov rax, [rbx]
   *   call [rax+1824]               # (*env)->ExceptionCheck(env)
   *   test al, al
   *   jnz 1f
   *   mov rdi, rbx
   *   mov rsi, r12
   *   mov rax, [rbx]
   *   call [rax+168]                # (*env)->NewGlobalRef(env, result)
   *   jmp 2f
   * 1:                              # thrown: no reference
   *   xor eax, eax
   * 2:
   *   add rsp, 8
   *   pop r12
   *   pop rbx
   *   ret
   * end
   */
  static final String GLOBAL_REFERENCE =
      "f30f1efa5341544883ec084889fb4889f04889d64889ca4c89c1480307ff104989c44889"
          + "df488b03ff902007000084c075114889df4c89e6488b03ff90a8000000eb0231c04883c4"
          + "08415c5bc3";

  /*-
   * asm calls (GNU as, .intel_syntax noprefix)
   *   endbr64
   *   push rbx
   *   push r12
   *   sub rsp, 8
   *   mov rbx, rdi                  # rbx: the call
   *   mov r12, rsi                  # r12: how many are left
   * 1:
   *   test r12, r12
   *   jz 2f
   *   mov rdi, qword ptr [rbx+8]
   *   mov rsi, qword ptr [rbx+16]
   *   mov rdx, qword ptr [rbx+24]
   *   xor eax, eax
   *   call qword ptr [rbx]
   *   mov qword ptr [rbx+32], rax
   *   cmp eax, -1                   # an int of -1: it failed
   *   je 2f
   *   add rbx, 40
   *   dec r12
   *   jmp 1b
   * 2:
   *   mov rax, r12                  # those that were not made, with the one that failed
   *   add rsp, 8
   *   pop r12
   *   pop rbx
   *   ret
   * end
   */
  static final String CALLS =
      "f30f1efa5341544883ec084889fb4989f44d85e47422488b7b08488b7310488b531831c0"
          + "ff134889432083f8ff74094883c32849ffccebd94c89e04883c408415c5bc3";

  /*-
   * asm system calls (GNU as, .intel_syntax noprefix)
   *   endbr64
   *   push rbx
   *   push r12
   *   mov rbx, rdi                  # rbx: the call
   *   mov r12, rsi                  # r12: how many are left
   * 1:
   *   test r12, r12
   *   jz 2f
   *   mov rax, [rbx]
   *   mov rdi, [rbx+8]
   *   mov rsi, [rbx+16]
   *   mov rdx, [rbx+24]
   *   mov r10, [rbx+32]
   *   mov r8, [rbx+40]
   *   mov r9, [rbx+48]
   *   syscall
   *   mov [rbx+56], rax             # a result, or a negative errno
   *   add rbx, 64
   *   dec r12
   *   jmp 1b
   * 2:
   *   pop r12
   *   pop rbx
   *   ret
   * end
   */
  static final String SYSTEM_CALLS =
      "f30f1efa5341544889fb4989f44d85e4742a488b03488b7b08488b7310488b53184c8b53"
          + "204c8b43284c8b4b300f05488943384883c34049ffccebd1415c5bc3";
}
