# Start-up of the kernel's test program. a0: StartInformation, sp: top of the stack.

        .section .text.start, "ax", @progbits
        .globl  _start
_start:
        mv      s0, a0
        call    __wasm_start
        mv      a0, s0
        call    main
exit_thread:
        li      t0, 15                  # Syscall.Exit
        ecall
        unimp

# Where threads begin that the program starts. a0: a ThreadStart (system.ts), two words.
        .section .text
        .globl  thread_start
thread_start:
        lw      t0, 0(a0)
        lw      a0, 4(a0)
        jalr    t0
        li      a0, 0
        j       exit_thread

# Bounds of the image, and the address of thread_start, as words.
        .section .rodata
        .balign 4
image_bounds:
        .word   __text_start
        .word   __text_end
        .word   __rodata_start
        .word   __rodata_end
        .word   __data_start
        .word   __image_end
        .word   thread_start

        .section .text
        .globl  bounds
bounds:
        la      a0, image_bounds
        ret

# system_call(message): loads the registers of a system call from a Message, enters the kernel,
# stores them all and returns t0.
        .globl  system_call
system_call:
        mv      t6, a0
        lw      t0, 0(t6)
        lw      t1, 4(t6)
        lw      t2, 8(t6)
        lw      t3, 12(t6)
        lw      t4, 16(t6)
        lw      t5, 20(t6)
        lw      a0, 24(t6)
        lw      a1, 28(t6)
        lw      a2, 32(t6)
        lw      a3, 36(t6)
        lw      a4, 40(t6)
        lw      a5, 44(t6)
        lw      a6, 48(t6)
        lw      a7, 52(t6)
        ecall
        sw      t0, 0(t6)
        sw      t1, 4(t6)
        sw      t2, 8(t6)
        sw      t3, 12(t6)
        sw      t4, 16(t6)
        sw      t5, 20(t6)
        sw      a0, 24(t6)
        sw      a1, 28(t6)
        sw      a2, 32(t6)
        sw      a3, 36(t6)
        sw      a4, 40(t6)
        sw      a5, 44(t6)
        sw      a6, 48(t6)
        sw      a7, 52(t6)
        mv      a0, t0
        ret

# operate(number, handle, a0, a1, a2, a3, a4): a system call that needs no memory; returns t0.
        .globl  operate
operate:
        mv      t0, a0
        mv      t1, a1
        mv      a0, a2
        mv      a1, a3
        mv      a2, a4
        mv      a3, a5
        mv      a4, a6
        ecall
        mv      a0, t0
        ret

# null_calls(count): that many system calls that do nothing.
        .globl  null_calls
null_calls:
        mv      a1, a0
next_null_call:
        li      t0, 0
        ecall
        addi    a1, a1, -1
        bnez    a1, next_null_call
        ret

# empty_calls(endpoint, count): that many calls of method 1 with no words that matter.
        .globl  empty_calls
empty_calls:
        mv      t3, a1
        mv      t6, a0
next_empty_call:
        li      t0, 1
        mv      t1, t6
        li      t2, 1
        ecall
        bltz    t0, empty_call_failed
        addi    t3, t3, -1
        bnez    t3, next_empty_call
        li      a0, 0
        ret
empty_call_failed:
        mv      a0, t0
        ret

# empty_server(endpoint): answers every call with the words that came. Does not return.
        .globl  empty_server
empty_server:
        mv      t6, a0
        li      t3, 0
next_answer:
        li      t0, 4
        mv      t1, t6
        ecall
        mv      t3, t1
        j       next_answer
