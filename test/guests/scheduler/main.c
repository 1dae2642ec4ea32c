/*
 * A preemptive scheduler in M-mode: three tasks in turn, a timer interrupt that takes the hart from
 * them, a software interrupt with which a task gives it up, and an `ecall` with which it ends. The
 * tasks know nothing of each other; what they work out must not depend on where they were interrupted.
 */
#include "board.h"

#define MTVEC_VECTORED 1
#define MIE_MSIE (1u << 3)
#define MIE_MTIE (1u << 7)
#define CAUSE_ECALL_FROM_M 11

/* mtime ticks: a twentieth of a millisecond. */
#define QUANTUM 500

#define TASKS 3
#define STACK_WORDS 512

/* vectors.S knows where the registers are: pc in the place of x0, then x1 to x31. */
struct task {
    uint32_t pc;
    uint32_t registers[31];
    const char *name;
    uint32_t is_finished;
    uint32_t result;
    uint32_t preemptions;
    uint32_t yields;
    uint32_t stack[STACK_WORDS] __attribute__((aligned(16)));
};

enum { RA = 0, SP = 1, GP = 2, A0 = 9 };

static struct task tasks[TASKS];

/* What the test compares: results and what must be true of the way there. */
static struct {
    uint32_t results[TASKS];
    uint32_t yields[TASKS];
    uint32_t was_preempted[TASKS];
} report __attribute__((section(".signature"), used));

void trap_vectors(void);
void resume_task(struct task *task) __attribute__((noreturn));
void finish_task(void) __attribute__((noreturn));

static void set_deadline(void)
{
    uint32_t now = REGISTER32(MTIME);
    uint32_t high = REGISTER32(MTIME + 4);
    REGISTER32(MTIMECMP(0)) = 0xffffffff;
    REGISTER32(MTIMECMP(0) + 4) = high + (now + QUANTUM < now);
    REGISTER32(MTIMECMP(0)) = now + QUANTUM;
}

static void report_results(void)
{
    for (uint32_t i = 0; i < TASKS; i++) {
        report.results[i] = tasks[i].result;
        report.yields[i] = tasks[i].yields;
        report.was_preempted[i] = tasks[i].preemptions >= 3;
        print(tasks[i].name);
        print(": ");
        print_hex(tasks[i].result);
        print(report.was_preempted[i] ? ", was preempted, gave way " : ", was NOT preempted, gave way ");
        print_decimal(report.yields[i]);
        print(" times\n");
    }
    print("scheduler: done\n");
    finish(0);
}

/* The next task in turn that has not finished; after the last one, the end. */
static struct task *next_task(const struct task *task)
{
    uint32_t current = (uint32_t)(task - tasks);
    for (uint32_t step = 1; step <= TASKS; step++) {
        struct task *candidate = &tasks[(current + step) % TASKS];
        if (!candidate->is_finished) {
            set_deadline();
            return candidate;
        }
    }
    report_results();
    return 0;
}

/* The three ends of a turn; vectors.S calls them with the task that was running. */
struct task *tick(struct task *task)
{
    task->preemptions++;
    return next_task(task);
}

struct task *yielded(struct task *task)
{
    REGISTER32(MSIP(0)) = 0;
    task->yields++;
    return next_task(task);
}

struct task *called(struct task *task)
{
    uint32_t cause = CSR_READ(mcause);
    if (cause != CAUSE_ECALL_FROM_M) {
        print("unexpected exception ");
        print_decimal(cause);
        print("\n");
        finish(1);
    }
    task->is_finished = 1;
    task->result = task->registers[A0];
    return next_task(task);
}

void report_trap(uint32_t cause)
{
    print("unexpected trap ");
    print_hex(cause);
    print("\n");
    finish(1);
}

/* A task gives the hart up by interrupting itself. */
static void give_way(void)
{
    REGISTER32(MSIP(0)) = 1;
}

static uint32_t count_primes(void)
{
    uint32_t found = 0;
    for (uint32_t number = 2; number < 9000; number++) {
        uint32_t divisor = 2;
        while (divisor * divisor <= number && number % divisor != 0) {
            divisor++;
        }
        found += divisor * divisor > number;
    }
    return found;
}

static uint32_t checksum_of_everything(void)
{
    uint32_t crc = 0xffffffff;
    for (uint32_t i = 0; i < 4000; i++) {
        crc ^= i & 0xff;
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
        }
        if (i % 1000 == 999) {
            give_way();
        }
    }
    return ~crc;
}

static uint32_t sort(void)
{
    static uint16_t numbers[400];
    uint32_t seed = 1;
    for (uint32_t i = 0; i < 400; i++) {
        seed = seed * 1664525 + 1013904223;
        numbers[i] = (uint16_t)(seed >> 16);
    }
    for (uint32_t i = 1; i < 400; i++) {
        uint16_t number = numbers[i];
        uint32_t at = i;
        while (at > 0 && numbers[at - 1] > number) {
            numbers[at] = numbers[at - 1];
            at--;
        }
        numbers[at] = number;
    }
    uint32_t mixed = 0;
    for (uint32_t i = 0; i < 400; i++) {
        mixed = mixed * 31 + numbers[i];
    }
    return mixed;
}

static void prepare(struct task *task, const char *name, uint32_t (*work)(void))
{
    uint32_t gp;
    __asm__("mv %0, gp" : "=r"(gp));
    task->name = name;
    task->pc = (uint32_t)work;
    task->registers[RA] = (uint32_t)finish_task;
    task->registers[SP] = (uint32_t)(task->stack + STACK_WORDS);
    task->registers[GP] = gp;
}

uint32_t guest_main(void)
{
    prepare(&tasks[0], "primes", count_primes);
    prepare(&tasks[1], "checksum", checksum_of_everything);
    prepare(&tasks[2], "sort", sort);
    CSR_WRITE(mtvec, (uint32_t)trap_vectors | MTVEC_VECTORED);
    CSR_WRITE(mie, MIE_MSIE | MIE_MTIE);
    CSR_SET(mstatus, MSTATUS_MPP | MSTATUS_MPIE);
    set_deadline();
    resume_task(&tasks[0]);
}
