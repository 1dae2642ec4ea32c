# A guest on the bare board that writes to its disk as it is told on its serial line: `wSC` fills
# sector S (a digit) with the character C, `rS` prints the first character of sector S, `q` switches
# off. Of several harts, the one whose number is S modulo their number serves sector S.

        .equ    UART, 0x10000000
        .equ    UART_IER, 1
        .equ    UART_LSR, 5
        .equ    DISK, 0x10001000
        .equ    CLINT, 0x02000000
        .equ    PLIC, 0x0c000000
        .equ    UART_INTERRUPT, 10
        .equ    FINISHER, 0x100000
        .equ    FINISHER_PASS, 0x5555
        .equ    STACK_BYTES, 1024
        .equ    SECTOR_BYTES, 512
        .equ    PAGE_SHIFT, 12
        .equ    QUEUE_LENGTH, 4

        .globl  _start
_start: csrr    s11, mhartid
        la      sp, stacks
        addi    t0, s11, 1
        li      t1, STACK_BYTES
        mul     t0, t0, t1
        add     sp, sp, t0
        la      t0, harts
        li      t1, 1
        amoadd.w zero, t1, (t0)
        bnez    s11, worker
        call    openDisk
        li      t0, PLIC + 4 * UART_INTERRUPT
        li      t1, 1
        sw      t1, (t0)
        li      t0, PLIC + 0x2000
        li      t1, 1 << UART_INTERRUPT
        sw      t1, (t0)
        li      t0, 1 << 11             # mie.MEIE: ends wfi, and traps nowhere
        csrw    mie, t0
        li      s0, UART
        li      t0, 1
        sb      t0, UART_IER(s0)

prompt: la      a0, promptText
        call    print
command:
        call    getByte
        li      t0, 'q'
        beq     a0, t0, off
        li      t0, 'r'
        beq     a0, t0, read
        li      t0, 'w'
        bne     a0, t0, command
        call    getByte
        addi    s1, a0, -'0'
        call    getByte
        la      t0, buffer
        addi    t1, t0, SECTOR_BYTES
fill:   sb      a0, (t0)
        addi    t0, t0, 1
        bltu    t0, t1, fill
        li      a0, 1                   # VIRTIO_BLK_T_OUT
        mv      a1, s1
        call    ask
        j       prompt
read:   call    getByte
        addi    a1, a0, -'0'
        li      a0, 0                   # VIRTIO_BLK_T_IN
        call    ask
        la      t0, buffer
        lbu     a0, (t0)
        call    putByte
        li      a0, '\n'
        call    putByte
        j       prompt
off:    li      t0, FINISHER
        li      t1, FINISHER_PASS
        sw      t1, (t0)
        j       off

# a0: the type of the request, a1: its sector. Gives it to the hart that serves the sector.
ask:    la      t0, request
        sw      a0, (t0)
        sw      a1, 8(t0)
        la      t0, harts
        lw      t0, (t0)
        remu    t0, a1, t0
        beqz    t0, serve
        la      t1, isServed
        sw      zero, (t1)
        fence
        li      t2, CLINT
        sh2add  t2, t0, t2
        li      t3, 1
        sw      t3, (t2)
served: lw      t0, (t1)
        beqz    t0, served
        fence
        ret

worker: li      t0, 8                   # mie.MSIE
        csrw    mie, t0
        li      s1, CLINT
        sh2add  s1, s11, s1
rest:   wfi
        lw      t0, (s1)
        beqz    t0, rest
        sw      zero, (s1)
        fence
        call    serve
        fence
        la      t0, isServed
        li      t1, 1
        sw      t1, (t0)
        j       rest

# A queue at `queue`, in the transport's legacy layout.
openDisk:
        li      t0, DISK
        li      t1, 3                   # ACKNOWLEDGE, DRIVER
        sw      t1, 0x70(t0)
        li      t1, 1 << PAGE_SHIFT
        sw      t1, 0x28(t0)            # GuestPageSize
        sw      zero, 0x30(t0)          # QueueSel
        li      t2, QUEUE_LENGTH
        sw      t2, 0x38(t0)            # QueueNum
        sw      t1, 0x3c(t0)            # QueueAlign
        la      t1, queue
        srli    t1, t1, PAGE_SHIFT
        sw      t1, 0x40(t0)            # QueuePFN
        li      t1, 7                   # and DRIVER_OK
        sw      t1, 0x70(t0)
        ret

# Performs `request` with `buffer`, and waits until the disk has.
serve:  la      t0, queue
        la      t1, request
        sw      t1, 0(t0)
        sw      zero, 4(t0)
        li      t2, 16
        sw      t2, 8(t0)
        li      t2, 1 | 1 << 16         # NEXT, descriptor 1
        sw      t2, 12(t0)
        la      t2, buffer
        sw      t2, 16(t0)
        sw      zero, 20(t0)
        li      t2, SECTOR_BYTES
        sw      t2, 24(t0)
        lw      t3, (t1)
        li      t2, 1 | 2 << 16         # NEXT, descriptor 2
        bnez    t3, outward
        ori     t2, t2, 2               # WRITE: the device fills it
outward:
        sw      t2, 28(t0)
        la      t2, status
        sw      t2, 32(t0)
        sw      zero, 36(t0)
        li      t2, 1
        sw      t2, 40(t0)
        li      t2, 2
        sw      t2, 44(t0)
        lhu     t2, 66(t0)              # avail.idx
        andi    t3, t2, QUEUE_LENGTH - 1
        slli    t3, t3, 1
        add     t3, t3, t0
        sh      zero, 68(t3)
        addi    t2, t2, 1
        fence
        sh      t2, 66(t0)
        fence
        li      t3, DISK
        sw      zero, 0x50(t3)          # QueueNotify
        la      t4, used
        slli    t2, t2, 16
        srli    t2, t2, 16
waits:  lhu     t5, 2(t4)               # used.idx
        bne     t5, t2, waits
        fence
        ret

getByte:
        lbu     t0, UART_LSR(s0)
        andi    t0, t0, 1
        bnez    t0, arrived
        wfi
        li      t1, PLIC + 0x200004
        lw      t0, (t1)
        sw      t0, (t1)
        j       getByte
arrived:
        lbu     a0, (s0)
        ret

putByte:
        sb      a0, (s0)
        ret

print:  lbu     t0, (a0)
        beqz    t0, printed
        sb      t0, (s0)
        addi    a0, a0, 1
        j       print
printed:
        ret

        .data
promptText:
        .asciz  "vitrine> "
        .balign 4
harts:  .word   0
isServed:
        .word   0
request:
        .word   0, 0, 0, 0
status: .word   0
        .bss
        .balign 4096
queue:  .space  4096
used:   .space  4096
buffer: .space  512
stacks: .space  8192
