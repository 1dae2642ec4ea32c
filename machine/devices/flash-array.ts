/**
 * The memory of a bank of flash. Sectors are kept once they have been touched: read from the disk
 * behind the bank, if there is one, and written through to it.
 */

import { FLASH_BANK_BYTES, FLASH_SECTOR_BYTES } from './cfi-flash-registers.ts';
import type { Disk } from './virtio/disk.ts';

const WORD_BYTES = 4;
const SECTOR_WORDS = FLASH_SECTOR_BYTES / WORD_BYTES;
const SECTORS = FLASH_BANK_BYTES / FLASH_SECTOR_BYTES;

/** Sectors by number. */
export type SavedSectors = ReadonlyMap<number, DataView>;

const isWord = (value: number | bigint) =>
  Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;

/** The sectors that `FlashArray.save` has written down, or undefined if these are none such. */
export function readSaved(saved: readonly (number | bigint)[]): SavedSectors | undefined {
  if (saved.length % (1 + SECTOR_WORDS) !== 0 || !saved.every(isWord)) return undefined;
  const sectors = new Map<number, DataView>();
  for (let start = 0; start < saved.length; start += 1 + SECTOR_WORDS) {
    const number = Number(saved[start]);
    if (number >= SECTORS) return undefined;
    const sector = new DataView(new ArrayBuffer(FLASH_SECTOR_BYTES));
    for (let word = 0; word < SECTOR_WORDS; word++) {
      sector.setUint32(WORD_BYTES * word, Number(saved[start + 1 + word]), true);
    }
    sectors.set(number, sector);
  }
  return sectors;
}

export class FlashArray {
  private readonly disk: Disk | undefined;
  private readonly sectors = new Map<number, DataView>();

  /** @param disk has the size of a bank */
  constructor(disk: Disk | undefined) {
    this.disk = disk;
  }

  /** An unsigned value of 1, 2 or 4 bytes at an aligned offset; 0 where the host cannot read. */
  read(offset: number, width: number): number {
    const sector =
      this.known(offset) ?? (this.disk === undefined ? undefined : this.sector(offset));
    if (sector === undefined) return 0;
    const at = offset % FLASH_SECTOR_BYTES;
    switch (width) {
      case 1:
        return sector.getUint8(at);
      case 2:
        return sector.getUint16(at, true);
      default:
        return sector.getUint32(at, true);
    }
  }

  /** Stores the low `width` bytes of a value at an aligned offset; false if the host could not. */
  write(offset: number, width: number, value: number): boolean {
    const sector = this.sector(offset);
    const at = offset % FLASH_SECTOR_BYTES;
    switch (width) {
      case 1:
        sector.setUint8(at, value);
        break;
      case 2:
        sector.setUint16(at, value, true);
        break;
      default:
        sector.setUint32(at, value, true);
    }
    return this.writeThrough(offset, width);
  }

  /** A copy of bytes inside one sector. */
  readBytes(offset: number, length: number): Uint8Array {
    const at = offset % FLASH_SECTOR_BYTES;
    return bytesOf(this.sector(offset)).slice(at, at + length);
  }

  /** Stores bytes inside one sector; false if the host could not. */
  writeBytes(offset: number, source: Uint8Array): boolean {
    bytesOf(this.sector(offset)).set(source, offset % FLASH_SECTOR_BYTES);
    return this.writeThrough(offset, source.length);
  }

  /** Fills bytes inside one sector; false if the host could not. */
  fill(offset: number, length: number, value: number): boolean {
    const at = offset % FLASH_SECTOR_BYTES;
    bytesOf(this.sector(offset)).fill(value, at, at + length);
    return this.writeThrough(offset, length);
  }

  /** The touched sectors in order, each as its number and its words. */
  save(): number[] {
    const saved: number[] = [];
    for (const number of [...this.sectors.keys()].sort((a, b) => a - b)) {
      const sector = this.sectors.get(number);
      if (sector === undefined) continue;
      saved.push(number);
      for (let at = 0; at < FLASH_SECTOR_BYTES; at += WORD_BYTES) {
        saved.push(sector.getUint32(at, true));
      }
    }
    return saved;
  }

  /** Puts back what `readSaved` has made of what was saved. */
  restore(sectors: SavedSectors): void {
    this.sectors.clear();
    for (const [number, sector] of sectors) this.sectors.set(number, sector);
  }

  private known(offset: number): DataView | undefined {
    return this.sectors.get(Math.floor(offset / FLASH_SECTOR_BYTES));
  }

  /** The sector of an offset, from now on kept. */
  private sector(offset: number): DataView {
    const known = this.known(offset);
    if (known !== undefined) return known;
    const number = Math.floor(offset / FLASH_SECTOR_BYTES);
    const bytes = new Uint8Array(FLASH_SECTOR_BYTES);
    this.disk?.read(number * FLASH_SECTOR_BYTES, bytes);
    const sector = new DataView(bytes.buffer);
    this.sectors.set(number, sector);
    return sector;
  }

  private writeThrough(offset: number, length: number): boolean {
    if (this.disk === undefined) return true;
    const at = offset % FLASH_SECTOR_BYTES;
    return this.disk.write(offset, bytesOf(this.sector(offset)).subarray(at, at + length));
  }
}

function bytesOf({ buffer }: DataView): Uint8Array {
  return new Uint8Array(buffer);
}
