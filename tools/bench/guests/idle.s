# Idles: waits for a timer interrupt a hundred times a second. Machine mode.

        .ifndef ROUNDS
        .equ    ROUNDS, 300
        .endif
        .equ    MTIME, 0x0200bff8
        .equ    MTIMECMP, 0x02004000
        .equ    PERIOD, 100000          # 10 ms in ticks of mtime
        .equ    MIE_MTIE, 0x80
        .equ    MSTATUS_MIE, 8
        .equ    TEST_FINISHER, 0x100000
        .equ    FINISHER_PASS, 0x5555

        .section .text
        .globl  _start
_start:
        la      t0, on_timer
        csrw    mtvec, t0
        li      s0, MTIMECMP
        li      s1, PERIOD
        li      s2, ROUNDS
        li      t0, MTIME
        lw      t1, 0(t0)
        add     t1, t1, s1
        sw      t1, 0(s0)
        sw      zero, 4(s0)
        li      t0, MIE_MTIE
        csrw    mie, t0
        csrsi   mstatus, MSTATUS_MIE
idle:
        wfi
        j       idle

        .balign 4
on_timer:
        lw      t1, 0(s0)
        add     t1, t1, s1
        sw      t1, 0(s0)
        addi    s2, s2, -1
        bnez    s2, return
        li      t0, TEST_FINISHER
        li      t1, FINISHER_PASS
        sw      t1, 0(t0)
return:
        mret
