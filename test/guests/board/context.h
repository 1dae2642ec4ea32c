/*
 * The registers of whoever was interrupted, in a structure that tp points to: pc first, in the place of
 * x0, then x1 to x31. tp itself waits in a scratch register, which held the structure's address.
 */
        .macro  save_context scratch, epc
        csrrw   tp, \scratch, tp
        sw      ra, 4(tp)
        sw      sp, 8(tp)
        sw      gp, 12(tp)
        sw      t0, 20(tp)
        sw      t1, 24(tp)
        sw      t2, 28(tp)
        sw      s0, 32(tp)
        sw      s1, 36(tp)
        sw      a0, 40(tp)
        sw      a1, 44(tp)
        sw      a2, 48(tp)
        sw      a3, 52(tp)
        sw      a4, 56(tp)
        sw      a5, 60(tp)
        sw      a6, 64(tp)
        sw      a7, 68(tp)
        sw      s2, 72(tp)
        sw      s3, 76(tp)
        sw      s4, 80(tp)
        sw      s5, 84(tp)
        sw      s6, 88(tp)
        sw      s7, 92(tp)
        sw      s8, 96(tp)
        sw      s9, 100(tp)
        sw      s10, 104(tp)
        sw      s11, 108(tp)
        sw      t3, 112(tp)
        sw      t4, 116(tp)
        sw      t5, 120(tp)
        sw      t6, 124(tp)
        csrr    t0, \scratch
        sw      t0, 16(tp)
        csrr    t0, \epc
        sw      t0, 0(tp)
        .endm

/* The way back: tp points to the structure. What follows is mret or sret. */
        .macro  load_context scratch, epc
        lw      t0, 0(tp)
        csrw    \epc, t0
        csrw    \scratch, tp
        lw      ra, 4(tp)
        lw      sp, 8(tp)
        lw      gp, 12(tp)
        lw      t0, 20(tp)
        lw      t1, 24(tp)
        lw      t2, 28(tp)
        lw      s0, 32(tp)
        lw      s1, 36(tp)
        lw      a0, 40(tp)
        lw      a1, 44(tp)
        lw      a2, 48(tp)
        lw      a3, 52(tp)
        lw      a4, 56(tp)
        lw      a5, 60(tp)
        lw      a6, 64(tp)
        lw      a7, 68(tp)
        lw      s2, 72(tp)
        lw      s3, 76(tp)
        lw      s4, 80(tp)
        lw      s5, 84(tp)
        lw      s6, 88(tp)
        lw      s7, 92(tp)
        lw      s8, 96(tp)
        lw      s9, 100(tp)
        lw      s10, 104(tp)
        lw      s11, 108(tp)
        lw      t3, 112(tp)
        lw      t4, 116(tp)
        lw      t5, 120(tp)
        lw      t6, 124(tp)
        lw      tp, 16(tp)
        .endm
