/*
 * Physical memory protection, tried out from M-mode: how many entries there are and how fine they are,
 * what each way of naming a region covers, what a locked entry does to M-mode itself.
 * (RISC-V Privileged Architecture, section 3.7.)
 */
#include "board.h"

/* pmpcfg: rights, the way the region is named, and the lock. */
#define PMP_R 0x01
#define PMP_W 0x02
#define PMP_X 0x04
#define PMP_TOR 0x08
#define PMP_NA4 0x10
#define PMP_NAPOT 0x18
#define PMP_LOCK 0x80

/* Where the regions are tried: the last of them begins at the first word of a page. */
#define AREA_BYTES 256
static uint32_t area[AREA_BYTES / 4] __attribute__((aligned(4096)));

/* mcause of the last trap, plus one; 0: there was none. */
static volatile uint32_t trapped;

/* Every trap goes on behind the instruction that caused it; `ecall` from U-mode comes back to M-mode. */
static __attribute__((interrupt("machine"), aligned(4))) void on_trap(void)
{
    uint32_t cause = CSR_READ(mcause);
    uint32_t pc = CSR_READ(mepc);
    trapped = cause + 1;
    if (cause == 1) {
        /* Nothing could be fetched: return to the caller, whose address is kept in sscratch. */
        CSR_WRITE(mepc, CSR_READ(sscratch));
    } else if (cause == 8) {
        CSR_WRITE(mepc, CSR_READ(sscratch));
    } else {
        CSR_WRITE(mepc, pc + ((*(volatile uint16_t *)pc & 3) == 3 ? 4 : 2));
    }
    CSR_SET(mstatus, MSTATUS_MPP);
}

/* Reads or writes with the rights of U-mode; what the trap was, plus one. */
static uint32_t user_load(uint32_t address)
{
    trapped = 0;
    CSR_CLEAR(mstatus, MSTATUS_MPP);
    CSR_SET(mstatus, MSTATUS_MPRV);
    uint32_t value;
    __asm__ volatile("lw %0, 0(%1)" : "=r"(value) : "r"(address) : "memory");
    CSR_CLEAR(mstatus, MSTATUS_MPRV);
    return trapped;
}

static uint32_t user_store(uint32_t address)
{
    trapped = 0;
    CSR_CLEAR(mstatus, MSTATUS_MPP);
    CSR_SET(mstatus, MSTATUS_MPRV);
    __asm__ volatile("sw zero, 0(%0)" ::"r"(address) : "memory");
    CSR_CLEAR(mstatus, MSTATUS_MPRV);
    return trapped;
}

/* Jumps to an `ecall` in U-mode: 9 if it was executed, 2 if it could not be fetched. */
static uint32_t user_execute(uint32_t address)
{
    trapped = 0;
    *(volatile uint32_t *)address = 0x00000073;
    __asm__ volatile("fence.i");
    CSR_CLEAR(mstatus, MSTATUS_MPP);
    __asm__ volatile("la t0, 1f\n"
                     "csrw sscratch, t0\n"
                     "csrw mepc, %0\n"
                     "mret\n"
                     "1:\n" ::"r"(address)
                     : "t0", "memory");
    return trapped;
}

static void set_entry(uint32_t entry, uint32_t pmpaddr, uint32_t configuration)
{
    uint32_t shift = 8 * (entry % 4);
    uint32_t mask = ~(0xffu << shift);
    switch (entry) {
    case 0:
        CSR_WRITE(pmpaddr0, pmpaddr);
        break;
    case 1:
        CSR_WRITE(pmpaddr1, pmpaddr);
        break;
    case 2:
        CSR_WRITE(pmpaddr2, pmpaddr);
        break;
    default:
        CSR_WRITE(pmpaddr3, pmpaddr);
    }
    CSR_WRITE(pmpcfg0, (CSR_READ(pmpcfg0) & mask) | (configuration << shift));
}

/* One character for each of the area's words around a region: what U-mode may do there. */
static void print_rights(const char *name, uint32_t first, uint32_t words)
{
    print(name);
    for (uint32_t word = first; word < first + words; word++) {
        uint32_t address = (uint32_t)&area[word];
        uint32_t rights = (user_load(address) == 0 ? 4u : 0u) | (user_store(address) == 0 ? 2u : 0u) |
                          (user_execute(address) == 9 ? 1u : 0u);
        char text[3] = {' ', (char)('0' + rights), '\0'};
        print(text);
    }
    print("\n");
}

static uint32_t napot(uint32_t address, uint32_t bytes)
{
    return (address >> 2) | ((bytes >> 3) - 1);
}

static void clear_entries(void)
{
    CSR_WRITE(pmpcfg0, 0);
}

