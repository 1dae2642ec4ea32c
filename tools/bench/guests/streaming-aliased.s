# Memory streaming through arrays that lie a multiple of 16 MiB apart: in a direct-mapped cache of
# translations they want the same entries. Adds one array to the other, word by word.
# Machine mode, no paging.

        .ifndef ROUNDS
        .equ    ROUNDS, 150
        .endif
        .equ    BYTES, 0x100000
        .equ    SOURCE, 0x81000000
        .equ    TARGET, 0x82000000
        .equ    TEST_FINISHER, 0x100000
        .equ    FINISHER_PASS, 0x5555

        .section .text
        .globl  _start
_start:
        li      a0, ROUNDS
round:
        li      a1, SOURCE
        li      a2, TARGET
        li      a3, SOURCE + BYTES
sum:
        lw      t0, 0(a1)
        lw      t1, 0(a2)
        add     t0, t0, t1
        sw      t0, 0(a2)
        lw      t2, 4(a1)
        lw      t3, 4(a2)
        add     t2, t2, t3
        sw      t2, 4(a2)
        addi    a1, a1, 8
        addi    a2, a2, 8
        bne     a1, a3, sum
        addi    a0, a0, -1
        bnez    a0, round

        li      t0, TEST_FINISHER
        li      t1, FINISHER_PASS
        sw      t1, 0(t0)
stop:
        j       stop
