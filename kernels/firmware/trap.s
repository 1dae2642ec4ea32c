# M-mode trap entry. Outside firmware mscratch holds the top of the firmware's stack; inside it is
# zero, which is how a trap of the firmware's own is told apart. The frame on the stack is
# TrapFrame (trap-frame.ts): mepc in the place of x0, x1-x31 at 4 x number, then mstatus.

        .section .text
        .balign 4
        .globl  trap_entry
trap_entry:
        csrrw   sp, mscratch, sp
        beqz    sp, trap_in_firmware
        addi    sp, sp, -144
        sw      ra, 4(sp)
        sw      gp, 12(sp)
        sw      tp, 16(sp)
        sw      t0, 20(sp)
        sw      t1, 24(sp)
        sw      t2, 28(sp)
        sw      s0, 32(sp)
        sw      s1, 36(sp)
        sw      a0, 40(sp)
        sw      a1, 44(sp)
        sw      a2, 48(sp)
        sw      a3, 52(sp)
        sw      a4, 56(sp)
        sw      a5, 60(sp)
        sw      a6, 64(sp)
        sw      a7, 68(sp)
        sw      s2, 72(sp)
        sw      s3, 76(sp)
        sw      s4, 80(sp)
        sw      s5, 84(sp)
        sw      s6, 88(sp)
        sw      s7, 92(sp)
        sw      s8, 96(sp)
        sw      s9, 100(sp)
        sw      s10, 104(sp)
        sw      s11, 108(sp)
        sw      t3, 112(sp)
        sw      t4, 116(sp)
        sw      t5, 120(sp)
        sw      t6, 124(sp)
        csrrw   t0, mscratch, zero
        sw      t0, 8(sp)
        csrr    t0, mepc
        sw      t0, 0(sp)
        csrr    t0, mstatus
        sw      t0, 128(sp)
        la      gp, __global_pointer$
        mv      a0, sp
        call    handle_trap

        lw      t0, 128(sp)
        csrw    mstatus, t0
        lw      t0, 0(sp)
        csrw    mepc, t0
        addi    t0, sp, 144
        csrw    mscratch, t0
        lw      ra, 4(sp)
        lw      gp, 12(sp)
        lw      tp, 16(sp)
        lw      t0, 20(sp)
        lw      t1, 24(sp)
        lw      t2, 28(sp)
        lw      s0, 32(sp)
        lw      s1, 36(sp)
        lw      a0, 40(sp)
        lw      a1, 44(sp)
        lw      a2, 48(sp)
        lw      a3, 52(sp)
        lw      a4, 56(sp)
        lw      a5, 60(sp)
        lw      a6, 64(sp)
        lw      a7, 68(sp)
        lw      s2, 72(sp)
        lw      s3, 76(sp)
        lw      s4, 80(sp)
        lw      s5, 84(sp)
        lw      s6, 88(sp)
        lw      s7, 92(sp)
        lw      s8, 96(sp)
        lw      s9, 100(sp)
        lw      s10, 104(sp)
        lw      s11, 108(sp)
        lw      t3, 112(sp)
        lw      t4, 116(sp)
        lw      t5, 120(sp)
        lw      t6, 124(sp)
        lw      sp, 8(sp)
        mret

# A trap of the firmware's own is an error, except in the two functions below, where it is the
# caller's bad address: they then go on at guarded_fault.
trap_in_firmware:
        csrrw   sp, mscratch, zero
        addi    sp, sp, -16
        sw      t0, 0(sp)
        sw      t1, 4(sp)
        csrr    t0, mepc
        la      t1, guarded_load_byte
        bltu    t0, t1, unexpected_trap
        la      t1, guarded_fault
        bgeu    t0, t1, unexpected_trap
        csrw    mepc, t1
        lw      t0, 0(sp)
        lw      t1, 4(sp)
        addi    sp, sp, 16
        mret
unexpected_trap:
        la      sp, firmware_stack_top
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
guarded_fault:
        li      a0, -1
        ret
