#include "board.h"

void print(const char *text)
{
    for (; *text != '\0'; text++) {
        while ((REGISTER8(UART_LSR) & UART_LSR_THR_EMPTY) == 0) {
        }
        REGISTER8(UART_THR) = (uint8_t)*text;
    }
}

void print_hex(uint32_t value)
{
    char text[9];
    for (int digit = 0; digit < 8; digit++) {
        text[digit] = "0123456789abcdef"[value >> 28];
        value <<= 4;
    }
    text[8] = '\0';
    print(text);
}

void print_decimal(uint32_t value)
{
    char text[11];
    int at = 10;
    text[at] = '\0';
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    print(&text[at]);
}

void finish(uint32_t status)
{
    REGISTER32(FINISHER) = status == 0 ? FINISHER_PASS : (status << 16) | FINISHER_FAIL;
    for (;;) {
        __asm__ volatile("wfi");
    }
}

__attribute__((weak)) void other_hart(uint32_t hart)
{
    (void)hart;
    for (;;) {
        __asm__ volatile("wfi");
    }
}


void *memcpy(void *to, const void *from, __SIZE_TYPE__ bytes)
{
    uint8_t *target = to;
    const uint8_t *source = from;
    while (bytes-- > 0) {
        *target++ = *source++;
    }
    return to;
}

void *memset(void *to, int value, __SIZE_TYPE__ bytes)
{
    uint8_t *target = to;
    while (bytes-- > 0) {
        *target++ = (uint8_t)value;
    }
    return to;
}
