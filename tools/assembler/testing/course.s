# Recursion with the stack, a string function, a sort, a macro and ecall, as courses set them.
        .equ    UART, 0x10000000
        .equ    FINISHER, 0x100000
        .equ    PRINT, 4                # number of the call, in a7
        .equ    EXIT, 10

        .macro  system number
        li      a7, \number
        ecall
        .endm

        .macro  push registers:vararg
        .irp    register, \registers
        addi    sp, sp, -4
        sw      \register, (sp)
        .endr
        .endm

        .macro  pop register
        lw      \register, (sp)
        addi    sp, sp, 4
        .endm

        .data
numbers:
        .word   42, 7, 1000, 3, 99, 7
numbers_end:
count:  .word   (numbers_end - numbers) / 4

        .text
        .globl  _start
_start: la      sp, stack_top
        la      t0, handler
        csrw    mtvec, t0

        la      a0, greeting
        call    length
        call    print_number            # 7

        li      a0, 10
        call    factorial
        call    print_number            # 3628800

        la      a0, numbers
        lw      a1, count
        call    sort
        la      s0, numbers
        la      s1, numbers_end
1:      lw      a0, (s0)
        call    print_number
        addi    s0, s0, 4
        bltu    s0, s1, 1b
        system  EXIT

# int length(const char *a0)
length: mv      t0, a0
1:      lbu     t1, (t0)
        beqz    t1, 2f
        addi    t0, t0, 1
        j       1b
2:      sub     a0, t0, a0
        ret

# int factorial(int a0)
factorial:
        li      t0, 2
        bge     a0, t0, 1f
        li      a0, 1
        ret
1:      push    ra, a0
        addi    a0, a0, -1
        call    factorial
        pop     t0
        pop     ra
        mul     a0, a0, t0
        ret

# void sort(int *a0, int a1): insertion sort
sort:   li      t0, 1
1:      bge     t0, a1, 4f
        sh2add  t1, t0, a0
        lw      t2, (t1)
2:      beq     t1, a0, 3f
        lw      t3, -4(t1)
        ble     t3, t2, 3f
        sw      t3, (t1)
        addi    t1, t1, -4
        j       2b
3:      sw      t2, (t1)
        addi    t0, t0, 1
        j       1b
4:      ret

# void print_number(int a0): decimal, and a new line
print_number:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        addi    t0, sp, 11
        sb      zero, (t0)
        addi    t0, t0, -1
        li      t1, '\n'
        sb      t1, (t0)
        li      t1, 10
1:      remu    t2, a0, t1
        addi    t2, t2, '0'
        addi    t0, t0, -1
        sb      t2, (t0)
        divu    a0, a0, t1
        bnez    a0, 1b
        mv      a0, t0
        system  PRINT
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

# The system of the course: a7 says what is asked for.
        .align  2
handler:
        li      t0, EXIT
        beq     a7, t0, 3f
        li      t0, UART
1:      lbu     t1, (a0)
        beqz    t1, 2f
        sb      t1, (t0)
        addi    a0, a0, 1
        j       1b
2:      csrr    t0, mepc
        addi    t0, t0, 4
        csrw    mepc, t0
        mret
3:      li      t0, FINISHER
        li      t1, 0x5555
        sw      t1, (t0)
        j       .

        .section .rodata
greeting:
        .asciz  "Vitrine"

        .bss
        .balign 16
        .space  1024
stack_top:
