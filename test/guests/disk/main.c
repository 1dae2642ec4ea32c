/*
 * A small kernel in S-mode with Sv32: a program in U-mode gets its memory page by page when it touches
 * it, prints, and reads the disk; what it must not do is refused. It starts in M-mode and hands down
 * every trap that it can. (RISC-V Privileged Architecture, sections 4.3 and 4.4.)
 */
#include "board.h"
#include "virtio-disk.h"

#define PAGE_BYTES 4096u
#define PAGE_SHIFT 12

/* Page table entries. */
#define PTE_V 0x01u
#define PTE_R 0x02u
#define PTE_W 0x04u
#define PTE_X 0x08u
#define PTE_U 0x10u
#define PTE_A 0x40u
#define PTE_D 0x80u
#define PTE_PPN_SHIFT 10

#define SATP_SV32 0x80000000u
#define SATP_ASID_SHIFT 22
#define ASID 1u

#define SSTATUS_SPP (1u << 8)
#define SSTATUS_SUM (1u << 18)
#define SSTATUS_MXR (1u << 19)

#define CAUSE_ILLEGAL 2
#define CAUSE_CALL_FROM_U 8
#define CAUSE_FETCH_PAGE_FAULT 12
#define CAUSE_LOAD_PAGE_FAULT 13
#define CAUSE_STORE_PAGE_FAULT 15

#define ALL_EXCEPTIONS_BUT_CALLS_FROM_S 0xb1ffu
#define PMP_EVERYTHING 0x1fu

/* The program's part of the address space: code, then memory and a stack as it wants them. */
#define PROGRAM_CODE 0x00010000u
#define PROGRAM_MEMORY 0x00400000u
#define PROGRAM_MEMORY_END 0x00600000u
#define PROGRAM_STACK 0x7ffe0000u
#define PROGRAM_STACK_END 0x7fff0000u

enum { CALL_PRINT = 1, CALL_READ = 2, CALL_END = 3 };

struct program {
    uint32_t pc;
    uint32_t registers[31];
};
enum { A0 = 9, A1 = 10, A7 = 16 };

typedef uint32_t page_table[PAGE_BYTES / 4];

static page_table root __attribute__((aligned(4096)));
static struct program program;
static uint32_t next_page;
static uint32_t refused;

extern const uint8_t program_start[], program_end[];
extern uint8_t guest_end[];
void trap_entry(void);
void resume_program(struct program *program) __attribute__((noreturn));

/* A page of zeros. */
static uint32_t allocate_page(void)
{
    uint32_t page = next_page;
    next_page += PAGE_BYTES;
    memset((void *)page, 0, PAGE_BYTES);
    return page;
}

static uint32_t *entry_for(uint32_t address)
{
    uint32_t *upper = &root[address >> 22];
    if ((*upper & PTE_V) == 0) {
        *upper = (allocate_page() >> PAGE_SHIFT) << PTE_PPN_SHIFT | PTE_V;
    }
    uint32_t *table = (uint32_t *)((*upper >> PTE_PPN_SHIFT) << PAGE_SHIFT);
    return &table[(address >> PAGE_SHIFT) & 0x3ff];
}

static void map(uint32_t address, uint32_t physical, uint32_t rights)
{
    *entry_for(address) = (physical >> PAGE_SHIFT) << PTE_PPN_SHIFT | rights | PTE_V;
}

static void map_kernel(uint32_t address, uint32_t bytes)
{
    for (uint32_t offset = 0; offset < bytes; offset += PAGE_BYTES) {
        map(address + offset, address + offset, PTE_R | PTE_W | PTE_X | PTE_A | PTE_D);
    }
}

/* Gives the program the page that it touched, if it is one it may have. */
static int give_page(uint32_t address)
{
    uint32_t page = address & ~(PAGE_BYTES - 1);
    if ((*entry_for(page) & PTE_V) != 0) {
        return 0;
    }
    if (page == PROGRAM_CODE) {
        uint32_t physical = allocate_page();
        memcpy((void *)physical, program_start, (uint32_t)(program_end - program_start));
        map(page, physical, PTE_R | PTE_X | PTE_U);
    } else if ((page >= PROGRAM_MEMORY && page < PROGRAM_MEMORY_END) ||
               (page >= PROGRAM_STACK && page < PROGRAM_STACK_END)) {
        map(page, allocate_page(), PTE_R | PTE_W | PTE_U);
    } else {
        return 0;
    }
    __asm__ volatile("sfence.vma %0, %1" ::"r"(page), "r"(ASID) : "memory");
    return 1;
}

/* Makes `bytes` at `address` the program's, so that the kernel can use them for it. */
static int give_range(uint32_t address, uint32_t bytes)
{
    for (uint32_t at = address & ~(PAGE_BYTES - 1); at < address + bytes; at += PAGE_BYTES) {
        if ((*entry_for(at) & PTE_U) == 0 && !give_page(at)) {
            return 0;
        }
    }
    return 1;
}

static void refuse(const char *what, uint32_t address)
{
    print("refused: ");
    print(what);
    print(" ");
    print_hex(address);
    print("\n");
    refused++;
}

/* Copies a sector to the program, whose pages need not lie next to each other. */
static uint32_t read_for_program(uint32_t sector, uint32_t address)
{
    static uint8_t buffer[SECTOR_BYTES] __attribute__((aligned(16)));
    if (!give_range(address, SECTOR_BYTES)) {
        return 1;
    }
    uint32_t status = disk_read(sector, buffer);
    CSR_SET(sstatus, SSTATUS_SUM);
    memcpy((void *)address, buffer, SECTOR_BYTES);
    CSR_CLEAR(sstatus, SSTATUS_SUM);
    return status;
}

