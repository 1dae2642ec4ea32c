/** Where the board's devices sit that the firmware drives, and what it keeps to itself. */

/** Where RAM begins. */
export const RAM: u32 = 0x8000_0000;

/** The firmware's own memory: code, data and stacks. Nothing below M-mode reaches it. */
export const FIRMWARE_BASE: u32 = 0x8000_0000;
/** Bytes; a power of two, as a NAPOT region of the PMP needs. */
export const FIRMWARE_SIZE: u32 = 0x8_0000;

/** SiFive test finisher. */
export const TEST_FINISHER: u32 = 0x0010_0000;

/** Core-local interruptor: a timer compare register per hart, and `mtime`. */
export const CLINT: u32 = 0x0200_0000;
/** Bytes; a power of two. */
export const CLINT_SIZE: u32 = 0x1_0000;

/** Two banks of flash, next to each other. */
export const FLASH: u32 = 0x2000_0000;
export const FLASH_SIZE: u32 = 0x400_0000;

/** UART 16550A. */
export const UART: u32 = 0x1000_0000;
