// SPDX-License-Identifier: Apache-2.0
package io.github.noinherit.internal.stub;

/** The hooks for x86-64; {@link Hooks} says what each does and why. */
final class X86Hooks {
  private X86Hooks() {}

  /*-
   * asm add flag 0 (GNU as, Intel syntax)
   *   endbr64
   *   or edi, dword ptr [rip+flag]
   *   jmp qword ptr [rip+target]
   *   .balign 8
   * target: .quad 0
   * flag: .quad 0
   * end
   */
  static final String ADD_FLAG_0 =
      "f30f1efa0b3d0e000000ff250000000000000000000000000000000000000000";

  /*-
   * asm set argument 0 (GNU as, Intel syntax)
   *   endbr64
   *   mov edi, dword ptr [rip+value]
   *   jmp qword ptr [rip+target]
   *   .balign 8
   * target: .quad 0
   * value: .quad 0
   * end
   */
  static final String SET_ARGUMENT_0 =
      "f30f1efa8b3d0e000000ff250000000000000000000000000000000000000000";

  /*-
   * asm add flag 1 (GNU as, Intel syntax)
   *   endbr64
   *   or esi, dword ptr [rip+flag]
   *   jmp qword ptr [rip+target]
   *   .balign 8
   * target: .quad 0
   * flag: .quad 0
   * end
   */
  static final String ADD_FLAG_1 =
      "f30f1efa0b350e000000ff250000000000000000000000000000000000000000";

  /*-
   * asm set argument 1 (GNU as, Intel syntax)
   *   endbr64
   *   mov esi, dword ptr [rip+value]
   *   jmp qword ptr [rip+target]
   *   .balign 8
   * target: .quad 0
   * value: .quad 0
   * end
   */
  static final String SET_ARGUMENT_1 =
      "f30f1efa8b350e000000ff250000000000000000000000000000000000000000";

  /*-
   * asm add flag 2 (GNU as, Intel syntax)
   *   endbr64
   *   or edx, dword ptr [rip+flag]
   *   jmp qword ptr [rip+target]
   *   .balign 8
   * target: .quad 0
   * flag: .quad 0
   * end
   */
  static final String ADD_FLAG_2 =
      "f30f1efa0b150e000000ff250000000000000000000000000000000000000000";

  /*-
   * asm set argument 2 (GNU as, Intel syntax)
   *   endbr64
   *   mov edx, dword ptr [rip+value]
   *   jmp qword ptr [rip+target]
   *   .balign 8
   * target: .quad 0
   * value: .quad 0
   * end
   */
  static final String SET_ARGUMENT_2 =
      "f30f1efa8b150e000000ff250000000000000000000000000000000000000000";

  /*-
   * asm add flag 3 (GNU as, Intel syntax)
   *   endbr64
   *   or ecx, dword ptr [rip+flag]
   *   jmp qword ptr [rip+target]
   *   .balign 8
   * target: .quad 0
   * flag: .quad 0
   * end
   */
  static final String ADD_FLAG_3 =
      "f30f1efa0b0d0e000000ff250000000000000000000000000000000000000000";

  /*-
   * asm set argument 3 (GNU as, Intel syntax)
   *   endbr64
   *   mov ecx, dword ptr [rip+value]
   *   jmp qword ptr [rip+target]
   *   .balign 8
   * target: .quad 0
   * value: .quad 0
   * end
   */
  static final String SET_ARGUMENT_3 =
      "f30f1efa8b0d0e000000ff250000000000000000000000000000000000000000";

  /*-
   * asm dup (GNU as, Intel syntax)
   *   endbr64
   *   mov esi, 1030                 # F_DUPFD_CLOEXEC
   *   xor edx, edx
   *   xor eax, eax                  # variadic: no vector registers
   *   jmp qword ptr [rip+fcntl]
   *   .balign 8
   * fcntl: .quad 0
   * end
   */
  static final String DUP = "f30f1efabe0604000031d231c0ff25050000000f1f4400000000000000000000";