static void print_for_program(uint32_t address)
{
    if (address >= RAM || !give_range(address, 1)) {
        refuse("text at", address);
        return;
    }
    CSR_SET(sstatus, SSTATUS_SUM);
    print((const char *)address);
    CSR_CLEAR(sstatus, SSTATUS_SUM);
}

/* What the hart has noted in the entries of the program's pages. */
static void print_pages(uint32_t start, uint32_t end)
{
    for (uint32_t page = start; page < end; page += PAGE_BYTES) {
        uint32_t entry = *entry_for(page);
        if ((entry & PTE_V) != 0) {
            print("page ");
            print_hex(page);
            print(entry & PTE_A ? " accessed" : "");
            print(entry & PTE_D ? " dirty" : "");
            print("\n");
        }
    }
}

static void end_program(uint32_t status)
{
    print("the program ended with ");
    print_decimal(status);
    print(", refused: ");
    print_decimal(refused);
    print("\n");
    print_pages(PROGRAM_CODE, PROGRAM_CODE + PAGE_BYTES);
    print_pages(PROGRAM_MEMORY, PROGRAM_MEMORY_END);
    print_pages(PROGRAM_STACK, PROGRAM_STACK_END);
    print("disk: done\n");
    finish(0);
}

static void answer_call(struct program *caller)
{
    uint32_t argument = caller->registers[A0];
    caller->pc += 4;
    switch (caller->registers[A7]) {
    case CALL_PRINT:
        print_for_program(argument);
        break;
    case CALL_READ:
        caller->registers[A0] = read_for_program(argument, caller->registers[A1]);
        break;
    case CALL_END:
        end_program(argument);
        break;
    default:
        refuse("call", caller->registers[A7]);
    }
}

/* Length of the instruction at an address of the program's. */
static uint32_t length_at(uint32_t pc)
{
    CSR_SET(sstatus, SSTATUS_SUM | SSTATUS_MXR);
    uint32_t length = (*(volatile uint16_t *)pc & 3) == 3 ? 4 : 2;
    CSR_CLEAR(sstatus, SSTATUS_SUM | SSTATUS_MXR);
    return length;
}

/* Called by traps.S. */
void handle_trap(struct program *stopped)
{
    uint32_t cause = CSR_READ(scause);
    uint32_t address = CSR_READ(stval);
    if ((CSR_READ(sstatus) & SSTATUS_SPP) != 0) {
        print("the kernel faults: ");
        print_hex(cause);
        print("\n");
        finish(1);
    }
    switch (cause) {
    case CAUSE_CALL_FROM_U:
        answer_call(stopped);
        return;
    case CAUSE_FETCH_PAGE_FAULT:
    case CAUSE_LOAD_PAGE_FAULT:
    case CAUSE_STORE_PAGE_FAULT:
        if (give_page(address)) {
            return;
        }
        refuse(cause == CAUSE_LOAD_PAGE_FAULT ? "load" : "store", address);
        break;
    case CAUSE_ILLEGAL:
        refuse("instruction", address);
        break;
    default:
        print("unexpected trap ");
        print_hex(cause);
        print("\n");
        finish(1);
    }
    stopped->pc += length_at(stopped->pc);
}

/* Sector n holds its number, some text, and bytes that follow from both. */
static void check_disk(uint32_t sectors)
{
    static uint32_t buffer[SECTOR_BYTES / 4];
    uint32_t sum = 0;
    for (uint32_t sector = 0; sector < sectors; sector++) {
        uint32_t status = disk_read(sector, buffer);
        if (status != 0) {
            print("a sector cannot be read\n");
        }
        for (uint32_t word = 0; word < SECTOR_BYTES / 4; word++) {
            sum = sum * 33 + buffer[word];
        }
    }
    print("sectors ");
    print_decimal(sectors);
    print(", sum ");
    print_hex(sum);
    for (uint32_t word = 0; word < SECTOR_BYTES / 4; word++) {
        buffer[word] = ~buffer[word];
    }
    print(", written: ");
    print_decimal(disk_write(1, buffer));
    print(", behind the end: ");
    print_decimal(disk_read(sectors, buffer));
    print("\n");
}

/* In S-mode, with translation on. */
static __attribute__((noreturn)) void kernel_main(void)
{
    uint32_t sectors = disk_start();
    if (sectors == 0) {
        print("there is no disk\n");
        finish(1);
    }
    check_disk(sectors);
    CSR_WRITE(stvec, (uint32_t)trap_entry);
    CSR_CLEAR(sstatus, SSTATUS_SPP);
    program.pc = PROGRAM_CODE;
    resume_program(&program);
}

uint32_t guest_main(void)
{
    next_page = (uint32_t)guest_end;
    map_kernel(RAM, 2 * 1024 * 1024);
    map_kernel(UART, PAGE_BYTES);
    map_kernel(DISK_REGISTERS, PAGE_BYTES);
    map_kernel(FINISHER, PAGE_BYTES);
    CSR_WRITE(medeleg, ALL_EXCEPTIONS_BUT_CALLS_FROM_S);
    CSR_WRITE(pmpaddr0, 0xffffffff);
    CSR_WRITE(pmpcfg0, PMP_EVERYTHING);
    CSR_WRITE(satp, SATP_SV32 | ASID << SATP_ASID_SHIFT | (uint32_t)root >> PAGE_SHIFT);
    __asm__ volatile("sfence.vma");
    CSR_CLEAR(mstatus, MSTATUS_MPP);
    CSR_SET(mstatus, MSTATUS_MPP_S);
    CSR_WRITE(mepc, (uint32_t)kernel_main);
    __asm__ volatile("mret");
    return 1;
}
