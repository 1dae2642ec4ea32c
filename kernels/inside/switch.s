# Stacks of threads that run in the kernel: changing from one to another, and how one begins.

        .equ    FRAME, 64

        .section .text
# switch_stack(saved, sp): keeps the caller's stack pointer at address `saved` and goes on with another
# stack, where that one called switch_stack. The registers that a call keeps lie on the stack.
        .globl  switch_stack
switch_stack:
        addi    sp, sp, -FRAME
        sw      ra, 0(sp)
        sw      s0, 4(sp)
        sw      s1, 8(sp)
        sw      s2, 12(sp)
        sw      s3, 16(sp)
        sw      s4, 20(sp)
        sw      s5, 24(sp)
        sw      s6, 28(sp)
        sw      s7, 32(sp)
        sw      s8, 36(sp)
        sw      s9, 40(sp)
        sw      s10, 44(sp)
        sw      s11, 48(sp)
        sw      sp, 0(a0)
        mv      sp, a1
        lw      ra, 0(sp)
        lw      s0, 4(sp)
        lw      s1, 8(sp)
        lw      s2, 12(sp)
        lw      s3, 16(sp)
        lw      s4, 20(sp)
        lw      s5, 24(sp)
        lw      s6, 28(sp)
        lw      s7, 32(sp)
        lw      s8, 36(sp)
        lw      s9, 40(sp)
        lw      s10, 44(sp)
        lw      s11, 48(sp)
        addi    sp, sp, FRAME
        ret

# prepare_stack(top, thread): what to give to switch_stack so that `thread` begins on an empty stack.
        .globl  prepare_stack
prepare_stack:
        addi    a0, a0, -FRAME
        la      t0, begin
        sw      t0, 0(a0)
        sw      a1, 4(a0)
        ret

# begin_thread(thread) says what goes on in user mode; a thread of the kernel's own does not return.
begin:
        mv      a0, s0
        call    begin_thread
        j       resume_thread

# abandon_stack(top): leaves what is on the current stack behind and ends the current thread on the
# one at `top`, which may be the same.
        .globl  abandon_stack
abandon_stack:
        mv      sp, a0
        call    end_killed_thread
        unimp                           # does not return
