# Firmware start-up, M-mode. Entered as QEMU's `virt` enters a fw_dynamic firmware:
#   a0 hart id, a1 device tree, a2 struct fw_dynamic_info (main.ts).
# One hart prepares the system and enters the kernel: the one that the information names, or whichever
# comes first. The others wait until it lets them in, and then until the kernel starts them.

# struct fw_dynamic_info (OpenSBI, include/sbi/fw_dynamic.h).
        .equ    INFO_MAGIC, 0
        .equ    INFO_VERSION, 4
        .equ    INFO_BOOT_HART, 20
# "OSBI"
        .equ    MAGIC, 0x4942534f
        .equ    FIRST_VERSION_WITH_BOOT_HART, 2
        .equ    ANY_HART, -1

# Harts and their stacks (harts.ts: MAXIMUM_HARTS).
        .equ    MAXIMUM_HARTS, 8
        .equ    STACK_BYTES, 8192
        .equ    STACK_SHIFT, 13

        .equ    MIE_MSIE, 1 << 3

        .section .text.start, "ax", @progbits
        .globl  _start
_start:
        csrw    mie, zero
        la      t0, trap_entry
        csrw    mtvec, t0
        csrw    mscratch, zero
        li      t0, MAXIMUM_HARTS
        bgeu    a0, t0, park
        beqz    a2, draw
        lw      t0, INFO_MAGIC(a2)
        li      t1, MAGIC
        bne     t0, t1, draw
        lw      t0, INFO_VERSION(a2)
        li      t1, FIRST_VERSION_WITH_BOOT_HART
        bltu    t0, t1, draw
        lw      t0, INFO_BOOT_HART(a2)
        li      t1, ANY_HART
        beq     t0, t1, draw
        bne     t0, a0, wait_for_boot
draw:
        la      t0, boot_lottery
        li      t1, 1
        amoadd.w t1, t1, (t0)
        bnez    t1, wait_for_boot

        # The loader zeroes .bss; a warm restart does not. Stacks may hold anything.
        la      t0, __bss_start
        la      t1, stacks
        call    clear
        la      t0, stacks_end
        la      t1, __bss_end
        call    clear
        la      gp, __global_pointer$
        call    own_stack
        mv      sp, t0
        mv      s0, a0
        mv      s1, a1
        mv      s2, a2
        call    __wasm_start
        mv      a0, s0
        mv      a1, s1
        mv      a2, s2
        call    main
park:
        wfi
        j       park

# clear: zeroes the words from t0 to t1.
clear:
        bgeu    t0, t1, cleared
        sw      zero, 0(t0)
        addi    t0, t0, 4
        j       clear
cleared:
        ret

# Until admit_harts() has been called, and an interrupt comes.
wait_for_boot:
        li      t0, MIE_MSIE
        csrw    mie, t0
        la      s0, is_open
wait:
        wfi
        lw      t0, 0(s0)
        beqz    t0, wait
        fence
        la      gp, __global_pointer$
        call    own_stack
        mv      sp, t0
        csrr    a0, mhartid
        call    join
        j       park

# admit_harts(): the other harts may use what the first one has prepared.
        .globl  admit_harts
admit_harts:
        fence
        la      t0, is_open
        li      t1, 1
        sw      t1, 0(t0)
        ret

# own_stack: the top of this hart's stack, in t0. Changes t1.
        .globl  own_stack
own_stack:
        csrr    t1, mhartid
        addi    t1, t1, 1
        slli    t1, t1, STACK_SHIFT
        la      t0, stacks
        add     t0, t0, t1
        jr      ra

# enter_supervisor(hart, opaque): leaves M-mode for the address in mepc and the mode in mstatus.MPP.
        .globl  enter_supervisor
enter_supervisor:
        call    own_stack
        csrw    mscratch, t0
        mret

# In .data, not .bss: they are in use before .bss is cleared.
        .section .data
        .balign 4
boot_lottery:
        .word   0
is_open:
        .word   0

        .section .bss
        .balign 16
stacks:
        .space  MAXIMUM_HARTS * STACK_BYTES
stacks_end:
