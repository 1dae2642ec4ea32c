# A guest with a network card in slot 0, version 2 of the interface, polled. It sends a greeting every
# ten milliseconds until it has received a frame, and once more, prints what the frame's payload begins with, and
# switches off.

        .equ    SLOT, 0x10001000
        .equ    RINGS, 0x80100000       # receive queue; the transmit queue is a page behind
        .equ    BUFFER, 0x80110000      # what is received
        .equ    BUFFER_BYTES, 2048
        .equ    UART, 0x10000000
        .equ    MTIME, 0x0200bff8
        .equ    PAUSE, 100000           # 10 ms in ticks of mtime
        .equ    QUEUE_SIZE, 8
        .equ    HEADER, 12
        .equ    PAYLOAD, HEADER + 14

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

        li      a0, 0                   # receive
        li      a1, RINGS
        call    set_up
        li      a0, 1                   # transmit
        li      a1, RINGS + 0x1000
        call    set_up
        li      t0, 0xf                 # DRIVER_OK
        sw      t0, 0x70(s0)

        # One buffer to receive into.
        li      s1, RINGS
        li      t0, BUFFER
        sw      t0, 0(s1)
        li      t0, BUFFER_BYTES
        sw      t0, 8(s1)
        li      t0, 2                   # WRITE
        sw      t0, 12(s1)
        li      t0, 1
        sh      t0, 0x102(s1)           # avail.idx
        sw      zero, 0x50(s0)          # QueueNotify

        # One to send.
        li      s2, RINGS + 0x1000
        la      t0, packet
        sw      t0, 0(s2)
        li      t0, packet_end - packet
        sw      t0, 8(s2)
        li      s3, 0                   # avail.idx of the transmit queue
        li      s4, MTIME
        li      s5, 0
greet:
        addi    s3, s3, 1
        sh      s3, 0x102(s2)
        li      t0, 1
        sw      t0, 0x50(s0)
        lw      t1, 0(s4)
        li      t2, PAUSE
pause:
        lw      t0, 0(s4)
        sub     t0, t0, t1
        bltu    t0, t2, pause
        lhu     t0, 0x202(s1)           # used.idx of the receive queue
        beqz    t0, greet
        bnez    s5, received
        li      s5, 1                   # once more, now that somebody hears it
        j       greet

received:

        li      t0, BUFFER + PAYLOAD
        li      t1, UART
print:
        lbu     t2, 0(t0)
        beqz    t2, off
        sb      t2, 0(t1)
        addi    t0, t0, 1
        j       print
off:
        li      t0, 0x100000
        li      t1, 0x5555
        sw      t1, 0(t0)
stop:
        j       stop

# Queue a0 with descriptors at a1, the available ring 0x100 behind, the used ring 0x200.
set_up:
        sw      a0, 0x30(s0)
        li      t0, QUEUE_SIZE
        sw      t0, 0x38(s0)
        sw      a1, 0x80(s0)
        sw      zero, 0x84(s0)
        addi    t0, a1, 0x100
        sw      t0, 0x90(s0)
        sw      zero, 0x94(s0)
        addi    t0, a1, 0x200
        sw      t0, 0xa0(s0)
        sw      zero, 0xa4(s0)
        li      t0, 1
        sw      t0, 0x44(s0)            # QueueReady
        ret

        .section .data
packet: .zero   HEADER
        .byte   0xff, 0xff, 0xff, 0xff, 0xff, 0xff
        .byte   0x52, 0x54, 0, 0, 0, 1
        .byte   0x88, 0xb5              # a type for local experiments
        .ascii  "hello, neighbour"
        .byte   10, 0
        .zero   60
packet_end:
