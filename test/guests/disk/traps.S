# Into the kernel and out of it. While the program runs, sscratch holds the address of its registers
# (struct program, main.c).
#include "context.h"

        .section .text
        .balign 4
        .globl  trap_entry
trap_entry:
        save_context sscratch, sepc
        la      sp, kernel_stack
        mv      a0, tp
        call    handle_trap
        mv      a0, tp

# resume_program(program): goes on in U-mode.
        .globl  resume_program
resume_program:
        mv      tp, a0
        load_context sscratch, sepc
        sret

        .section .bss
        .balign 16
        .space  4096
kernel_stack:
