# Integer arithmetic in registers: a xorshift generator whose values are summed.
# Machine mode, no memory but code.

        .ifndef ROUNDS
        .equ    ROUNDS, 12500000
        .endif
        .equ    TEST_FINISHER, 0x100000
        .equ    FINISHER_PASS, 0x5555

        .section .text
        .globl  _start
_start:
        li      a0, ROUNDS
        li      a1, 0x2545f491          # the generator's state
        li      a2, 0                   # the sum
        li      a3, 0                   # how many values were odd
round:
        slli    t0, a1, 13
        xor     a1, a1, t0
        srli    t0, a1, 17
        xor     a1, a1, t0
        slli    t0, a1, 5
        xor     a1, a1, t0
        add     a2, a2, a1
        andi    t0, a1, 1
        beqz    t0, even
        addi    a3, a3, 1
even:
        addi    a0, a0, -1
        bnez    a0, round

        li      t0, TEST_FINISHER
        li      t1, FINISHER_PASS
        sw      t1, 0(t0)
stop:
        j       stop
