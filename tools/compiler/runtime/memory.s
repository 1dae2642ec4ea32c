# Copying and filling memory, as the C library defines them; WebAssembly's memory.copy is memmove,
# memory.fill is memset. Registers: ilp32; each returns its first argument.

# void *memmove(void *a0 destination, const void *a1 source, size_t a2 count)
    .section .text.memmove, "ax", @progbits
    .globl memmove
    .type memmove, @function
memmove:
    sub t0, a0, a1
    bltu t0, a2, memmove_down   # the destination begins inside the source: from the end
    mv t1, a0
    add t2, a0, a2              # end of the destination
    sltiu t3, a2, 16
    bnez t3, .Lup_bytes         # too few to be worth the trouble
.Lup_align:
    andi t3, t1, 3
    beqz t3, .Lup_aligned
    lbu a3, 0(a1)
    sb a3, 0(t1)
    addi a1, a1, 1
    addi t1, t1, 1
    j .Lup_align
.Lup_aligned:
    andi t3, a1, 3
    bnez t3, .Lup_shift
    sub t4, t2, t1
    andi t4, t4, ~15
    add t4, t4, t1              # end of whole groups of four words
    bgeu t1, t4, .Lup_words
.Lup_group:
    lw a3, 0(a1)
    lw a4, 4(a1)
    lw a5, 8(a1)
    lw a6, 12(a1)
    sw a3, 0(t1)
    sw a4, 4(t1)
    sw a5, 8(t1)
    sw a6, 12(t1)
    addi a1, a1, 16
    addi t1, t1, 16
    bltu t1, t4, .Lup_group
.Lup_words:
    andi t4, t2, ~3
    bgeu t1, t4, .Lup_bytes
.Lup_word:
    lw a3, 0(a1)
    sw a3, 0(t1)
    addi a1, a1, 4
    addi t1, t1, 4
    bltu t1, t4, .Lup_word
.Lup_bytes:
    bgeu t1, t2, .Lup_end
.Lup_byte:
    lbu a3, 0(a1)
    sb a3, 0(t1)
    addi a1, a1, 1
    addi t1, t1, 1
    bltu t1, t2, .Lup_byte
.Lup_end:
    ret

# Each word of the destination is made of two of the source. Of every word that is loaded, some byte is
# copied, so that none lies on a page that the source is not on; and none is loaded after it was stored
# to, since the destination is behind.
.Lup_shift:
    sub a1, a1, t3              # the word in which the source goes on
    slli t4, t3, 3              # bits of it that are copied already
    neg t5, t4                  # 32 less that: shifts take their amount modulo 32
    sub t6, t2, t1
    andi t6, t6, ~7
    add t6, t6, t1              # end of whole pairs of words
    lw a3, 0(a1)
.Lup_pair:
    lw a4, 4(a1)
    srl a3, a3, t4
    sll a5, a4, t5
    or a3, a3, a5
    sw a3, 0(t1)
    lw a3, 8(a1)
    srl a4, a4, t4
    sll a5, a3, t5
    or a4, a4, a5
    sw a4, 4(t1)
    addi a1, a1, 8
    addi t1, t1, 8
    bltu t1, t6, .Lup_pair
    add a1, a1, t3
    j .Lup_bytes

memmove_down:
    add t1, a0, a2
    add a1, a1, a2
    or t3, a0, a1
    or t3, t3, a2
    andi t3, t3, 3
    bnez t3, .Ldown_byte
.Ldown_word:
    lw a3, -4(a1)
    addi a1, a1, -4
    addi t1, t1, -4
    sw a3, 0(t1)
    bltu a0, t1, .Ldown_word
    ret
.Ldown_byte:
    lbu a3, -1(a1)
    addi a1, a1, -1
    addi t1, t1, -1
    sb a3, 0(t1)
    bltu a0, t1, .Ldown_byte
    ret
    .size memmove, . - memmove

# void *memcpy(void *a0 destination, const void *a1 source, size_t a2 count)
    .section .text.memcpy, "ax", @progbits
    .globl memcpy
    .type memcpy, @function
memcpy:
    j memmove
    .size memcpy, . - memcpy

# void *memset(void *a0 destination, int a1 byte, size_t a2 count)
    .section .text.memset, "ax", @progbits
    .globl memset
    .type memset, @function
memset:
    mv t1, a0
    add t2, a0, a2              # end
    li t0, 16
    bltu a2, t0, .Lset_bytes
    andi a1, a1, 255            # the byte, in all four places of a word
    slli t3, a1, 8
    or a1, a1, t3
    slli t3, a1, 16
    or a1, a1, t3
.Lset_align:
    andi t3, t1, 3
    beqz t3, .Lset_aligned
    sb a1, 0(t1)
    addi t1, t1, 1
    j .Lset_align
.Lset_aligned:
    andi t4, t2, ~3             # end of whole words
.Lset_word:
    sw a1, 0(t1)
    addi t1, t1, 4
    bltu t1, t4, .Lset_word
.Lset_bytes:
    bgeu t1, t2, .Lset_end
.Lset_byte:
    sb a1, 0(t1)
    addi t1, t1, 1
    bltu t1, t2, .Lset_byte
.Lset_end:
    ret
    .size memset, . - memset
