# System calls: a program in U-mode that does nothing but call, and a kernel in S-mode that saves
# and restores its registers for each call. No paging.

        .ifndef ROUNDS
        .equ    ROUNDS, 2500000
        .endif
        .equ    TEST_FINISHER, 0x100000
        .equ    FINISHER_PASS, 0x5555
        .equ    MPP_S, 0x800
        .equ    SPP, 0x100
        .equ    ECALL_FROM_U, 0x100     # 1 << 8, in medeleg
        .equ    PMP_ALL, 0x1f           # NAPOT, readable, writable, executable

        .section .text
        .globl  _start
_start:
        li      t0, -1
        csrw    pmpaddr0, t0
        li      t0, PMP_ALL
        csrw    pmpcfg0, t0
        li      t0, ECALL_FROM_U
        csrw    medeleg, t0
        li      t0, MPP_S
        csrs    mstatus, t0
        la      t0, kernel
        csrw    mepc, t0
        mret

kernel:
        la      t0, kernel_trap
        csrw    stvec, t0
        la      t0, frame
        csrw    sscratch, t0
        li      t0, SPP
        csrc    sstatus, t0
        la      t0, program
        csrw    sepc, t0
        sret

        .balign 4
kernel_trap:
        csrrw   sp, sscratch, sp
        sw      ra, 0(sp)
        sw      t0, 4(sp)
        sw      t1, 8(sp)
        sw      t2, 12(sp)
        sw      a1, 16(sp)
        sw      a2, 20(sp)
        sw      a3, 24(sp)
        sw      a4, 28(sp)
        sw      a5, 32(sp)
        sw      a6, 36(sp)
        csrr    t0, sepc
        addi    t0, t0, 4
        csrw    sepc, t0
        csrr    t1, scause
        li      t2, 8
        bne     t1, t2, unexpected
        addi    a0, a0, 1               # the service
        lw      ra, 0(sp)
        lw      t0, 4(sp)
        lw      t1, 8(sp)
        lw      t2, 12(sp)
        lw      a1, 16(sp)
        lw      a2, 20(sp)
        lw      a3, 24(sp)
        lw      a4, 28(sp)
        lw      a5, 32(sp)
        lw      a6, 36(sp)
        csrrw   sp, sscratch, sp
        sret
unexpected:
        ebreak

program:
        li      a0, 0
        li      s0, ROUNDS
call_again:
        ecall
        addi    s0, s0, -1
        bnez    s0, call_again
        li      t0, TEST_FINISHER
        li      t1, FINISHER_PASS
        sw      t1, 0(t0)
stop:
        j       stop

        .section .bss
        .balign 16
frame:
        .space  64
