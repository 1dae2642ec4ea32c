# Kernel entry, S-mode: start-up, traps from user mode, traps of the kernel's own.
#
# In user mode sscratch points to the current Thread; in the kernel it is zero, which is how a trap of
# the kernel's own is told apart. In the kernel tp points to the Hart.

# Thread (thread.ts): pc in the place of x0, then x1-x31.
        .equ    THREAD_PC, 16
        .equ    THREAD_RA, 20
        .equ    THREAD_SP, 24
        .equ    THREAD_GP, 28
        .equ    THREAD_TP, 32
        .equ    THREAD_T0, 36
        .equ    THREAD_T1, 40
        .equ    THREAD_T2, 44
        .equ    THREAD_S0, 48
        .equ    THREAD_S1, 52
        .equ    THREAD_A0, 56
        .equ    THREAD_A1, 60
        .equ    THREAD_A2, 64
        .equ    THREAD_A3, 68
        .equ    THREAD_A4, 72
        .equ    THREAD_A5, 76
        .equ    THREAD_A6, 80
        .equ    THREAD_A7, 84
        .equ    THREAD_S2, 88
        .equ    THREAD_S3, 92
        .equ    THREAD_S4, 96
        .equ    THREAD_S5, 100
        .equ    THREAD_S6, 104
        .equ    THREAD_S7, 108
        .equ    THREAD_S8, 112
        .equ    THREAD_S9, 116
        .equ    THREAD_S10, 120
        .equ    THREAD_S11, 124
        .equ    THREAD_T3, 128
        .equ    THREAD_T4, 132
        .equ    THREAD_T5, 136
        .equ    THREAD_T6, 140
        .equ    THREAD_KERNEL_STACK, 144
        .equ    THREAD_HART, 148

# KernelFrame (panic.ts): pc in the place of x0, then those of x1-x31 that a call may change.
        .equ    FRAME_PC, 0
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
        .equ    FRAME_BYTES, 128

        .equ    PAGE_BYTES, 4096
        .equ    KERNEL_STACK_BYTES, 16384
        .equ    PANIC_STACK_BYTES, 4096

        .section .text.start, "ax", @progbits
        .globl  _start
# a0 hart id, a1 device tree; translation is off.
_start:
        csrw    sie, zero
        csrw    sscratch, zero
        la      t0, trap_entry
        csrw    stvec, t0
        la      t0, __bss_start
        la      t1, __bss_end
clear_bss:
        bgeu    t0, t1, bss_is_clear
        sw      zero, 0(t0)
        addi    t0, t0, 4
        j       clear_bss
bss_is_clear:
        la      sp, kernel_stack_top
        li      tp, 0
        mv      s0, a0
        mv      s1, a1
        call    __wasm_start
        mv      a0, s0
        mv      a1, s1
        la      a2, image_layout
        call    kernel_main
        j       resume_thread

        .section .text
        .balign 4
trap_entry:
        csrrw   tp, sscratch, tp
        beqz    tp, trap_in_kernel
        sw      ra, THREAD_RA(tp)
        sw      sp, THREAD_SP(tp)
        sw      gp, THREAD_GP(tp)
        sw      t0, THREAD_T0(tp)
        sw      t1, THREAD_T1(tp)
        sw      t2, THREAD_T2(tp)
        sw      s0, THREAD_S0(tp)
        sw      s1, THREAD_S1(tp)
        sw      a0, THREAD_A0(tp)
        sw      a1, THREAD_A1(tp)
        sw      a2, THREAD_A2(tp)
        sw      a3, THREAD_A3(tp)
        sw      a4, THREAD_A4(tp)
        sw      a5, THREAD_A5(tp)
        sw      a6, THREAD_A6(tp)
        sw      a7, THREAD_A7(tp)
        sw      s2, THREAD_S2(tp)
        sw      s3, THREAD_S3(tp)
        sw      s4, THREAD_S4(tp)
        sw      s5, THREAD_S5(tp)
        sw      s6, THREAD_S6(tp)
        sw      s7, THREAD_S7(tp)
        sw      s8, THREAD_S8(tp)
        sw      s9, THREAD_S9(tp)
        sw      s10, THREAD_S10(tp)
        sw      s11, THREAD_S11(tp)
        sw      t3, THREAD_T3(tp)
        sw      t4, THREAD_T4(tp)
        sw      t5, THREAD_T5(tp)
        sw      t6, THREAD_T6(tp)
        csrr    t0, sepc
        sw      t0, THREAD_PC(tp)
        csrrw   t0, sscratch, zero
        sw      t0, THREAD_TP(tp)
        lw      sp, THREAD_KERNEL_STACK(tp)
        mv      a0, tp
        lw      tp, THREAD_HART(tp)
        call    handle_trap

