# Runs one random program after another. Each has a block of 64 KiB (image.ts); mscratch holds the
# address of the running one's. Ends through the test finisher.

.equ MODE,        0x000     # ProgramMode, or END
.equ SATP,        0x004
.equ END_PC,      0x008     # the ecall that ends the program
.equ MSTATUS,     0x00c
.equ ENTRY,       0x010     # the first instruction
.equ REGISTERS,   0x100     # x0 … x31 at the start
.equ FINAL,       0x200     # x0 … x31 at the end
.equ FINAL_CSRS,  0x280
# 0x284 … 0x28c: scause, stval, mstatus
.equ FLOATS,      0x400     # f0 … f31 at the start, 8 bytes each
.equ FINAL_FLOATS, 0x500    # f0 … f31 at the end
.equ FCSR,        0x600     # fcsr at the start
.equ FINAL_FCSR,  0x604     # fcsr at the end
.equ FS_DIRTY,    0x6000    # in mstatus
.equ LOG_OFFSET,  0x300
.equ SAVED_X2,    0x304
.equ SAVED_X3,    0x308
.equ LOG_PAGE,    1         # 4 KiB of {mcause, mepc, mtval, mstatus}
.equ BLOCK_PAGES, 16
.equ FIRST_BLOCK, 0x80010000
.equ FINISHER,    0x00100000
.equ FINISHER_PASS, 0x5555

.globl _start
_start:
    csrr    t0, mhartid         # QEMU makes atomics atomic only where there are two harts
    bnez    t0, park
    la      t0, handler
    csrw    mtvec, t0
    li      t0, -1              # one PMP entry opens all of memory to S and U
    csrw    pmpaddr0, t0
    li      t0, 0x1f
    csrw    pmpcfg0, t0
    li      s0, FIRST_BLOCK

run_block:
    lw      t0, MODE(s0)
    li      t1, -1
    beq     t0, t1, finish_all
    csrw    mscratch, s0
    lw      t0, SATP(s0)
    csrw    satp, t0
    sfence.vma
    li      t0, FS_DIRTY
    csrs    mstatus, t0
    fld     f0, FLOATS+0(s0)
    fld     f1, FLOATS+8(s0)
    fld     f2, FLOATS+16(s0)
    fld     f3, FLOATS+24(s0)
    fld     f4, FLOATS+32(s0)
    fld     f5, FLOATS+40(s0)
    fld     f6, FLOATS+48(s0)
    fld     f7, FLOATS+56(s0)
    fld     f8, FLOATS+64(s0)
    fld     f9, FLOATS+72(s0)
    fld     f10, FLOATS+80(s0)
    fld     f11, FLOATS+88(s0)
    fld     f12, FLOATS+96(s0)
    fld     f13, FLOATS+104(s0)
    fld     f14, FLOATS+112(s0)
    fld     f15, FLOATS+120(s0)
    fld     f16, FLOATS+128(s0)
    fld     f17, FLOATS+136(s0)
    fld     f18, FLOATS+144(s0)
    fld     f19, FLOATS+152(s0)
    fld     f20, FLOATS+160(s0)
    fld     f21, FLOATS+168(s0)
    fld     f22, FLOATS+176(s0)
    fld     f23, FLOATS+184(s0)
    fld     f24, FLOATS+192(s0)
    fld     f25, FLOATS+200(s0)
    fld     f26, FLOATS+208(s0)
    fld     f27, FLOATS+216(s0)
    fld     f28, FLOATS+224(s0)
    fld     f29, FLOATS+232(s0)
    fld     f30, FLOATS+240(s0)
    fld     f31, FLOATS+248(s0)
    lw      t0, FCSR(s0)
    csrw    fcsr, t0
    lw      t0, MSTATUS(s0)
    csrw    mstatus, t0
    lw      t0, ENTRY(s0)
    csrw    mepc, t0
    csrw    sscratch, zero
    csrw    scause, zero
    csrw    stval, zero
    fence.i
    lw      x1, REGISTERS+4(s0)
    lw      x2, REGISTERS+8(s0)
    lw      x3, REGISTERS+12(s0)
    lw      x4, REGISTERS+16(s0)
    lw      x5, REGISTERS+20(s0)
    lw      x6, REGISTERS+24(s0)
    lw      x7, REGISTERS+28(s0)
    lw      x9, REGISTERS+36(s0)
    lw      x10, REGISTERS+40(s0)
    lw      x11, REGISTERS+44(s0)
    lw      x12, REGISTERS+48(s0)
    lw      x13, REGISTERS+52(s0)
    lw      x14, REGISTERS+56(s0)
    lw      x15, REGISTERS+60(s0)
    lw      x16, REGISTERS+64(s0)
    lw      x17, REGISTERS+68(s0)
    lw      x18, REGISTERS+72(s0)
    lw      x19, REGISTERS+76(s0)
    lw      x20, REGISTERS+80(s0)
    lw      x21, REGISTERS+84(s0)
    lw      x22, REGISTERS+88(s0)
    lw      x23, REGISTERS+92(s0)
    lw      x24, REGISTERS+96(s0)
    lw      x25, REGISTERS+100(s0)
    lw      x26, REGISTERS+104(s0)
    lw      x27, REGISTERS+108(s0)
    lw      x28, REGISTERS+112(s0)
    lw      x29, REGISTERS+116(s0)
    lw      x30, REGISTERS+120(s0)
    lw      x31, REGISTERS+124(s0)
    lw      x8, REGISTERS+32(s0)
    mret

