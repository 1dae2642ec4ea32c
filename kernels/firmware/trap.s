# M-mode trap entry. Outside firmware mscratch holds the top of the hart's stack; inside it is
# zero, which is how a trap of the firmware's own is told apart.

# TrapFrame (trap-frame.ts), on the stack: mepc in the place of x0, x1-x31, then mstatus.
        .equ    FRAME_MEPC, 0
        .equ    FRAME_RA, 4
        .equ    FRAME_SP, 8
        .equ    FRAME_GP, 12
        .equ    FRAME_TP, 16
        .equ    FRAME_T0, 20
        .equ    FRAME_T1, 24
        .equ    FRAME_T2, 28
        .equ    FRAME_S0, 32
        .equ    FRAME_S1, 36
        .equ    FRAME_A0, 40
        .equ    FRAME_A1, 44
        .equ    FRAME_A2, 48
        .equ    FRAME_A3, 52
        .equ    FRAME_A4, 56
        .equ    FRAME_A5, 60
        .equ    FRAME_A6, 64
        .equ    FRAME_A7, 68
        .equ    FRAME_S2, 72
        .equ    FRAME_S3, 76
        .equ    FRAME_S4, 80
        .equ    FRAME_S5, 84
        .equ    FRAME_S6, 88
        .equ    FRAME_S7, 92
        .equ    FRAME_S8, 96
        .equ    FRAME_S9, 100
        .equ    FRAME_S10, 104
        .equ    FRAME_S11, 108
        .equ    FRAME_T3, 112
        .equ    FRAME_T4, 116
        .equ    FRAME_T5, 120
        .equ    FRAME_T6, 124
        .equ    FRAME_MSTATUS, 128
# Its size, rounded up: the stack stays aligned to 16 bytes.
        .equ    FRAME_BYTES, 144

# What a trap of the firmware's own saves on top of the stack.
        .equ    SPILL_T0, 0
        .equ    SPILL_T1, 4
        .equ    SPILL_BYTES, 16

        .equ    MSTATUS_MPRV, 1 << 17
# menvcfgh.STCE: S-mode has stimecmp (Sstc).
        .equ    MENVCFGH_STCE, 1 << 31


        .section .text
        .balign 4
        .globl  trap_entry
