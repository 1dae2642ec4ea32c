/* The parts of the `virt` board that the guests drive, and the few lines of C that they share. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* SiFive test finisher: ends the machine. */
#define FINISHER 0x00100000u
#define FINISHER_PASS 0x5555u
#define FINISHER_FAIL 0x3333u

/* Core-local interruptor: software interrupts and the timer, 10 MHz. */
#define CLINT 0x02000000u
#define MSIP(hart) (CLINT + 4 * (hart))
#define MTIMECMP(hart) (CLINT + 0x4000 + 8 * (hart))
#define MTIME (CLINT + 0xbff8)

/* UART 16550A. */
#define UART 0x10000000u
#define UART_THR (UART + 0)
#define UART_LSR (UART + 5)
#define UART_LSR_THR_EMPTY 0x20

#define RAM 0x80000000u

#define REGISTER32(address) (*(volatile uint32_t *)(address))
#define REGISTER8(address) (*(volatile uint8_t *)(address))

#define CSR_READ(name) ({ uint32_t value_; __asm__ volatile("csrr %0, " #name : "=r"(value_)); value_; })
#define CSR_WRITE(name, value) __asm__ volatile("csrw " #name ", %0" ::"r"(value) : "memory")
#define CSR_SET(name, bits) __asm__ volatile("csrs " #name ", %0" ::"r"(bits) : "memory")
#define CSR_CLEAR(name, bits) __asm__ volatile("csrc " #name ", %0" ::"r"(bits) : "memory")

/* mstatus */
#define MSTATUS_MIE (1u << 3)
#define MSTATUS_MPIE (1u << 7)
#define MSTATUS_MPP (3u << 11)
#define MSTATUS_MPP_S (1u << 11)
#define MSTATUS_MPRV (1u << 17)

/* Text on the console. */
void print(const char *text);
void print_hex(uint32_t value);
void print_decimal(uint32_t value);

/* Ends the machine: exit status 0, or `status`. */
void finish(uint32_t status) __attribute__((noreturn));

/* As in the standard library. The compiler calls them too. */
void *memcpy(void *to, const void *from, __SIZE_TYPE__ bytes);
void *memset(void *to, int value, __SIZE_TYPE__ bytes);

/* Each guest has one. start.S calls it on hart 0 and ends the machine with what it returns. */
uint32_t guest_main(void);

/* What the other harts do; if a guest does not say, they wait for ever. */
void other_hart(uint32_t hart);

#endif
