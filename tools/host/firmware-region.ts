/** Firmware has the first 512 KiB of RAM, and no kernel for it has anything there. */
export const FIRMWARE_END = 0x8008_0000;