trap_entry:
        csrrw   sp, mscratch, sp
        beqz    sp, trap_in_firmware
        addi    sp, sp, -FRAME_BYTES
        sw      ra, FRAME_RA(sp)
        sw      gp, FRAME_GP(sp)
        sw      tp, FRAME_TP(sp)
        sw      t0, FRAME_T0(sp)
        sw      t1, FRAME_T1(sp)
        sw      t2, FRAME_T2(sp)
        sw      s0, FRAME_S0(sp)
        sw      s1, FRAME_S1(sp)
        sw      a0, FRAME_A0(sp)
        sw      a1, FRAME_A1(sp)
        sw      a2, FRAME_A2(sp)
        sw      a3, FRAME_A3(sp)
        sw      a4, FRAME_A4(sp)
        sw      a5, FRAME_A5(sp)
        sw      a6, FRAME_A6(sp)
        sw      a7, FRAME_A7(sp)
        sw      s2, FRAME_S2(sp)
        sw      s3, FRAME_S3(sp)
        sw      s4, FRAME_S4(sp)
        sw      s5, FRAME_S5(sp)
        sw      s6, FRAME_S6(sp)
        sw      s7, FRAME_S7(sp)
        sw      s8, FRAME_S8(sp)
        sw      s9, FRAME_S9(sp)
        sw      s10, FRAME_S10(sp)
        sw      s11, FRAME_S11(sp)
        sw      t3, FRAME_T3(sp)
        sw      t4, FRAME_T4(sp)
        sw      t5, FRAME_T5(sp)
        sw      t6, FRAME_T6(sp)
        csrrw   t0, mscratch, zero
        sw      t0, FRAME_SP(sp)
        csrr    t0, mepc
        sw      t0, FRAME_MEPC(sp)
        csrr    t0, mstatus
        sw      t0, FRAME_MSTATUS(sp)
        la      gp, __global_pointer$
        mv      a0, sp
        call    handle_trap

        lw      t0, FRAME_MSTATUS(sp)
        csrw    mstatus, t0
        lw      t0, FRAME_MEPC(sp)
        csrw    mepc, t0
        addi    t0, sp, FRAME_BYTES
        csrw    mscratch, t0
        lw      ra, FRAME_RA(sp)
        lw      gp, FRAME_GP(sp)
        lw      tp, FRAME_TP(sp)
        lw      t0, FRAME_T0(sp)
        lw      t1, FRAME_T1(sp)
        lw      t2, FRAME_T2(sp)
        lw      s0, FRAME_S0(sp)
        lw      s1, FRAME_S1(sp)
        lw      a0, FRAME_A0(sp)
        lw      a1, FRAME_A1(sp)
        lw      a2, FRAME_A2(sp)
        lw      a3, FRAME_A3(sp)
        lw      a4, FRAME_A4(sp)
        lw      a5, FRAME_A5(sp)
        lw      a6, FRAME_A6(sp)
        lw      a7, FRAME_A7(sp)
        lw      s2, FRAME_S2(sp)
        lw      s3, FRAME_S3(sp)
        lw      s4, FRAME_S4(sp)
        lw      s5, FRAME_S5(sp)
        lw      s6, FRAME_S6(sp)
        lw      s7, FRAME_S7(sp)
        lw      s8, FRAME_S8(sp)
        lw      s9, FRAME_S9(sp)
        lw      s10, FRAME_S10(sp)
        lw      s11, FRAME_S11(sp)
        lw      t3, FRAME_T3(sp)
        lw      t4, FRAME_T4(sp)
        lw      t5, FRAME_T5(sp)
        lw      t6, FRAME_T6(sp)
        lw      sp, FRAME_SP(sp)
        mret

# A trap of the firmware's own is an error, except in the functions below, where it is the
# caller's bad address: they then go on at guarded_fault.
trap_in_firmware:
        csrrw   sp, mscratch, zero
        addi    sp, sp, -SPILL_BYTES
        sw      t0, SPILL_T0(sp)
        sw      t1, SPILL_T1(sp)
        csrr    t0, mepc
        la      t1, guarded_load_byte
        bltu    t0, t1, unexpected_trap
        la      t1, guarded_fault
        bgeu    t0, t1, unexpected_trap
        csrw    mepc, t1
        li      t0, MSTATUS_MPRV
        csrc    mstatus, t0
        lw      t0, SPILL_T0(sp)
        lw      t1, SPILL_T1(sp)
        addi    sp, sp, SPILL_BYTES
        mret
unexpected_trap:
        call    own_stack
        mv      sp, t0
        call    report_unexpected_trap

# guarded_load_byte(address): the byte, or -1 where nothing can be read.
        .globl  guarded_load_byte
guarded_load_byte:
        lbu     a0, 0(a0)
        ret

# guarded_store_byte(address, byte): 0, or -1 where nothing can be written.
        .globl  guarded_store_byte
guarded_store_byte:
        sb      a1, 0(a0)
        li      a0, 0
        ret

# guarded_load_supervisor_word(address, place): copies the word at the address of whoever trapped into
# M-mode, whose privilege and translation mstatus.MPP and satp still name, and returns 0, or -1.
        .globl  guarded_load_supervisor_word
guarded_load_supervisor_word:
        li      t0, MSTATUS_MPRV
        csrs    mstatus, t0
        lw      a0, 0(a0)
        csrc    mstatus, t0
        sw      a0, 0(a1)
        li      a0, 0
        ret

# guarded_enable_stimecmp(): 0 if the hart has stimecmp, now for S-mode as well; -1 if not. The bit may
# be there without the register.
        .globl  guarded_enable_stimecmp
guarded_enable_stimecmp:
        li      t0, MENVCFGH_STCE
        csrs    menvcfgh, t0
        csrr    t0, stimecmp
        li      a0, 0
        ret
guarded_fault:
        li      a0, -1
        ret