# resume_thread(thread): enters user mode with the registers of `thread`.
        .globl  resume_thread
resume_thread:
        csrw    sscratch, a0
        lw      t0, THREAD_PC(a0)
        csrw    sepc, t0
        lw      ra, THREAD_RA(a0)
        lw      sp, THREAD_SP(a0)
        lw      gp, THREAD_GP(a0)
        lw      tp, THREAD_TP(a0)
        lw      t0, THREAD_T0(a0)
        lw      t1, THREAD_T1(a0)
        lw      t2, THREAD_T2(a0)
        lw      s0, THREAD_S0(a0)
        lw      s1, THREAD_S1(a0)
        lw      a1, THREAD_A1(a0)
        lw      a2, THREAD_A2(a0)
        lw      a3, THREAD_A3(a0)
        lw      a4, THREAD_A4(a0)
        lw      a5, THREAD_A5(a0)
        lw      a6, THREAD_A6(a0)
        lw      a7, THREAD_A7(a0)
        lw      s2, THREAD_S2(a0)
        lw      s3, THREAD_S3(a0)
        lw      s4, THREAD_S4(a0)
        lw      s5, THREAD_S5(a0)
        lw      s6, THREAD_S6(a0)
        lw      s7, THREAD_S7(a0)
        lw      s8, THREAD_S8(a0)
        lw      s9, THREAD_S9(a0)
        lw      s10, THREAD_S10(a0)
        lw      s11, THREAD_S11(a0)
        lw      t3, THREAD_T3(a0)
        lw      t4, THREAD_T4(a0)
        lw      t5, THREAD_T5(a0)
        lw      t6, THREAD_T6(a0)
        lw      a0, THREAD_A0(a0)
        sret

# The kernel's own trap is an error: its registers go to KernelFrame (panic.ts), and the report runs
# on a stack of its own, since the trap may be an overflow of the usual one.
trap_in_kernel:
        la      tp, kernel_frame
        sw      ra, FRAME_RA(tp)
        sw      sp, FRAME_SP(tp)
        sw      gp, FRAME_GP(tp)
        sw      t0, FRAME_T0(tp)
        sw      t1, FRAME_T1(tp)
        sw      t2, FRAME_T2(tp)
        sw      s0, FRAME_S0(tp)
        sw      s1, FRAME_S1(tp)
        sw      a0, FRAME_A0(tp)
        sw      a1, FRAME_A1(tp)
        sw      a2, FRAME_A2(tp)
        sw      a3, FRAME_A3(tp)
        sw      a4, FRAME_A4(tp)
        sw      a5, FRAME_A5(tp)
        sw      a6, FRAME_A6(tp)
        sw      a7, FRAME_A7(tp)
        csrr    t0, sepc
        sw      t0, FRAME_PC(tp)
        csrrw   t0, sscratch, zero
        sw      t0, FRAME_TP(tp)
        la      sp, panic_stack_top
        mv      a0, tp
        mv      tp, t0
        call    report_kernel_trap
halt:
        wfi
        j       halt

# ImageLayout (image-layout.ts).
        .section .rodata
        .balign 4
image_layout:
        .word   __image_start
        .word   __text_start
        .word   __text_end
        .word   __rodata_start
        .word   __rodata_end
        .word   __data_start
        .word   __image_end
        .word   __trap_sites_start
        .word   __trap_sites_end
        .word   kernel_stack_guard
        .word   kernel_stack_top

# The stack of the first hart, above a page that is never mapped.
        .section .bss
        .balign PAGE_BYTES
kernel_stack_guard:
        .space  PAGE_BYTES
        .space  KERNEL_STACK_BYTES
kernel_stack_top:
        .space  PANIC_STACK_BYTES
panic_stack_top:
kernel_frame:
        .space  FRAME_BYTES