  /*-
   * asm dup2 (GNU as, Intel syntax)
   *   endbr64
   *   cmp edi, esi
   *   je 1f
   *   mov edx, 0x80000              # O_CLOEXEC
   *   jmp qword ptr [rip+dup3]
   * 1:                              # equal numbers: dup3 would refuse
   *   jmp qword ptr [rip+dup2]
   *   .balign 8
   * dup2: .quad 0
   * dup3: .quad 0
   * end
   */
  static final String DUP2 =
      "f30f1efa39f7740bba00000800ff2515000000ff25070000000f1f800000000000000000"
          + "000000000000000000000000";

  /*-
   * asm fcntl (GNU as, Intel syntax)
   *   endbr64
   *   test esi, esi                 # F_DUPFD is 0
   *   jne 1f
   *   mov esi, 1030                 # F_DUPFD_CLOEXEC
   * 1:
   *   jmp qword ptr [rip+fcntl]
   *   .balign 8
   * fcntl: .quad 0
   * end
   */
  static final String FCNTL = "f30f1efa85f67505be06040000ff25050000000f1f4400000000000000000000";

  /*-
   * asm epoll create (GNU as, Intel syntax)
   *   endbr64
   *   test edi, edi
   *   jle 1f
   *   mov edi, 0x80000              # EPOLL_CLOEXEC
   *   jmp qword ptr [rip+create1]
   * 1:                              # no valid size: epoll_create says so
   *   jmp qword ptr [rip+create]
   *   .balign 8
   * create: .quad 0
   * create1: .quad 0
   * end
   */
  static final String EPOLL_CREATE =
      "f30f1efa85ff7e0bbf00000800ff2515000000ff25070000000f1f800000000000000000"
          + "000000000000000000000000";

  /*-
   * asm creat (GNU as, Intel syntax)
   *   endbr64
   *   mov edx, esi
   *   mov esi, 0x80241              # O_CLOEXEC|O_TRUNC|O_CREAT|O_WRONLY
   *   xor eax, eax
   *   jmp qword ptr [rip+open]
   *   .balign 8
   * open: .quad 0
   * end
   */
  static final String CREAT = "f30f1efa89f2be4102080031c0ff25050000000f1f4400000000000000000000";

  /*-
   * asm add to mode (GNU as, Intel syntax)
   *   endbr64
   *   cmp byte ptr [rsi], 0
   *   je 3f
   *   push rbp
   *   mov rbp, rsp
   *   xor ecx, ecx                  # rcx: the length of the mode
   * 1:
   *   inc rcx
   *   cmp byte ptr [rsi+rcx], 0
   *   jne 1b
   *   lea rdx, [rcx+17]
   *   and rdx, -16
   *   sub rsp, rdx                  # room for one character more, and NUL
   *   mov al, byte ptr [rsi]
   *   mov byte ptr [rsp], al        # the first character, e, the rest
   *   mov byte ptr [rsp+1], 'e'
   * 2:
   *   mov al, byte ptr [rsi+rcx]
   *   mov byte ptr [rsp+rcx+1], al
   *   dec rcx
   *   jne 2b
   *   mov rsi, rsp
   *   call qword ptr [rip+open]
   *   leave
   *   ret
   * 3:                              # no mode at all: the function says so
   *   jmp qword ptr [rip+open]
   *   .balign 8
   * open: .quad 0
   * end
   */
  static final String ADD_TO_MODE =
      "f30f1efa803e00743b554889e531c948ffc1803c0e0075f7488d51114883e2f04829d48a"
          + "06880424c6442401658a040e88440c0148ffc975f44889e6ff150e000000c9c3ff250600"
          + "0000660f1f4400000000000000000000";

