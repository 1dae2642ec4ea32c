# A guest with a disk in slot 0, version 2 of the interface, polled. It fills one sector after the other,
# each with one byte all over, for ever; after the first it prints a dot.

        .equ    SLOT, 0x10001000
        .equ    RINGS, 0x80100000
        .equ    DATA, 0x80110000
        .equ    SECTOR_BYTES, 512
        .equ    SECTORS, 16
        .equ    UART, 0x10000000

        .section .text
        .globl  _start
_start:
        li      s0, SLOT
        sw      zero, 0x70(s0)
        li      t0, 3                   # ACKNOWLEDGE, DRIVER
        sw      t0, 0x70(s0)
        li      t0, 1
        sw      t0, 0x24(s0)            # DriverFeaturesSel: high
        sw      t0, 0x20(s0)            # VERSION_1
        li      t0, 0xb                 # FEATURES_OK
        sw      t0, 0x70(s0)
        sw      zero, 0x30(s0)
        li      t0, 8
        sw      t0, 0x38(s0)
        li      s1, RINGS
        sw      s1, 0x80(s0)
        sw      zero, 0x84(s0)
        addi    t0, s1, 0x100
        sw      t0, 0x90(s0)
        sw      zero, 0x94(s0)
        addi    t0, s1, 0x200
        sw      t0, 0xa0(s0)
        sw      zero, 0xa4(s0)
        li      t0, 1
        sw      t0, 0x44(s0)            # QueueReady
        li      t0, 0xf                 # DRIVER_OK
        sw      t0, 0x70(s0)

        la      t0, header              # header, data, status
        sw      t0, 0(s1)
        li      t0, 16
        sw      t0, 8(s1)
        li      t0, 0x10001             # NEXT, descriptor 1
        sw      t0, 12(s1)
        li      s2, DATA
        sw      s2, 16(s1)
        li      t0, SECTOR_BYTES
        sw      t0, 24(s1)
        li      t0, 0x20001             # NEXT, descriptor 2
        sw      t0, 28(s1)
        la      t0, status
        sw      t0, 32(s1)
        li      t0, 1
        sw      t0, 40(s1)
        li      t0, 2                   # WRITE
        sw      t0, 44(s1)
        li      s3, 0                   # requests
write:
        addi    s3, s3, 1
        mv      t0, s2
        addi    t1, s2, SECTOR_BYTES
fill:
        sb      s3, 0(t0)
        addi    t0, t0, 1
        bne     t0, t1, fill
        la      t0, header
        andi    t1, s3, SECTORS - 1
        sw      t1, 8(t0)
        sh      s3, 0x102(s1)           # avail.idx
        sw      zero, 0x50(s0)          # QueueNotify
        slli    t1, s3, 16
        srli    t1, t1, 16
answer:
        lhu     t0, 0x202(s1)           # used.idx
        bne     t0, t1, answer
        li      t0, 1
        bne     s3, t0, write
        li      t0, UART
        li      t1, '.'
        sb      t1, 0(t0)
        j       write

        .section .data
        .balign 8
header: .word   1, 0, 0, 0
status: .word   0
