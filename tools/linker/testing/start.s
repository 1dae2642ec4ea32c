    .section .text.start, "ax", @progbits
    .globl _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, stack_top
    la a0, __init_array_start
    la s1, __init_array_end
    mv s0, a0
1:  bgeu s0, s1, 2f
    lw t0, 0(s0)
    jalr t0
    addi s0, s0, 4
    j 1b
2:  call main
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
3:  j 3b
    .bss
    .balign 16
    .space 4096
stack_top:
