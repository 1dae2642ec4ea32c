# Counting bits of a 32-bit word, as WebAssembly's clz, ctz and popcnt do: of zero, clz and ctz are 32.

# uint32_t __count_leading_zeros(uint32_t a0)
    .section .text.__count_leading_zeros, "ax", @progbits
    .globl __count_leading_zeros
    .type __count_leading_zeros, @function
__count_leading_zeros:
    beqz a0, .Lleading_zero
    mv t0, a0
    li a0, 0
    srli t1, t0, 16
    bnez t1, .Lleading_8
    slli t0, t0, 16
    addi a0, a0, 16
.Lleading_8:
    srli t1, t0, 24
    bnez t1, .Lleading_4
    slli t0, t0, 8
    addi a0, a0, 8
.Lleading_4:
    srli t1, t0, 28
    bnez t1, .Lleading_2
    slli t0, t0, 4
    addi a0, a0, 4
.Lleading_2:
    srli t1, t0, 30
    bnez t1, .Lleading_1
    slli t0, t0, 2
    addi a0, a0, 2
.Lleading_1:
    bltz t0, .Lleading_end
    addi a0, a0, 1
.Lleading_end:
    ret
.Lleading_zero:
    li a0, 32
    ret
    .size __count_leading_zeros, . - __count_leading_zeros

# uint32_t __count_trailing_zeros(uint32_t a0)
    .section .text.__count_trailing_zeros, "ax", @progbits
    .globl __count_trailing_zeros
    .type __count_trailing_zeros, @function
__count_trailing_zeros:
    beqz a0, .Ltrailing_zero
    mv t0, a0
    li a0, 0
    slli t1, t0, 16
    bnez t1, .Ltrailing_8
    srli t0, t0, 16
    addi a0, a0, 16
.Ltrailing_8:
    andi t1, t0, 255
    bnez t1, .Ltrailing_4
    srli t0, t0, 8
    addi a0, a0, 8
.Ltrailing_4:
    andi t1, t0, 15
    bnez t1, .Ltrailing_2
    srli t0, t0, 4
    addi a0, a0, 4
.Ltrailing_2:
    andi t1, t0, 3
    bnez t1, .Ltrailing_1
    srli t0, t0, 2
    addi a0, a0, 2
.Ltrailing_1:
    andi t1, t0, 1
    bnez t1, .Ltrailing_end
    addi a0, a0, 1
.Ltrailing_end:
    ret
.Ltrailing_zero:
    li a0, 32
    ret
    .size __count_trailing_zeros, . - __count_trailing_zeros

# uint32_t __count_ones(uint32_t a0): sums of pairs, of nibbles, of bytes, then all bytes at once.
    .section .text.__count_ones, "ax", @progbits
    .globl __count_ones
    .type __count_ones, @function
__count_ones:
    li t0, 0x55555555
    srli t1, a0, 1
    and t1, t1, t0
    sub a0, a0, t1
    li t0, 0x33333333
    srli t1, a0, 2
    and t1, t1, t0
    and a0, a0, t0
    add a0, a0, t1
    srli t1, a0, 4
    add a0, a0, t1
    li t0, 0x0f0f0f0f
    and a0, a0, t0
    li t0, 0x01010101
    mul a0, a0, t0
    srli a0, a0, 24
    ret
    .size __count_ones, . - __count_ones
