/*
 * Four harts: they wait for a software interrupt, count together with AMOs and under a lock of LR/SC,
 * meet at a barrier, and pass a token round by interrupting each other.
 */
#include "board.h"

#define HARTS 4
#define COUNTS 500
#define ROUNDS 5
#define MIE_MSIE (1u << 3)
#define CAUSE_MACHINE_SOFTWARE 0x80000003u

static struct {
    /* Counted with amoadd; counted under the lock. */
    uint32_t atomic_count;
    uint32_t locked_count;
    /* What harts with an odd and an even number have left of these with amoxor, amomax, amominu. */
    uint32_t mixed;
    uint32_t largest;
    uint32_t smallest;
    /* Which hart had the token, in order. */
    uint32_t token_path[ROUNDS * HARTS];
    uint32_t interrupts[HARTS];
} shared __attribute__((section(".signature"), used));

static volatile uint32_t lock;
static volatile uint32_t arrived;
static volatile uint32_t token_moves;

/* A hart's software interrupts that it has taken, and has not looked at yet. */
static volatile uint32_t posted[HARTS];

static __attribute__((interrupt("machine"), aligned(4))) void on_trap(void)
{
    uint32_t hart = CSR_READ(mhartid);
    uint32_t cause = CSR_READ(mcause);
    if (cause != CAUSE_MACHINE_SOFTWARE) {
        print("unexpected trap\n");
        finish(1);
    }
    REGISTER32(MSIP(hart)) = 0;
    __atomic_fetch_add(&posted[hart], 1, __ATOMIC_SEQ_CST);
    shared.interrupts[hart]++;
}

static void interrupt(uint32_t hart)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    REGISTER32(MSIP(hart)) = 1;
}

/* Sleeps until this hart has been interrupted once more. */
static void await_interrupt(uint32_t hart)
{
    /* Interrupts are off between the look and the sleep: wfi wakes all the same. */
    for (;;) {
        CSR_CLEAR(mstatus, MSTATUS_MIE);
        if (posted[hart] != 0) {
            break;
        }
        __asm__ volatile("wfi");
        CSR_SET(mstatus, MSTATUS_MIE);
    }
    CSR_SET(mstatus, MSTATUS_MIE);
    __atomic_fetch_sub(&posted[hart], 1, __ATOMIC_SEQ_CST);
}

static void acquire(void)
{
    uint32_t failed;
    do {
        __asm__ volatile("lr.w.aq %0, (%1)\n"
                         "bnez %0, 1f\n"
                         "sc.w.rl %0, %2, (%1)\n"
                         "1:\n"
                         : "=&r"(failed)
                         : "r"(&lock), "r"(1)
                         : "memory");
    } while (failed != 0);
}

static void release(void)
{
    __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
}

/* Nobody goes on before everybody is here. */
static void meet(uint32_t times)
{
    __atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
    while (arrived < times * HARTS) {
    }
}

static void count(uint32_t hart)
{
    for (uint32_t i = 0; i < COUNTS; i++) {
        __asm__ volatile("amoadd.w zero, %1, (%0)" ::"r"(&shared.atomic_count), "r"(1) : "memory");
        acquire();
        shared.locked_count++;
        release();
    }
    uint32_t value = 0x1234567u * (hart + 1);
    __asm__ volatile("amoxor.w zero, %1, (%0)" ::"r"(&shared.mixed), "r"(value) : "memory");
    __asm__ volatile("amomax.w zero, %1, (%0)" ::"r"(&shared.largest), "r"(value) : "memory");
    __asm__ volatile("amominu.w zero, %1, (%0)" ::"r"(&shared.smallest), "r"(value) : "memory");
}

/* Hart 0 starts the token on its way, and has it back in the end. */
static void pass_token(uint32_t hart)
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        if (hart != 0 || round != 0) {
            await_interrupt(hart);
        }
        shared.token_path[token_moves++] = hart;
        interrupt((hart + 1) % HARTS);
    }
    if (hart == 0) {
        await_interrupt(0);
    }
}

static void work(uint32_t hart)
{
    CSR_WRITE(mtvec, (uint32_t)on_trap);
    CSR_WRITE(mie, MIE_MSIE);
    CSR_SET(mstatus, MSTATUS_MIE);
    meet(1);
    if (hart == 0) {
        for (uint32_t other = 1; other < HARTS; other++) {
            interrupt(other);
        }
    } else {
        await_interrupt(hart);
    }
    count(hart);
    meet(2);
    pass_token(hart);
}

void other_hart(uint32_t hart)
{
    if (hart < HARTS) {
        work(hart);
    }
    for (;;) {
        __asm__ volatile("wfi");
    }
}

static void print_value(const char *name, uint32_t value)
{
    print(name);
    print_decimal(value);
    print("\n");
}

uint32_t guest_main(void)
{
    shared.smallest = 0xffffffff;
    work(0);
    print_value("counted with atomics: ", shared.atomic_count);
    print_value("counted under a lock: ", shared.locked_count);
    print("token:");
    for (uint32_t i = 0; i < ROUNDS * HARTS; i++) {
        char text[3] = {' ', (char)('0' + shared.token_path[i]), '\0'};
        print(text);
    }
    print("\n");
    for (uint32_t hart = 0; hart < HARTS; hart++) {
        print_value("interrupts: ", shared.interrupts[hart]);
    }
    print("harts: done\n");
    return 0;
}
