# Floating point: sums of products of doubles, fused and not, over 1 KiB of them.
# Machine mode, no paging.

        .ifndef ROUNDS
        .equ    ROUNDS, 80000
        .endif
        .equ    PAIRS, 64
        .equ    DATA, 0x81000000
        .equ    FS_INITIAL, 0x2000
        .equ    TEST_FINISHER, 0x100000
        .equ    FINISHER_PASS, 0x5555

        .section .text
        .globl  _start
_start:
        li      t0, FS_INITIAL
        csrs    mstatus, t0

        # Numbers between 1/3 and 1: each is the one before it, times and plus a third.
        li      t0, 1
        fcvt.d.w ft0, t0
        li      t0, 3
        fcvt.d.w ft1, t0
        fdiv.d  ft1, ft0, ft1
        li      a1, DATA
        li      a2, 2 * PAIRS
fill:
        fsd     ft0, 0(a1)
        fmul.d  ft0, ft0, ft1
        fadd.d  ft0, ft0, ft1
        addi    a1, a1, 8
        addi    a2, a2, -1
        bnez    a2, fill

        li      a0, ROUNDS
round:
        li      a1, DATA
        li      a2, PAIRS
        fmv.d   fa0, ft1
pair:
        fld     fa1, 0(a1)
        fld     fa2, 8(a1)
        fmul.d  fa3, fa1, fa2
        fadd.d  fa0, fa0, fa3
        fmadd.d fa0, fa1, fa2, fa0
        fsub.d  fa0, fa0, fa1
        fsd     fa2, 0(a1)
        fsd     fa1, 8(a1)
        addi    a1, a1, 16
        addi    a2, a2, -1
        bnez    a2, pair
        addi    a0, a0, -1
        bnez    a0, round

        li      t0, TEST_FINISHER
        li      t1, FINISHER_PASS
        sw      t1, 0(t0)
stop:
        j       stop
