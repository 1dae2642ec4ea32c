import { describe, expect, it } from 'vitest';
import { PageFlag } from '../hart/state-layout.ts';
import { Ram, RamSizeError, type StoreWatcher } from './ram.ts';

const BASE = 0x8000_0000;
const MIB = 1 << 20;

function watched(ram: Ram) {
  const seen: string[] = [];
  const name = (offset: number) => (offset - ram.offsetOf(BASE)).toString(16);
  let isNeeded = true;
  const watcher: StoreWatcher = {
    beforeStore: (offset, length, flags) => {
      seen.push(`store ${name(offset)}+${length} flags ${flags}`);
    },
    onPageWatched: (offset) => {
      seen.push(`watched ${name(offset)}`);
    },
    watches: () => isNeeded,
  };
  ram.addWatcher(watcher);
  return {
    seen,
    release: () => {
      isNeeded = false;
    },
  };
}

describe('RAM', () => {
  it.each([0, MIB - 4096, MIB + 1, 2033 * MIB, NaN])('cannot have %s bytes', (bytes) => {
    expect(() => new Ram(bytes)).toThrow(RamSizeError);
  });

  it('reads and writes at any alignment, and refuses what is not all RAM', () => {
    const ram = new Ram(MIB);
    expect(ram.write(BASE + 3, 4, 0x1234_5678)).toBe(true);
    expect(ram.read(BASE + 3, 4)).toBe(0x1234_5678);
    expect(ram.read(BASE + 4, 2)).toBe(0x3456);
    expect(ram.write(BASE, 4, -1)).toBe(true);
    expect(ram.read(BASE, 4)).toBe(0xffff_ffff);
    expect(ram.read(BASE + MIB - 2, 4)).toBeUndefined();
    expect(ram.write(BASE - 1, 1, 0)).toBe(false);
    expect(ram.read(BASE + 2 ** 32, 1)).toBeUndefined();
    expect(ram.writeBytes(BASE + MIB - 1, new Uint8Array(2))).toBe(false);
    expect(ram.readBytes(BASE - 1, new Uint8Array(2))).toBe(false);
  });

  it('announces stores to watched pages, page by page, before they happen', () => {
    const ram = new Ram(MIB);
    const { seen } = watched(ram);
    ram.watchPage(ram.offsetOf(BASE + 0x1000), PageFlag.Code);
    ram.watchPage(ram.offsetOf(BASE + 0x2000), PageFlag.PageTable);
    ram.writeBytes(BASE + 0xffe, new Uint8Array(0x1004));
    expect(seen).toEqual(['store 1000+4096 flags 1', 'store 2000+2 flags 2']);
  });

  it('says so when a page that stores bypassed becomes watched', () => {
    const ram = new Ram(MIB);
    const { seen } = watched(ram);
    const offset = ram.offsetOf(BASE + 0x3004);
    expect(ram.mayCacheStores(offset)).toBe(true);
    ram.watchPage(offset, PageFlag.Code);
    ram.watchPage(offset, PageFlag.PageTable);
    expect(seen).toEqual(['watched 3000']);
    expect(ram.mayCacheStores(offset)).toBe(false);
  });

  it('keeps a page watched while anybody needs it', () => {
    const ram = new Ram(MIB);
    const { release } = watched(ram);
    const offset = ram.offsetOf(BASE);
    ram.watchPage(offset, PageFlag.Code);
    ram.unwatchPage(offset, PageFlag.Code);
    expect(ram.mayCacheStores(offset)).toBe(false);
    release();
    ram.unwatchPage(offset, PageFlag.Code);
    expect(ram.mayCacheStores(offset)).toBe(true);
  });

  it('clears the mark of a clean page when it is written', () => {
    const ram = new Ram(MIB);
    const offset = ram.offsetOf(BASE);
    ram.watchPage(offset, PageFlag.Clean);
    ram.write(BASE + 8, 1, 1);
    expect(ram.flagsOf(offset) & PageFlag.Clean).toBe(0);
  });
});
