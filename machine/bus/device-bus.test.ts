import { describe, expect, it } from 'vitest';
import type { Device } from '../devices/device.ts';
import { BoardError, DeviceBus } from './device-bus.ts';

const RAM_BASE = 0x8000_0000;
const RAM_SIZE = 1 << 20;

function device(
  name: string,
  size: number,
  accessWidths: readonly (1 | 2 | 4 | 8)[],
  doubleAccess: 'two words' | 'one word' = 'two words',
) {
  const writes: string[] = [];
  const declared: Device = {
    declaration: {
      name,
      source: 'test',
      compatible: [],
      size,
      accessWidths,
      doubleAccess,
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
  const two = device('two', 16, [4, 8]);
  const one = device('one', 16, [4, 8], 'one word');
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
  ])('refuses %s', (_, address, width) => {
    expect(bus.read(address, width)).toBeUndefined();
    expect(bus.write(address, width, 0)).toBe(false);
  });

  it('makes of a misaligned load the aligned ones that it touches, and byte stores of a store', () => {
    const read = (offset: number) => offset * 16 + 4;
    expect(bus.read(0x2006, 4)).toBe((read(4) >>> 16) | (read(8) << 16));
    expect(bus.read(0x200e, 4)).toBeUndefined();
    expect(bus.write(0x2006, 4, 1)).toBe(false);
    bytes.writes.length = 0;
    expect(bus.write(0x1003, 4, 0x1234_5678)).toBe(true);
    expect(bytes.writes).toEqual(['3/1=120', '4/1=86', '5/1=52', '6/1=18']);
    expect(bus.write(0x1007, 2, 0)).toBe(false);
  });

  it('hands 8 bytes on as the device wants them', () => {
    const halves = new Uint32Array(2);
    expect(bus.readDouble(0x2000, halves)).toBe(false);
    expect(bus.writeDouble(0x2000, 1, 2)).toBe(false);
    const bus64 = new DeviceBus(
      [
        { base: 0x4000, device: two.declared },
        { base: 0x5000, device: one.declared },
      ],
      RAM_BASE,
      RAM_SIZE,
    );
    expect(bus64.readDouble(0x4008, halves)).toBe(true);
    expect([...halves]).toEqual([8 * 16 + 4, 12 * 16 + 4]);
    expect(bus64.writeDouble(0x4008, -1, 5)).toBe(true);
    expect(two.writes).toEqual(['8/4=4294967295', '12/4=5']);
    expect(bus64.readDouble(0x5000, halves)).toBe(true);
    expect([...halves]).toEqual([4, 0]);
    expect(bus64.writeDouble(0x5000, 3, 4)).toBe(true);
    expect(one.writes).toEqual(['0/4=3']);
    expect(bus64.readDouble(0x4004, halves)).toBe(true);
    expect([...halves]).toEqual([4 * 16 + 4, 8 * 16 + 4]);
    expect(bus64.readDouble(0x400c, halves)).toBe(false);
  });

  it('asks a device that is choosy', () => {
    const accepts = (offset: number, width: number, isWrite: boolean) =>
      isWrite ? offset === 8 : width === 2;
    const choosy = { ...device('choosy', 16, [2, 4]).declared, accepts };
    const asking = new DeviceBus([{ base: 0, device: choosy }], RAM_BASE, RAM_SIZE);
    expect(asking.read(0, 2)).toBe(2);
    expect(asking.read(0, 4)).toBeUndefined();
    expect([asking.write(8, 4, 0), asking.write(4, 4, 0)]).toEqual([true, false]);
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
