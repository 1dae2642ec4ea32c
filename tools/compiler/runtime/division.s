# 64-bit division. Arguments: dividend in a0 (low) and a1, divisor in a2 (low) and a3; result in a0
# and a1. The divisor is not zero: compiled code has checked. The names are those of libgcc.

# Quotient to a0 and a1, remainder to a2 and a3. Returns to t0; leaves ra, a6 and a7 alone.
    .section .text.__divide_unsigned, "ax", @progbits
    .type __divide_unsigned, @function
    .globl __divide_unsigned
__divide_unsigned:
    bnez a3, .Lwide_divisor
    bnez a1, .Lwide_dividend
    remu t1, a0, a2
    divu a0, a0, a2
    mv a2, t1
    jr t0

# A 32-bit divisor d: first the high word, then the rest of that with the low word, in two steps of
# 16 bits (Knuth, The Art of Computer Programming, volume 2, 4.3.1, algorithm D).
.Lwide_dividend:
    remu t1, a1, a2             # t1: remainder so far, less than d
    divu a1, a1, a2
    li t2, 0                    # t2: shift that moves the highest bit of d to bit 31
    srli t3, a2, 16
    bnez t3, .Lnormalise_8
    slli a2, a2, 16
    addi t2, t2, 16
.Lnormalise_8:
    srli t3, a2, 24
    bnez t3, .Lnormalise_1
    slli a2, a2, 8
    addi t2, t2, 8
.Lnormalise_1:
    bltz a2, .Lnormalised
    slli a2, a2, 1
    addi t2, t2, 1
    j .Lnormalise_1
.Lnormalised:
    beqz t2, .Lshifted
    sll t1, t1, t2
    neg t3, t2
    srl t3, a0, t3
    or t1, t1, t3
    sll a0, a0, t2
.Lshifted:
    srli a3, a2, 16             # a3: high half of d
    slli a4, a2, 16
    srli a4, a4, 16             # a4: low half of d
    divu t4, t1, a3             # t4: estimate of the quotient's high half
    remu t1, t1, a3
    mul t5, t4, a4
    slli t1, t1, 16
    srli t6, a0, 16
    or t1, t1, t6
    bgeu t1, t5, .Lhigh_half
    addi t4, t4, -1
    add t1, t1, a2
    bltu t1, a2, .Lhigh_half    # no borrow can remain
    bgeu t1, t5, .Lhigh_half
    addi t4, t4, -1
    add t1, t1, a2
.Lhigh_half:
    sub t1, t1, t5
    divu t3, t1, a3             # t3: estimate of the low half
    remu t1, t1, a3
    mul t5, t3, a4
    slli t1, t1, 16
    slli t6, a0, 16
    srli t6, t6, 16
    or t1, t1, t6
    bgeu t1, t5, .Llow_half
    addi t3, t3, -1
    add t1, t1, a2
    bltu t1, a2, .Llow_half
    bgeu t1, t5, .Llow_half
    addi t3, t3, -1
    add t1, t1, a2
.Llow_half:
    sub t1, t1, t5
    slli t4, t4, 16
    or a0, t4, t3
    srl a2, t1, t2
    li a3, 0
    jr t0

# A divisor of more than 32 bits: the quotient has at most 32, found bit by bit. The remainder
# starts as the dividend's high word, which is less than the divisor.
.Lwide_divisor:
    mv t1, a1                   # t2:t1 remainder
    li t2, 0
    mv t3, a0                   # t3: bits still to come, then the quotient
    li t4, 32
.Lbit:
    srli t5, t2, 31             # carry out of the remainder
    slli t2, t2, 1
    srli t6, t1, 31
    or t2, t2, t6
    slli t1, t1, 1
    srli t6, t3, 31
    or t1, t1, t6
    slli t3, t3, 1
    bnez t5, .Lsubtract
    bltu t2, a3, .Lnext
    bne t2, a3, .Lsubtract
    bltu t1, a2, .Lnext
.Lsubtract:
    sltu t6, t1, a2
    sub t1, t1, a2
    sub t2, t2, a3
    sub t2, t2, t6
    ori t3, t3, 1
.Lnext:
    addi t4, t4, -1
    bnez t4, .Lbit
    mv a0, t3
    li a1, 0
    mv a2, t1
    mv a3, t2
    jr t0
    .size __divide_unsigned, . - __divide_unsigned

    .section .text.__udivdi3, "ax", @progbits
    .globl __udivdi3
    .type __udivdi3, @function
__udivdi3:
    mv t0, ra
    j __divide_unsigned
    .size __udivdi3, . - __udivdi3

    .section .text.__umoddi3, "ax", @progbits
    .globl __umoddi3
    .type __umoddi3, @function
__umoddi3:
    jal t0, __divide_unsigned
    mv a0, a2
    mv a1, a3
    ret
    .size __umoddi3, . - __umoddi3

# Makes both operands absolute. a6: sign of the dividend, a7: of the quotient. Returns to t0.
    .section .text.__make_absolute, "ax", @progbits
    .globl __make_absolute
    .type __make_absolute, @function
__make_absolute:
    mv a6, a1
    xor a7, a1, a3
    bgez a1, .Ldividend_positive
    snez t1, a0
    neg a0, a0
    neg a1, a1
    sub a1, a1, t1
.Ldividend_positive:
    bgez a3, .Ldivisor_positive
    snez t1, a2
    neg a2, a2
    neg a3, a3
    sub a3, a3, t1
.Ldivisor_positive:
    jr t0
    .size __make_absolute, . - __make_absolute

    .section .text.__divdi3, "ax", @progbits
    .globl __divdi3
    .type __divdi3, @function
__divdi3:
    jal t0, __make_absolute
    jal t0, __divide_unsigned
    bgez a7, .Lquotient_positive
    snez t1, a0
    neg a0, a0
    neg a1, a1
    sub a1, a1, t1
.Lquotient_positive:
    ret
    .size __divdi3, . - __divdi3

    .section .text.__moddi3, "ax", @progbits
    .globl __moddi3
    .type __moddi3, @function
__moddi3:
    jal t0, __make_absolute
    jal t0, __divide_unsigned
    bgez a6, .Lremainder_positive
    snez t1, a2
    neg a2, a2
    neg a3, a3
    sub a3, a3, t1
.Lremainder_positive:
    mv a0, a2
    mv a1, a3
    ret
    .size __moddi3, . - __moddi3
