# Kernel entry, S-mode: start-up, traps from user mode, traps of the kernel's own.
#
# In user mode sscratch points to the current Thread; in the kernel it is zero, which is how a trap of
# the kernel's own is told apart. Thread (thread.ts): pc at 16 in the place of x0, x1-x31 at
# 16 + 4 x number, kernelStack at 144, hart at 148. In the kernel tp points to the Hart.

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
        sw      ra, 20(tp)
        sw      sp, 24(tp)
        sw      gp, 28(tp)
        sw      t0, 36(tp)
        sw      t1, 40(tp)
        sw      t2, 44(tp)
        sw      s0, 48(tp)
        sw      s1, 52(tp)
        sw      a0, 56(tp)
        sw      a1, 60(tp)
        sw      a2, 64(tp)
        sw      a3, 68(tp)
        sw      a4, 72(tp)
        sw      a5, 76(tp)
        sw      a6, 80(tp)
        sw      a7, 84(tp)
        sw      s2, 88(tp)
        sw      s3, 92(tp)
        sw      s4, 96(tp)
        sw      s5, 100(tp)
        sw      s6, 104(tp)
        sw      s7, 108(tp)
        sw      s8, 112(tp)
        sw      s9, 116(tp)
        sw      s10, 120(tp)
        sw      s11, 124(tp)
        sw      t3, 128(tp)
        sw      t4, 132(tp)
        sw      t5, 136(tp)
        sw      t6, 140(tp)
        csrr    t0, sepc
        sw      t0, 16(tp)
        csrrw   t0, sscratch, zero
        sw      t0, 32(tp)
        lw      sp, 144(tp)
        mv      a0, tp
        lw      tp, 148(tp)
        call    handle_trap

# resume_thread(thread): enters user mode with the registers of `thread`.
        .globl  resume_thread
resume_thread:
        csrw    sscratch, a0
        lw      t0, 16(a0)
        csrw    sepc, t0
        lw      ra, 20(a0)
        lw      sp, 24(a0)
        lw      gp, 28(a0)
        lw      tp, 32(a0)
        lw      t0, 36(a0)
        lw      t1, 40(a0)
        lw      t2, 44(a0)
        lw      s0, 48(a0)
        lw      s1, 52(a0)
        lw      a1, 60(a0)
        lw      a2, 64(a0)
        lw      a3, 68(a0)
        lw      a4, 72(a0)
        lw      a5, 76(a0)
        lw      a6, 80(a0)
        lw      a7, 84(a0)
        lw      s2, 88(a0)
        lw      s3, 92(a0)
        lw      s4, 96(a0)
        lw      s5, 100(a0)
        lw      s6, 104(a0)
        lw      s7, 108(a0)
        lw      s8, 112(a0)
        lw      s9, 116(a0)
        lw      s10, 120(a0)
        lw      s11, 124(a0)
        lw      t3, 128(a0)
        lw      t4, 132(a0)
        lw      t5, 136(a0)
        lw      t6, 140(a0)
        lw      a0, 56(a0)
        sret

# The kernel's own trap is an error: its registers go to KernelFrame (panic.ts), and the report runs
# on a stack of its own, since the trap may be an overflow of the usual one.
trap_in_kernel:
        la      tp, kernel_frame
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
        csrr    t0, sepc
        sw      t0, 0(tp)
        csrrw   t0, sscratch, zero
        sw      t0, 16(tp)
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
        .balign 4096
kernel_stack_guard:
        .space  4096
        .space  16384
kernel_stack_top:
        .space  4096
panic_stack_top:
kernel_frame:
        .space  128