  /*-
   * asm pipe2 of process (GNU as, Intel syntax)
   *   endbr64
   *   test esi, 0x80000
   *   jne 5f
   *   push rbx
   *   push r12
   *   push r13
   *   mov rbx, rdi                  # rbx: the two numbers
   *   or esi, 0x80000               # O_CLOEXEC
   *   call qword ptr [rip+pipe2]
   *   mov r12d, eax                 # r12d: what pipe2 returned
   *   mov edi, dword ptr [rip+key]
   *   call qword ptr [rip+getspecific]
   *   mov r13, rax                  # r13: this thread's record, or NULL
   *   test r12d, r12d
   *   jne 3f
   *   test r13, r13
   *   jne 2f
   *   mov edi, 1                    # the first of this thread: a new record
   *   mov esi, 72
   *   call qword ptr [rip+calloc]
   *   test rax, rax
   *   je 1f
   *   mov r13, rax
   *   mov edi, dword ptr [rip+key]
   *   mov rsi, r13
   *   call qword ptr [rip+setspecific]
   *   test eax, eax
   *   je 2f
   *   mov rdi, r13
   *   call qword ptr [rip+free]
   * 1:                              # no memory: no pipe either, ENOMEM
   *   mov edi, dword ptr [rbx]
   *   call qword ptr [rip+close]
   *   mov edi, dword ptr [rbx+4]
   *   call qword ptr [rip+close]
   *   call qword ptr [rip+errno]
   *   mov dword ptr [rax], 12
   *   mov eax, -1
   *   jmp 4f
   * 2:                              # remember both numbers
   *   mov eax, dword ptr [r13]
   *   mov ecx, eax
   *   and ecx, 15
   *   mov edx, dword ptr [rbx]
   *   mov dword ptr [r13+rcx*4+8], edx
   *   inc eax
   *   mov ecx, eax
   *   and ecx, 15
   *   mov edx, dword ptr [rbx+4]
   *   mov dword ptr [r13+rcx*4+8], edx
   *   inc eax
   *   mov dword ptr [r13], eax
   *   xor eax, eax
   *   jmp 4f
   * 3:                              # no pipe: this start is over, forget its others
   *   mov eax, r12d
   *   test r13, r13
   *   je 4f
   *   mov dword ptr [r13], 0
   * 4:
   *   pop r13
   *   pop r12
   *   pop rbx
   *   ret
   * 5:                              # not meant to be inherited
   *   jmp qword ptr [rip+pipe2]
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
      "f30f1efaf7c6000008000f85cb00000053415441554889fb81ce00000800ff15c4000000"
          + "4189c48b3df3000000ff15bd0000004989c54585e40f85860000004d85ed7558bf010000"
          + "00be48000000ff15ac0000004885c0741f4989c58b3dbe0000004c89eeff158d00000085"
          + "c0742d4c89efff15900000008b3bff15900000008b7b04ff1587000000ff1589000000c7"
          + "000c000000b8ffffffffeb39418b450089c183e10f8b134189548d08ffc089c183e10f8b"
          + "53044189548d08ffc04189450031c0eb104489e04d85ed740841c7450000000000415d41"
          + "5c5bc3ff25070000000f1f80000000000000000000000000000000000000000000000000"
          + "000000000000000000000000000000000000000000000000000000000000000000000000"
          + "0000000000000000";

  /*-
   * asm pipe of process (GNU as, Intel syntax)
   *   endbr64
   *   xor esi, esi
   *   test esi, 0x80000
   *   jne 5f
   *   push rbx
   *   push r12
   *   push r13
   *   mov rbx, rdi                  # rbx: the two numbers
   *   or esi, 0x80000               # O_CLOEXEC
   *   call qword ptr [rip+pipe2]
   *   mov r12d, eax                 # r12d: what pipe2 returned
   *   mov edi, dword ptr [rip+key]
   *   call qword ptr [rip+getspecific]
   *   mov r13, rax                  # r13: this thread's record, or NULL
   *   test r12d, r12d
   *   jne 3f
   *   test r13, r13
   *   jne 2f
   *   mov edi, 1                    # the first of this thread: a new record
   *   mov esi, 72
   *   call qword ptr [rip+calloc]
   *   test rax, rax
   *   je 1f
   *   mov r13, rax
   *   mov edi, dword ptr [rip+key]
   *   mov rsi, r13
   *   call qword ptr [rip+setspecific]
   *   test eax, eax
   *   je 2f
   *   mov rdi, r13
   *   call qword ptr [rip+free]
   * 1:                              # no memory: no pipe either, ENOMEM
   *   mov edi, dword ptr [rbx]
   *   call qword ptr [rip+close]
   *   mov edi, dword ptr [rbx+4]
   *   call qword ptr [rip+close]
   *   call qword ptr [rip+errno]
   *   mov dword ptr [rax], 12
   *   mov eax, -1
   *   jmp 4f
   * 2:                              # remember both numbers
   *   mov eax, dword ptr [r13]
   *   mov ecx, eax
   *   and ecx, 15
   *   mov edx, dword ptr [rbx]
   *   mov dword ptr [r13+rcx*4+8], edx
   *   inc eax
   *   mov ecx, eax
   *   and ecx, 15
   *   mov edx, dword ptr [rbx+4]
   *   mov dword ptr [r13+rcx*4+8], edx
   *   inc eax
   *   mov dword ptr [r13], eax
   *   xor eax, eax
   *   jmp 4f
   * 3:                              # no pipe: this start is over, forget its others
   *   mov eax, r12d
   *   test r13, r13
   *   je 4f
   *   mov dword ptr [r13], 0
   * 4:
   *   pop r13
   *   pop r12
   *   pop rbx
   *   ret
   * 5:                              # not meant to be inherited
   *   jmp qword ptr [rip+pipe2]
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
      "f30f1efa31f6f7c6000008000f85cb00000053415441554889fb81ce00000800ff15c200"
          + "00004189c48b3df1000000ff15bb0000004989c54585e40f85860000004d85ed7558bf01"
          + "000000be48000000ff15aa0000004885c0741f4989c58b3dbc0000004c89eeff158b0000"
          + "0085c0742d4c89efff158e0000008b3bff158e0000008b7b04ff1585000000ff15870000"
          + "00c7000c000000b8ffffffffeb39418b450089c183e10f8b134189548d08ffc089c183e1"
          + "0f8b53044189548d08ffc04189450031c0eb104489e04d85ed740841c745000000000041"
          + "5d415c5bc3ff25050000000f1f4400000000000000000000000000000000000000000000"
          + "000000000000000000000000000000000000000000000000000000000000000000000000"
          + "0000000000000000";

  /*-
   * asm posix spawn (GNU as, Intel syntax)
   *   endbr64
   *   push rbp
   *   mov rbp, rsp
   *   push rbx
   *   push r12
   *   push r13
   *   push r14
   *   push r15
   *   sub rsp, 312                  # 256 bytes for file actions of our own, and the arguments
   *   mov qword ptr [rsp+256], rdi
   *   mov qword ptr [rsp+264], rsi
   *   mov qword ptr [rsp+272], rdx
   *   mov qword ptr [rsp+280], rcx
   *   mov qword ptr [rsp+288], r8
   *   mov qword ptr [rsp+296], r9
   *   mov edi, dword ptr [rip+key]
   *   call qword ptr [rip+getspecific]
   *   mov r12, rax                  # r12: this thread's record, or NULL
   *   test r12, r12
   *   je 7f
   *   cmp dword ptr [r12], 0
   *   je 7f
   *   mov r13, qword ptr [rsp+272]  # r13: the file actions: the caller's, or ours
   *   test r13, r13
   *   jne 1f
   *   mov r13, rsp
   *   mov rdi, r13
   *   call qword ptr [rip+init]
   *   mov r15d, eax                 # r15d: the result
   *   test eax, eax
   *   jne 6f
   * 1:
   *   mov ebx, dword ptr [r12]      # ebx: how many numbers are left
   *   cmp ebx, 16
   *   jbe 3f
   *   mov ebx, 16
   * 3:
   *   dec ebx
   *   js 4f
   *   mov r14d, dword ptr [r12+rbx*4+8]
   *   mov edi, r14d
   *   mov esi, 1                    # F_GETFD: is it open at all?
   *   xor edx, edx
   *   xor eax, eax
   *   call qword ptr [rip+fcntl]
   *   cmp eax, -1
   *   je 3b
   *   mov rdi, r13
   *   mov esi, r14d
   *   mov edx, r14d
   *   call qword ptr [rip+adddup2]
   *   mov r15d, eax
   *   test eax, eax
   *   jne 5f
   *   jmp 3b
   * 4:
   *   mov rdi, qword ptr [rsp+256]
   *   mov rsi, qword ptr [rsp+264]
   *   mov rdx, r13
   *   mov rcx, qword ptr [rsp+280]
   *   mov r8, qword ptr [rsp+288]
   *   mov r9, qword ptr [rsp+296]
   *   call qword ptr [rip+spawn]
   *   mov r15d, eax
   * 5:
   *   cmp r13, rsp
   *   jne 6f
   *   mov rdi, r13
   *   call qword ptr [rip+destroy]
   * 6:                              # this start is over
   *   mov dword ptr [r12], 0
   *   mov eax, r15d
   *   lea rsp, [rbp-40]
   *   pop r15
   *   pop r14
   *   pop r13
   *   pop r12
   *   pop rbx
   *   pop rbp
   *   ret
   * 7:                              # nothing remembered: as it was called
   *   mov rdi, qword ptr [rsp+256]
   *   mov rsi, qword ptr [rsp+264]
   *   mov rdx, qword ptr [rsp+272]
   *   mov rcx, qword ptr [rsp+280]
   *   mov r8, qword ptr [rsp+288]
   *   mov r9, qword ptr [rsp+296]
   *   lea rsp, [rbp-40]
   *   pop r15
   *   pop r14
   *   pop r13
   *   pop r12
   *   pop rbx
   *   pop rbp
   *   jmp qword ptr [rip+spawn]
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
      "f30f1efa554889e55341544155415641574881ec380100004889bc24000100004889b424"
          + "08010000488994241001000048898c24180100004c898424200100004c898c2428010000"
          + "8b3d5a010000ff152c0100004989c44d85e40f84d100000041833c24000f84c60000004c"
          + "8bac24100100004d85ed75174989e54c89efff150c0100004189c785c00f858800000041"
          + "8b1c2483fb107605bb10000000ffcb7834458b749c084489f7be0100000031d231c0ff15"
          + "d000000083f8ff74e04c89ef4489f64489f2ff15cc0000004189c785c07536ebc8488bbc"
          + "2400010000488bb424080100004c89ea488b8c24180100004c8b8424200100004c8b8c24"
          + "28010000ff15720000004189c74939e575094c89efff158900000041c704240000000044"
          + "89f8488d65d8415f415e415d415c5b5dc3488bbc2400010000488bb42408010000488b94"
          + "2410010000488b8c24180100004c8b8424200100004c8b8c2428010000488d65d8415f41"
          + "5e415d415c5b5dff25030000000f1f000000000000000000000000000000000000000000"
          + "000000000000000000000000000000000000000000000000000000000000000000000000";

  /*-
   * asm fcntl of process (GNU as, Intel syntax)
   *   endbr64
   *   test esi, esi                 # F_DUPFD is 0
   *   jne 1f
   *   mov esi, 1030                 # F_DUPFD_CLOEXEC
   * 1:
   *   cmp esi, 1                    # F_GETFD?
   *   je 2f
   *   cmp esi, 2                    # or F_SETFD, and FD_CLOEXEC not among the flags?
   *   jne 8f
   *   test edx, 1
   *   jne 8f
   * 2:
   *   push rbx
   *   push r12
   *   push r13
   *   mov ebx, edi                  # ebx: the number
   *   mov r13d, esi
   *   mov esi, 1                    # F_GETFD
   *   xor edx, edx
   *   xor eax, eax
   *   call qword ptr [rip+fcntl]
   *   cmp eax, -1
   *   je 7f
   *   cmp r13d, 1
   *   mov r13d, eax                 # r13d: the result
   *   je 3f
   *   xor r13d, r13d
   *   jmp 4f
   * 3:
   *   test eax, 1                   # asked, and told that it is close-on-exec: no more
   *   jne 7f
   * 4:
   *   mov edi, dword ptr [rip+key]
   *   call qword ptr [rip+getspecific]
   *   mov r12, rax                  # r12: this thread's record
   *   test r12, r12
   *   jne 6f
   *   mov edi, 1                    # the first of this thread: a new record
   *   mov esi, 72
   *   call qword ptr [rip+calloc]
   *   test rax, rax
   *   je 5f
   *   mov r12, rax
   *   mov edi, dword ptr [rip+key]
   *   mov rsi, r12
   *   call qword ptr [rip+setspecific]
   *   test eax, eax
   *   je 6f
   *   mov rdi, r12
   *   call qword ptr [rip+free]
   * 5:                              # no memory
   *   call qword ptr [rip+errno]
   *   mov dword ptr [rax], 12
   *   mov eax, -1
   *   jmp 7f
   * 6:                              # remember the number, and leave it as it is
   *   mov eax, dword ptr [r12]
   *   mov ecx, eax
   *   and ecx, 15
   *   mov dword ptr [r12+rcx*4+8], ebx
   *   inc eax
   *   mov dword ptr [r12], eax
   *   mov eax, r13d
   * 7:
   *   pop r13
   *   pop r12
   *   pop rbx
   *   ret
   * 8:
   *   jmp qword ptr [rip+fcntl]
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
      "f30f1efa85f67505be0604000083fe01741583fe020f85bb000000f7c2010000000f85af"
          + "000000534154415589fb4189f5be0100000031d231c0ff15a000000083f8ff0f84870000"
          + "004183fd014189c574054531edeb07a90100000075728b3dac000000ff157e0000004989"
          + "c44d85e47547bf01000000be48000000ff15760000004885c0741f4989c48b3d80000000"
          + "4c89e6ff155700000085c0741c4c89e7ff155a000000ff155c000000c7000c000000b8ff"
          + "ffffffeb17418b042489c183e10f41895c8c08ffc0418904244489e8415d415c5bc3ff25"
          + "040000000f1f400000000000000000000000000000000000000000000000000000000000"
          + "00000000000000000000000000000000000000000000000000000000";

  /*-
   * asm load (GNU as, Intel syntax)
   *   endbr64
   *   push rbx
   *   push r12
   *   sub rsp, 24
   *   mov rbx, rdi                  # rbx: the name
   *   mov r12d, esi                 # r12d: the second argument
   *   test rdi, rdi
   *   je 1f
   *   mov rdi, qword ptr [rip+vm]
   *   lea rsi, [rsp]
   *   mov edx, 0x150000             # JNI_VERSION_21
   *   mov rax, qword ptr [rdi]
   *   call qword ptr [rax+48]       # (*vm)->GetEnv(vm, &env, version)
   *   test eax, eax
   *   jne 1f
   *   mov rdi, qword ptr [rsp]
   *   mov rax, qword ptr [rdi]
   *   call qword ptr [rax+1824]     # (*env)->ExceptionCheck(env): Java may not be called with one
   *   test al, al
   *   jne 1f
   *   mov rdi, qword ptr [rsp]
   *   mov rsi, qword ptr [rip+type]
   *   mov rax, qword ptr [rdi]
   *   call qword ptr [rax+200]      # (*env)->NewLocalRef(env, type): NULL if it was unloaded
   *   test rax, rax
   *   je 1f
   *   mov qword ptr [rsp+8], rbx    # jvalue arguments[1]
   *   mov rdi, qword ptr [rsp]
   *   mov rsi, rax
   *   mov rdx, qword ptr [rip+method]
   *   lea rcx, [rsp+8]
   *   mov rax, qword ptr [rdi]
   *   call qword ptr [rax+1144]     # (*env)->CallStaticVoidMethodA(env, type, method, arguments)
   *   mov rdi, qword ptr [rsp]
   *   mov rax, qword ptr [rdi]
   *   call qword ptr [rax+1824]     # (*env)->ExceptionCheck(env)
   *   test al, al
   *   jne 2f
   * 1:
   *   mov rdi, rbx
   *   mov esi, r12d
   *   add rsp, 24
   *   pop r12
   *   pop rbx
   *   jmp qword ptr [rip+target]
   * 2:                              # thrown: nothing is loaded, and the caller's Java code gets it
   *   xor eax, eax
   *   add rsp, 24
   *   pop r12
   *   pop rbx
   *   ret
   *   .balign 8
   * target: .quad 0
   * vm: .quad 0
   * type: .quad 0
   * method: .quad 0
   * end
   */
  static final String LOAD =
      "f30f1efa5341544883ec184889fb4189f44885ff7476488b3d9b000000488d3424ba0000"
          + "1500488b07ff503085c0755c488b3c24488b07ff902007000084c0754b488b3c24488b35"
          + "74000000488b07ff90c80000004885c0743248895c2408488b3c244889c6488b155b0000"
          + "00488d4c2408488b07ff9078040000488b3c24488b07ff902007000084c075134889df44"
          + "89e64883c418415c5bff251100000031c04883c418415c5bc30f1f800000000000000000"
          + "00000000000000000000000000000000000000000000000000000000";
}
