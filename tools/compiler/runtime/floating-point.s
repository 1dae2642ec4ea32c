# Conversions between 64-bit integers and floating-point numbers, ilp32d, by libgcc's names. An
# integer is in a0 (low) and a1. Used by code that may use floating point only.

        .equ    TWO_TO_32, 0x4f800          # upper 20 bits of 2^32 as a single
        .equ    TWO_TO_MINUS_32, 0x2f800    # of 2^-32
        .equ    INTEGER_BITS, 53            # of a double's significand

# The number in fa0 to an unsigned integer, towards zero. Out of range: the nearest; NaN: 0.
# Leaves t1 and t2 alone.
    .section .text.__fixunsdfdi, "ax", @progbits
    .type __fixunsdfdi, @function
    .globl __fixunsdfdi
__fixunsdfdi:
    feq.d t0, fa0, fa0
    beqz t0, .Lnot_a_number
    lui t0, TWO_TO_MINUS_32
    fmv.w.x fa1, t0
    fcvt.d.s fa1, fa1
    fmul.d fa1, fa0, fa1                # exact, or less than 1
    fcvt.wu.d a1, fa1, rtz
    fcvt.d.wu fa1, a1
    lui t0, TWO_TO_32
    fmv.w.x fa2, t0
    fcvt.d.s fa2, fa2
    fnmsub.d fa0, fa1, fa2, fa0         # less the high word: exact
    fcvt.wu.d a0, fa0, rtz
    ret
.Lnot_a_number:
    li a0, 0
    li a1, 0
    ret

# The same, signed.
    .section .text.__fixdfdi, "ax", @progbits
    .type __fixdfdi, @function
    .globl __fixdfdi
__fixdfdi:
    mv t1, ra
    fcvt.d.w fa1, zero
    flt.d t2, fa0, fa1                  # negative
    fabs.d fa0, fa0
    call __fixunsdfdi
    bltz a1, .Lsaturate
    beqz t2, .Lsigned
    snez t0, a0
    neg a0, a0
    neg a1, a1
    sub a1, a1, t0
.Lsigned:
    jr t1
.Lsaturate:                             # negative: -2^63, else 2^63 - 1
    addi a0, t2, -1
    lui a1, 0x80000
    xor a1, a1, a0
    jr t1

# An unsigned integer to a single. What a double cannot hold counts as one bit in its lowest place,
# so that rounding again to single sees on which side of a tie the integer is.
    .section .text.__floatundisf, "ax", @progbits
    .type __floatundisf, @function
    .globl __floatundisf
__floatundisf:
    srli t0, a1, INTEGER_BITS - 32
    beqz t0, .Lfits_unsigned
    andi t0, a0, 2047
    addi t0, t0, 2047
    or a0, a0, t0
    srli a0, a0, 11
    slli a0, a0, 11
.Lfits_unsigned:
    fcvt.d.wu fa1, a1
    fcvt.d.wu fa0, a0
    lui t0, TWO_TO_32
    fmv.w.x fa2, t0
    fcvt.d.s fa2, fa2
    fmadd.d fa0, fa1, fa2, fa0          # exact
    fcvt.s.d fa0, fa0
    ret

# The same, signed.
    .section .text.__floatdisf, "ax", @progbits
    .type __floatdisf, @function
    .globl __floatdisf
__floatdisf:
    srai t0, a1, INTEGER_BITS - 32
    srai t1, a1, 31
    beq t0, t1, .Lfits_signed
    andi t0, a0, 2047
    addi t0, t0, 2047
    or a0, a0, t0
    srli a0, a0, 11
    slli a0, a0, 11
.Lfits_signed:
    fcvt.d.w fa1, a1
    fcvt.d.wu fa0, a0
    lui t0, TWO_TO_32
    fmv.w.x fa2, t0
    fcvt.d.s fa2, fa2
    fmadd.d fa0, fa1, fa2, fa0          # exact
    fcvt.s.d fa0, fa0
    ret
