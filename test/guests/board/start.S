# From the reset ROM (M-mode, a0 = hart) to C, with a stack for each hart.
        .equ    STACK_SHIFT, 13
# mstatus.FS: floating point is on, before any code may save its registers.
        .equ    MSTATUS_FS, 3 << 13

        .section .text.start, "ax", @progbits
        .globl  _start
_start:
        # All registers the same on every machine: what is left in memory is compared.
        li      a1, 0
        li      a2, 0
        li      t0, 0
        li      s0, 0
        .option push
        .option norelax
        la      gp, __global_pointer$
        .option pop
        li      t0, MSTATUS_FS
        csrs    mstatus, t0
        csrr    a0, mhartid
        addi    t1, a0, 1
        slli    t1, t1, STACK_SHIFT
        la      sp, stacks
        add     sp, sp, t1
        bnez    a0, 1f
        call    guest_main
        call    finish
1:      call    other_hart