#define PROBE_ENTRY(number)                                                                        \
    do {                                                                                           \
        trapped = 0;                                                                               \
        CSR_WRITE(pmpaddr##number, 0xffffffff);                                                    \
        entries += trapped == 0 && CSR_READ(pmpaddr##number) != 0;                                 \
        CSR_WRITE(pmpaddr##number, 0);                                                             \
    } while (0)

/* pmpaddr16 and its configuration do not exist on this hart: using them traps. */
#define PROBE_ABSENT(number)                                                                       \
    do {                                                                                           \
        trapped = 0;                                                                               \
        __asm__ volatile("csrr t0, " #number ::: "t0");                                            \
        print(" " #number ": ");                                                                   \
        print_decimal(trapped);                                                                    \
    } while (0)

static void print_entries(void)
{
    uint32_t entries = 0;
    PROBE_ENTRY(0);
    PROBE_ENTRY(1);
    PROBE_ENTRY(2);
    PROBE_ENTRY(3);
    PROBE_ENTRY(4);
    PROBE_ENTRY(7);
    PROBE_ENTRY(8);
    PROBE_ENTRY(15);
    print("entries found: ");
    print_decimal(entries);
    print(", traps at");
    PROBE_ABSENT(0x7a5);
    PROBE_ABSENT(0x5c0);
    print("\n");
}

static void try_regions(void)
{
    uint32_t start = (uint32_t)area;
    print_rights("no entry        ", 0, 8);
    set_entry(0, (start + 8) >> 2, PMP_NA4 | PMP_R);
    print_rights("NA4, read       ", 0, 8);
    set_entry(0, napot(start + 8, 8), PMP_NAPOT | PMP_R | PMP_W);
    print_rights("NAPOT 8, r/w    ", 0, 8);
    set_entry(0, napot(start, 16), PMP_NAPOT | PMP_X);
    print_rights("NAPOT 16, x     ", 0, 8);
    set_entry(0, (start + 4) >> 2, 0);
    set_entry(1, (start + 20) >> 2, PMP_TOR | PMP_R | PMP_X);
    print_rights("TOR 4..20, r/x  ", 0, 8);
    set_entry(1, (start + 4) >> 2, PMP_TOR | PMP_R | PMP_X);
    print_rights("TOR, empty      ", 0, 8);
    set_entry(0, napot(start, 32), PMP_NAPOT | PMP_R | PMP_W | PMP_X);
    set_entry(1, napot(start, 16), PMP_NAPOT);
    print_rights("the first wins  ", 0, 8);
    set_entry(0, napot(start, 16), PMP_NAPOT);
    set_entry(1, napot(start, 32), PMP_NAPOT | PMP_R | PMP_W | PMP_X);
    print_rights("the other way   ", 0, 8);
    /* The whole address space, 34 bits wide. */
    set_entry(0, 0xffffffff, PMP_NAPOT | PMP_R | PMP_W | PMP_X);
    print_rights("everything      ", 0, 4);
    clear_entries();
}

static void try_crossing(void)
{
    uint32_t start = (uint32_t)area;
    set_entry(0, napot(start, 8), PMP_NAPOT | PMP_R | PMP_W);
    print("across the end of a region: ");
    print_decimal(user_load(start + 6));
    print(" ");
    print_decimal(user_store(start + 6));
    print(" inside: ");
    print_decimal(user_load(start + 2));
    print("\n");
    clear_entries();
}

static void try_lock(void)
{
    uint32_t start = (uint32_t)&area[32];
    set_entry(2, start >> 2, 0);
    set_entry(3, (start + 16) >> 2, PMP_TOR | PMP_R | PMP_LOCK);
    print("locked entry 3: ");
    print_hex(CSR_READ(pmpcfg0));
    trapped = 0;
    *(volatile uint32_t *)start = 1;
    print(", M-mode's store: ");
    print_decimal(trapped);
    trapped = 0;
    uint32_t value = *(volatile uint32_t *)start;
    print(", load: ");
    print_decimal(trapped + value);
    /* Neither the entry nor the bottom of its range can be changed any more. */
    CSR_WRITE(pmpaddr3, 0);
    CSR_WRITE(pmpaddr2, 0);
    CSR_WRITE(pmpcfg0, 0);
    print(", afterwards: ");
    print_hex(CSR_READ(pmpcfg0));
    print(CSR_READ(pmpaddr3) == (start + 16) >> 2 ? " kept" : " lost");
    print(CSR_READ(pmpaddr2) == start >> 2 ? " kept" : " lost");
    print("\n");
}

uint32_t guest_main(void)
{
    CSR_WRITE(mtvec, (uint32_t)on_trap);
    print_entries();
    try_regions();
    try_crossing();
    try_lock();
    print("pmp: done\n");
    return 0;
}
