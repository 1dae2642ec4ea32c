import { beforeEach, describe, expect, it } from 'vitest';
import { CfiFlash } from './cfi-flash.ts';
import type { GuestError } from './guest-error.ts';
import { MemoryDisk, type Disk } from './virtio/disk.ts';

const BANK = 0x200_0000;
const SECTOR = 0x4_0000;

let errors: GuestError[];
let flash: CfiFlash;

const build = (disk?: Disk) => new CfiFlash('flash.0', disk, (error) => errors.push(error));

beforeEach(() => {
  errors = [];
  flash = build();
  flash.reset();
});

const read = (offset: number, width = 4) => flash.read(offset, width);
const write = (offset: number, value: number, width = 4) => flash.write(offset, width, value);
const readArray = () => write(0, 0xff);

function program(offset: number, value: number, width = 4): void {
  write(offset, 0x40_0040);
  write(offset, value, width);
  readArray();
}

describe('a bank', () => {
  it('reads as memory of zeroes, until it is told otherwise', () => {
    expect([read(0), read(BANK - 1, 1), read(SECTOR - 2, 2)]).toEqual([0, 0, 0]);
    program(8, 0x1234_5678);
    expect([read(8), read(9, 1), read(10, 2)]).toEqual([0x1234_5678, 0x56, 0x1234]);
  });

  it('says who it is, in both halves of every word', () => {
    write(0, 0x90_0090);
    expect([read(0), read(4), read(8), read(0x400)]).toEqual([0x89_0089, 0x18_0018, 0, 0x89_0089]);
    expect(read(4, 2)).toBe(0x18);
    write(0, 0xf0);
    expect(read(0)).toBe(0);
  });

  it('says what it can to a query, and goes on doing so until it is reset', () => {
    write(0x154, 0x98_0098);
    const table = Array.from({ length: 0x40 }, (_, word) => read(4 * word, 1));
    expect(String.fromCharCode(...table.slice(0x10, 0x13))).toBe('QRY');
    expect(2 ** table[0x27]).toBe(BANK / 2); // each of two devices
    const sectors = table[0x2d] + 1 + 256 * table[0x2e];
    expect(sectors * 256 * (table[0x2f] + 256 * table[0x30])).toBe(BANK / 2);
    expect([read(4 * 0x0f), read(4 * 0x40)]).toEqual([0, 0]);
    write(0, 0x70);
    expect(read(0x40)).toBe(0x51_0051);
    readArray();
    expect(read(0x40)).toBe(0);
  });

  it('erases a sector to ones, and no other', () => {
    program(SECTOR - 4, 5);
    program(SECTOR, 6);
    write(SECTOR + 0x88, 0x20);
    write(SECTOR + 0x88, 0xd0);
    expect(read(0)).toBe(0x80_0080);
    readArray();
    expect([read(SECTOR - 4), read(SECTOR), read(2 * SECTOR - 4), read(2 * SECTOR)]).toEqual([
      ...[5, 0xffff_ffff, 0xffff_ffff, 0],
    ]);
  });

  it('writes a buffer when that is confirmed, and not before', () => {
    write(0x100, 0xe8_00e8);
    expect(read(0x100)).toBe(0x80_0080);
    write(0x100, 0x2_0002);
    for (const [at, value] of [11, 12, 13].entries()) write(0x100 + 4 * at, value);
    write(0x100, 0xd0_00d0);
    readArray();
    expect([read(0x100), read(0x104), read(0x108), read(0x10c)]).toEqual([11, 12, 13, 0]);

    write(0x100, 0xe8_00e8);
    write(0x100, 0);
    write(0x100, 99);
    write(0x100, 0x55);
    expect(read(0x100)).toBe(11);
    expect(errors.map(({ problem }) => problem)).toEqual(['no such command']);
  });

  it('refuses a buffer that leaves its block', () => {
    write(0x100, 0xe8);
    write(0x100, 0);
    write(0x800, 1);
    expect(read(0, 1)).toBe(0x90);
    write(0x100, 0xd0);
    expect(read(0x800)).toBe(0);
    write(0, 0x70);
    expect(read(0, 1)).toBe(0x90);
    write(0, 0x50);
    write(0, 0x70);
    expect(read(0, 1)).toBe(0);
  });

  it('takes locking for done', () => {
    for (const code of [0x01, 0xd0]) {
      write(0, 0x60);
      write(0, code);
      expect(read(0, 1)).toBe(0x80);
      readArray();
    }
    expect(errors).toEqual([]);
  });

  it('keeps through a reset what was written, and forgets what was begun', () => {
    program(4, 77);
    write(4, 0x40);
    flash.reset();
    expect(read(4)).toBe(77);
    write(4, 0x70);
    expect(read(4)).toBe(0x80_0080);
  });
});

describe('what is in it', () => {
  it('is state, if there is no disk', () => {
    const fresh = flash.saveState();
    program(SECTOR + 4, 0xcafe);
    write(0, 0x20);
    const saved = flash.saveState();
    expect(saved['contents'].length).toBe(2 * (1 + SECTOR / 4));
    const other = build();
    other.restoreState(saved);
    expect(other.saveState()).toEqual(saved);
    other.write(0, 4, 0xd0);
    other.write(0, 4, 0xff);
    expect([other.read(SECTOR + 4, 4), other.read(0, 4)]).toEqual([0xcafe, 0xffff_ffff]);
    other.restoreState(fresh);
    expect(other.read(SECTOR + 4, 4)).toBe(0);
    const sector = [...new Uint32Array(SECTOR / 4)];
    for (const contents of [[1], [128, ...sector], [0.5, ...sector], [0, ...sector.fill(-1)]]) {
      expect(() => other.restoreState({ ...fresh, contents })).toThrow('no whole sectors');
    }
  });

  it('is the disk, if there is one', () => {
    const disk = new MemoryDisk(new Uint8Array(BANK).fill(0x11));
    flash = build(disk);
    expect(read(SECTOR)).toBe(0x1111_1111);
    program(SECTOR + 2, 0x2222, 2);
    expect([...disk.contents.subarray(SECTOR, SECTOR + 5)]).toEqual([0x11, 0x11, 0x22, 0x22, 0x11]);
    write(0, 0xe8);
    write(0, 0);
    write(0, 5);
    expect(disk.contents[0]).toBe(0x11);
    write(0, 0xd0);
    expect(disk.contents[0]).toBe(5);
    write(3 * SECTOR, 0x20);
    expect(disk.contents[3 * SECTOR]).toBe(0xff);
    expect(flash.saveState()['contents']).toBeUndefined();
  });

  it('stays as it is where the disk may not be written, or cannot', () => {
    const contents = new Uint8Array(BANK);
    flash = build(new MemoryDisk(contents, true));
    write(0, 0x40);
    write(0, 5);
    expect(read(0, 1)).toBe(0x90);
    write(0, 0x20);
    expect(read(0, 1)).toBe(0xb0);
    readArray();
    expect([read(0), contents[0]]).toEqual([0, 0]);

    const broken = new MemoryDisk(contents);
    broken.write = () => false;
    flash = build(broken);
    write(0, 0x40);
    write(0, 5);
    expect(read(0, 1)).toBe(0x90);
  });

  it('has the size of a bank', () => {
    expect(() => build(new MemoryDisk(new Uint8Array(512)))).toThrow(
      'flash.0: a bank has 33554432 bytes, what is to be in it 512',
    );
  });
});