# Logs the trap and goes on behind the instruction that took it.
.balign 4
handler:
    csrrw   x1, mscratch, x1
    sw      x2, SAVED_X2(x1)
    sw      x3, SAVED_X3(x1)
    csrr    x2, mepc
    lw      x3, END_PC(x1)
    beq     x2, x3, finish_block
    lw      x2, LOG_OFFSET(x1)
    lui     x3, LOG_PAGE
    add     x3, x3, x1
    add     x3, x3, x2
    csrr    x2, mcause
    sw      x2, 0(x3)
    csrr    x2, mepc
    sw      x2, 4(x3)
    csrr    x2, mtval
    sw      x2, 8(x3)
    csrr    x2, mstatus
    sw      x2, 12(x3)
    lw      x2, LOG_OFFSET(x1)
    addi    x2, x2, 16
    slli    x2, x2, 20          # the log wraps at 4 KiB
    srli    x2, x2, 20
    sw      x2, LOG_OFFSET(x1)
    csrr    x2, mepc
    lhu     x3, 0(x2)           # the two low bits of a 32-bit instruction are set
    andi    x3, x3, 3
    addi    x3, x3, 1
    andi    x3, x3, 4
    srli    x3, x3, 1
    addi    x2, x2, 2
    add     x2, x2, x3
    csrw    mepc, x2
    lw      x3, SAVED_X3(x1)
    lw      x2, SAVED_X2(x1)
    csrrw   x1, mscratch, x1
    mret

finish_block:
    lw      x2, SAVED_X2(x1)
    lw      x3, SAVED_X3(x1)
    sw      x2, FINAL+8(x1)
    sw      x3, FINAL+12(x1)
    sw      x4, FINAL+16(x1)
    sw      x5, FINAL+20(x1)
    sw      x6, FINAL+24(x1)
    sw      x7, FINAL+28(x1)
    sw      x8, FINAL+32(x1)
    sw      x9, FINAL+36(x1)
    sw      x10, FINAL+40(x1)
    sw      x11, FINAL+44(x1)
    sw      x12, FINAL+48(x1)
    sw      x13, FINAL+52(x1)
    sw      x14, FINAL+56(x1)
    sw      x15, FINAL+60(x1)
    sw      x16, FINAL+64(x1)
    sw      x17, FINAL+68(x1)
    sw      x18, FINAL+72(x1)
    sw      x19, FINAL+76(x1)
    sw      x20, FINAL+80(x1)
    sw      x21, FINAL+84(x1)
    sw      x22, FINAL+88(x1)
    sw      x23, FINAL+92(x1)
    sw      x24, FINAL+96(x1)
    sw      x25, FINAL+100(x1)
    sw      x26, FINAL+104(x1)
    sw      x27, FINAL+108(x1)
    sw      x28, FINAL+112(x1)
    sw      x29, FINAL+116(x1)
    sw      x30, FINAL+120(x1)
    sw      x31, FINAL+124(x1)
    csrr    x2, mscratch
    sw      x2, FINAL+4(x1)
    csrr    x2, sscratch
    sw      x2, FINAL_CSRS(x1)
    csrr    x2, scause
    sw      x2, FINAL_CSRS+4(x1)
    csrr    x2, stval
    sw      x2, FINAL_CSRS+8(x1)
    csrr    x2, mstatus
    sw      x2, FINAL_CSRS+12(x1)
    li      x2, FS_DIRTY
    csrs    mstatus, x2
    csrr    x2, fcsr
    sw      x2, FINAL_FCSR(x1)
    fsd     f0, FINAL_FLOATS+0(x1)
    fsd     f1, FINAL_FLOATS+8(x1)
    fsd     f2, FINAL_FLOATS+16(x1)
    fsd     f3, FINAL_FLOATS+24(x1)
    fsd     f4, FINAL_FLOATS+32(x1)
    fsd     f5, FINAL_FLOATS+40(x1)
    fsd     f6, FINAL_FLOATS+48(x1)
    fsd     f7, FINAL_FLOATS+56(x1)
    fsd     f8, FINAL_FLOATS+64(x1)
    fsd     f9, FINAL_FLOATS+72(x1)
    fsd     f10, FINAL_FLOATS+80(x1)
    fsd     f11, FINAL_FLOATS+88(x1)
    fsd     f12, FINAL_FLOATS+96(x1)
    fsd     f13, FINAL_FLOATS+104(x1)
    fsd     f14, FINAL_FLOATS+112(x1)
    fsd     f15, FINAL_FLOATS+120(x1)
    fsd     f16, FINAL_FLOATS+128(x1)
    fsd     f17, FINAL_FLOATS+136(x1)
    fsd     f18, FINAL_FLOATS+144(x1)
    fsd     f19, FINAL_FLOATS+152(x1)
    fsd     f20, FINAL_FLOATS+160(x1)
    fsd     f21, FINAL_FLOATS+168(x1)
    fsd     f22, FINAL_FLOATS+176(x1)
    fsd     f23, FINAL_FLOATS+184(x1)
    fsd     f24, FINAL_FLOATS+192(x1)
    fsd     f25, FINAL_FLOATS+200(x1)
    fsd     f26, FINAL_FLOATS+208(x1)
    fsd     f27, FINAL_FLOATS+216(x1)
    fsd     f28, FINAL_FLOATS+224(x1)
    fsd     f29, FINAL_FLOATS+232(x1)
    fsd     f30, FINAL_FLOATS+240(x1)
    fsd     f31, FINAL_FLOATS+248(x1)
    lui     s0, BLOCK_PAGES
    add     s0, s0, x1
    j       run_block

finish_all:
    li      t0, FINISHER
    li      t1, FINISHER_PASS
    sw      t1, 0(t0)
1:  j       1b

park:
    wfi
    j       park
