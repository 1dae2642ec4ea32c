/**
 * What a bank of CFI flash answers and is told: commands, status bits, the query table. A bank is 32
 * bits wide and made of two 16-bit devices side by side, so what one device answers stands twice in
 * every word.
 *
 * Source: JEDEC JESD68.01 "Common Flash Interface"; Intel StrataFlash command set (primary command
 * set 0x0001); QEMU hw/block/pflash_cfi01.c and hw/riscv/virt.c.
 */

/** Bytes of a bank. */
export const FLASH_BANK_BYTES = 32 * 1024 * 1024;
/** What is erased together, across both devices, in bytes. */
export const FLASH_SECTOR_BYTES = 256 * 1024;
/** What a buffered write may reach, in bytes: what lies around the address of its count. */
export const WRITE_BUFFER_BYTES = 2048;
/** Width of a bank and of one of its devices, in bytes. */
export const BANK_WIDTH = 4;
export const DEVICE_WIDTH = 2;
/** What a device's erased bytes read. */
export const ERASED = 0xff;

/** The first bytes of command sequences; `ReadArray` is what a bank is in otherwise. */
export const Command = {
  ReadArray: 0x00,
  /** Two codes for the same. */
  ProgramAlternative: 0x10,
  Program: 0x40,
  Erase: 0x20,
  ClearStatus: 0x50,
  /** Of a sector, to lock or unlock it: accepted, without effect. */
  Lock: 0x60,
  ReadStatus: 0x70,
  ReadIdentifiers: 0x90,
  Query: 0x98,
  WriteBuffer: 0xe8,
  Reset: 0xff,
} as const;

/** The second bytes that sequences want. */
export const CONFIRM = 0xd0;
export const LOCK_SECTOR = 0x01;

export const STATUS_PROGRAM_ERROR = 0x10;
export const STATUS_ERASE_ERROR = 0x20;
export const STATUS_READY = 0x80;

/** Identifiers: manufacturer (Intel) and device, by word; other words read 0. */
export const IDENTIFIERS = [0x89, 0x18] as const;
/** Identifiers repeat every so many words. */
export const IDENTIFIER_WORDS = 0x100;

/** Where the query table begins, in words, and what it says from there on. */
export const QUERY_START = 0x10;
export const QUERY_TABLE: readonly number[] = [
  ...[0x51, 0x52, 0x59], // 10: "QRY"
  ...[0x01, 0x00], // 13: primary command set: Intel
  ...[0x31, 0x00], // 15: where its table is
  ...[0x00, 0x00, 0x00, 0x00], // 17: no alternative
  ...[0x45, 0x55, 0x00, 0x00], // 1b: voltages
  ...[0x07, 0x07, 0x0a, 0x00], // 1f: typical times: word, buffer, erase, chip erase
  ...[0x04, 0x04, 0x04, 0x00], // 23: the longest
  0x18, // 27: bytes of a device, as a power of two
  ...[0x02, 0x00], // 28: 8 and 16 bits
  ...[0x0b, 0x00], // 2a: bytes of the write buffer, as a power of two
  0x01, // 2c: one region of sectors of one size
  ...[0x7f, 0x00], // 2d: number of sectors less 1
  ...[0x00, 0x02], // 2f: bytes of a device's sector, in units of 256
  ...[0x50, 0x52, 0x49, 0x31, 0x30], // 31: "PRI", version "10"
  ...[0x00, 0x00, 0x00, 0x00], // 36: no optional feature
  ...[0x00, 0x00, 0x00, 0x00, 0x00],
  0x01, // 3f: protection fields
];
