# Firmware start-up, M-mode. Entered as QEMU's `virt` enters a fw_dynamic firmware:
#   a0 hart id, a1 device tree, a2 struct fw_dynamic_info (main.ts).
# One hart goes on: the one that the information names, or whichever comes first. The others wait for
# an interrupt that never comes.

# struct fw_dynamic_info (OpenSBI, include/sbi/fw_dynamic.h).
        .equ    INFO_MAGIC, 0
        .equ    INFO_VERSION, 4
        .equ    INFO_BOOT_HART, 20
# "OSBI"
        .equ    MAGIC, 0x4942534f
        .equ    FIRST_VERSION_WITH_BOOT_HART, 2
        .equ    ANY_HART, -1

        .equ    STACK_BYTES, 8192

        .section .text.start, "ax", @progbits
        .globl  _start
_start:
        csrw    mie, zero
        la      t0, trap_entry
        csrw    mtvec, t0
        csrw    mscratch, zero
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
        bne     t0, a0, park
draw:
        la      t0, boot_lottery
        li      t1, 1
        amoadd.w t1, t1, (t0)
        bnez    t1, park

        # The loader zeroes .bss; a warm restart does not.
        la      t0, __bss_start
        la      t1, __bss_end
clear_bss:
        bgeu    t0, t1, bss_is_clear
        sw      zero, 0(t0)
        addi    t0, t0, 4
        j       clear_bss
bss_is_clear:
        la      gp, __global_pointer$
        la      sp, firmware_stack_top
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

# enter_supervisor(hart, device_tree): leaves M-mode for the address in mepc and the mode in mstatus.MPP.
        .globl  enter_supervisor
enter_supervisor:
        la      t0, firmware_stack_top
        csrw    mscratch, t0
        mret

# In .data, not .bss: it is drawn before .bss is cleared.
        .section .data
        .balign 4
boot_lottery:
        .word   0

        .section .bss
        .balign 16
        .space  STACK_BYTES
        .globl  firmware_stack_top
firmware_stack_top:
