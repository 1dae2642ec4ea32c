# Memory streaming: copies 1 MiB to another place, word by word, again and again.
# Machine mode, no paging.

        .ifndef ROUNDS
        .equ    ROUNDS, 200
        .endif
        .equ    BYTES, 0x100000
        .equ    SOURCE, 0x81000000
        .equ    TARGET, 0x81200000
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
copy:
        lw      t0, 0(a1)
        lw      t1, 4(a1)
        lw      t2, 8(a1)
        lw      t3, 12(a1)
        sw      t0, 0(a2)
        sw      t1, 4(a2)
        sw      t2, 8(a2)
        sw      t3, 12(a2)
        addi    a1, a1, 16
        addi    a2, a2, 16
        bne     a1, a3, copy
        addi    a0, a0, -1
        bnez    a0, round

        li      t0, TEST_FINISHER
        li      t1, FINISHER_PASS
        sw      t1, 0(t0)
stop:
        j       stop
