# Vectored traps: exceptions go to the first entry, interrupt n to entry n. A task's registers lie at the
# beginning of its struct task (main.c), whose address is in mscratch while it runs.
#include "context.h"

        .section .text
        .balign 256
        .globl  trap_vectors
trap_vectors:
        # An entry has four bytes: no short jumps.
        .option push
        .option norvc
        j       on_exception
        j       unexpected
        j       unexpected
        j       on_software
        j       unexpected
        j       unexpected
        j       unexpected
        j       on_timer
        .option pop

unexpected:
        csrr    a0, mcause
        call    report_trap

        .macro  leave_to handler
        save_context mscratch, mepc
        la      sp, scheduler_stack
        mv      a0, tp
        call    \handler
        j       resume_task
        .endm

on_timer:
        leave_to tick
on_software:
        leave_to yielded
on_exception:
        leave_to called

# resume_task(task): goes on where the task was stopped.
        .globl  resume_task
resume_task:
        mv      tp, a0
        load_context mscratch, mepc
        mret

# finish_task(result): what a task returns to; the scheduler never resumes it.
        .globl  finish_task
finish_task:
        ecall
        j       finish_task

        .section .bss
        .balign 16
        .space  4096
scheduler_stack:
