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
    or t3, a0, a1
    andi t3, t3, 3
    bnez t3, .Lup_bytes
    andi t4, a2, ~15
    add t4, t4, a0              # end of whole groups of four words
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
    andi t4, a2, ~3
    add t4, t4, a0
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
