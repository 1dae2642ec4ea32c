import { describe, expect, it } from 'vitest';
import type { Device } from '../devices/device.ts';
import { BoardError, DeviceBus } from './device-bus.ts';

const RAM_BASE = 0x8000_0000;
const RAM_SIZE = 1 << 20;

function device(name: string, size: number, accessWidths: readonly (1 | 2 | 4)[]) {
  const writes: string[] = [];
  const declared: Device = {
    declaration: {
      name,
      source: 'test',
      compatible: [],
      size,
      accessWidths,
      registers: [],
      state: [],
    },
    read: (offset, width) => offset * 16 + width,
    write: (offset, width, value) => {
      writes.push(`${offset}/${width}=${value}`);
    },
    reset: () => undefined,
    saveState: () => ({}),
    restoreState: () => undefined,
  };
  return { declared, writes };
}

describe('the device bus', () => {
  const bytes = device('bytes', 8, [1]);
  const words = device('words', 16, [4]);
  const bus = new DeviceBus(
    [
      { base: 0x2000, device: words.declared },
      { base: 0x1000, device: bytes.declared },
    ],
    RAM_BASE,
    RAM_SIZE,
  );

  it('hands an access on with the offset in its device', () => {
    expect(bus.read(0x1003, 1)).toBe(3 * 16 + 1);
    expect(bus.read(0x200c, 4)).toBe(12 * 16 + 4);
    expect(bus.write(0x2004, 4, -1)).toBe(true);
    expect(words.writes).toEqual(['4/4=4294967295']);
  });

  it.each([
    ['a width that the device does not take', 0x1000, 4],
    ['another such width', 0x2000, 1],
    ['an address of no device', 0x3000, 4],
    ['the byte behind a device', 0x1008, 1],
    ['a misaligned access', 0x2002, 4],
  ])('refuses %s', (_, address, width) => {
    expect(bus.read(address, width)).toBeUndefined();
    expect(bus.write(address, width, 0)).toBe(false);
  });

  it('refuses a board on which two devices, or a device and RAM, overlap', () => {
    const build = (base: number) =>
      new DeviceBus(
        [
          { base: 0x1000, device: bytes.declared },
          { base, device: words.declared },
        ],
        RAM_BASE,
        RAM_SIZE,
      );
    expect(() => build(0x1004)).toThrow(BoardError);
    expect(() => build(0x1004)).toThrow('words at 0x1004 overlaps bytes, which ends at 0x1008');
    expect(() => build(RAM_BASE + RAM_SIZE - 4)).toThrow('overlaps RAM');
    expect(() => build(RAM_BASE + RAM_SIZE)).not.toThrow();
  });
});
