# The program that the kernel runs in U-mode, wherever it is put. Calls: a7 = 1 prints the text at a0,
# 2 reads sector a0 to address a1, 3 ends with a0.
        .section .rodata
        .balign 4
        .globl  program_start, program_end
program_start:
        # Five pages of memory that nobody has asked for before.
        li      s0, 0x00400000
        li      s1, 5
1:      sw      s1, 0(s0)
        lui     t0, 1
        add     s0, s0, t0
        addi    s1, s1, -1
        bnez    s1, 1b

        # A sector, to the end of the second of them and the beginning of the third.
        li      a0, 3
        li      a1, 0x00401f00
        li      a7, 2
        ecall
        li      a0, 0x00401f00
        li      a7, 1
        ecall

        # The stack: calls and returns, and a page that is only read.
        li      sp, 0x7fff0000
        call    below
        li      t0, 0x00500000
        lw      s2, 0(t0)

        # What it must not do: each of these faults, and the kernel goes on behind it.
        li      t0, 0x80000000
        lw      t1, 0(t0)
        sw      t1, 0(t0)
        csrr    t1, sstatus
        li      t0, 0x00010000
        sw      t1, 0(t0)
        li      a0, 0x80000000
        li      a7, 1
        ecall

        mv      a0, s2
        addi    a0, a0, 42
        li      a7, 3
        ecall
below:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret
        .balign 4
program_end:
