# Paging: a kernel in S-mode that walks through 16 MiB of 4 KiB pages, reads a few words of each,
# writes one, and changes between two address spaces after each walk. Sv32.

        .ifndef ROUNDS
        .equ    ROUNDS, 1200
        .endif
        .equ    PAGES, 4096
        .equ    WINDOW, 0x40000000      # virtual address of the pages
        .equ    FRAMES, 0x82000000      # their physical address
        .equ    TABLES, 0x81000000      # the four tables that map them
        .equ    ROOT_A, 0x81010000
        .equ    ROOT_B, 0x81011000
        .equ    STRIDE, 4096 + 64       # another cache line in each page
        .equ    TEST_FINISHER, 0x100000
        .equ    FINISHER_PASS, 0x5555
        .equ    MPP_S, 0x800
        .equ    PMP_ALL, 0x1f           # NAPOT, readable, writable, executable
        .equ    PTE_TABLE, 0x01         # V
        .equ    PTE_PAGE, 0xc7          # V R W A D
        .equ    PTE_CODE, 0xcf          # V R W X A D
        .equ    SATP_SV32, 0x80000000
        .equ    ASID_B, 1 << 22

        .section .text
        .globl  _start
_start:
        li      t0, -1
        csrw    pmpaddr0, t0
        li      t0, PMP_ALL
        csrw    pmpcfg0, t0

        # Four tables of 1,024 pages each, one behind the other.
        li      a0, TABLES
        li      a1, (FRAMES >> 12) << 10 | PTE_PAGE
        li      a2, PAGES
map_page:
        sw      a1, 0(a0)
        addi    a0, a0, 4
        addi    a1, a1, 1 << 10
        addi    a2, a2, -1
        bnez    a2, map_page

        # Both roots: the window, and this code and the finisher in superpages.
        li      a0, ROOT_A
        call    make_root
        li      a0, ROOT_B
        call    make_root

        li      t0, MPP_S
        csrs    mstatus, t0
        la      t0, kernel
        csrw    mepc, t0
        mret

make_root:
        li      t0, (WINDOW >> 22) * 4
        add     t0, a0, t0
        li      t1, (TABLES >> 12) << 10 | PTE_TABLE
        li      t2, 4
map_table:
        sw      t1, 0(t0)
        addi    t0, t0, 4
        addi    t1, t1, 1 << 10
        addi    t2, t2, -1
        bnez    t2, map_table
        li      t0, (0x80000000 >> 22) * 4
        add     t0, a0, t0
        li      t1, (0x80000000 >> 12) << 10 | PTE_CODE
        sw      t1, 0(t0)
        li      t1, PTE_PAGE
        sw      t1, 0(a0)
        ret

kernel:
        li      s0, ROUNDS
        li      s1, SATP_SV32 | ROOT_A >> 12
        li      s2, SATP_SV32 | ASID_B | ROOT_B >> 12
round:
        csrw    satp, s1
        mv      t0, s1                  # the other one next time
        mv      s1, s2
        mv      s2, t0
        li      a0, WINDOW
        li      a1, PAGES - 64          # the stride makes up for the rest
        li      a2, STRIDE
walk:
        lw      t0, 0(a0)
        lw      t1, 4(a0)
        lw      t2, 8(a0)
        lw      t3, 12(a0)
        add     t0, t0, t1
        lw      t1, 16(a0)
        add     t2, t2, t3
        lw      t3, 20(a0)
        add     t0, t0, t2
        lw      t2, 24(a0)
        add     t1, t1, t3
        lw      t3, 28(a0)
        add     t0, t0, t1
        add     t2, t2, t3
        add     t0, t0, t2
        addi    t0, t0, 1
        sw      t0, 0(a0)
        add     a0, a0, a2
        addi    a1, a1, -1
        bnez    a1, walk
        addi    s0, s0, -1
        bnez    s0, round

        li      t0, TEST_FINISHER
        li      t1, FINISHER_PASS
        sw      t1, 0(t0)
stop:
        j       stop
