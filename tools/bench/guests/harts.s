# Four harts: each draws random numbers and counts every fourth one in a counter that all share.
# The last one to be done ends it. Machine mode, no paging.

        .ifndef ROUNDS
        .equ    ROUNDS, 2500000
        .endif
        .equ    HARTS, 4
        .equ    COUNTER, 0x81000000
        .equ    DONE, 0x81000004
        .equ    TEST_FINISHER, 0x100000
        .equ    FINISHER_PASS, 0x5555

        .section .text
        .globl  _start
_start:
        li      a0, ROUNDS
        csrr    a1, mhartid
        li      t0, 0x2545f491          # the generator's state: another one for each hart
        add     a1, a1, t0
        li      a2, COUNTER
        li      a3, 1
round:
        slli    t0, a1, 13
        xor     a1, a1, t0
        srli    t0, a1, 17
        xor     a1, a1, t0
        slli    t0, a1, 5
        xor     a1, a1, t0
        andi    t0, a1, 3
        bnez    t0, uncounted
        amoadd.w zero, a3, (a2)
uncounted:
        addi    a0, a0, -1
        bnez    a0, round

        li      a2, DONE
        amoadd.w t0, a3, (a2)
        li      t1, HARTS - 1
        bne     t0, t1, wait
        li      t0, TEST_FINISHER
        li      t1, FINISHER_PASS
        sw      t1, 0(t0)
wait:
        wfi
        j       wait
