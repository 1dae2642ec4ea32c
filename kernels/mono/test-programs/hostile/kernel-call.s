# kernel_call(message): i32 — a system call with all registers of a Message (abi/message.structs.ts),
# whatever is in them, past libsys. Returns t0.

        .section .text
        .globl  kernel_call
kernel_call:
        mv      t6, a0
        lw      t0, 0(t6)
        lw      t1, 4(t6)
        lw      t2, 8(t6)
        lw      t3, 12(t6)
        lw      t4, 16(t6)
        lw      t5, 20(t6)
        lw      a0, 24(t6)
        lw      a1, 28(t6)
        lw      a2, 32(t6)
        lw      a3, 36(t6)
        lw      a4, 40(t6)
        lw      a5, 44(t6)
        lw      a6, 48(t6)
        lw      a7, 52(t6)
        ecall
        sw      t5, 20(t6)
        sw      a0, 24(t6)
        mv      a0, t0
        ret
