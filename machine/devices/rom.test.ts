import { expect, it } from 'vitest';
import type { GuestError } from './guest-error.ts';
import { Rom } from './rom.ts';

const contents = Uint8Array.of(0x11, 0x22, 0x33, 0x84, 0x55);

it('reads little-endian in every width, zero behind the contents', () => {
  const rom = new Rom('rom', 16, contents, () => undefined);
  expect([rom.read(3, 1), rom.read(2, 2), rom.read(0, 4)]).toEqual([0x84, 0x8433, 0x8433_2211]);
  expect([rom.read(4, 4), rom.read(12, 4)]).toEqual([0x55, 0]);
});

it('ignores a write and reports it', () => {
  const errors: GuestError[] = [];
  const rom = new Rom('rom', 16, contents, (error) => errors.push(error));
  rom.write(0, 4, 7);
  expect(rom.read(0, 4)).toBe(0x8433_2211);
  expect(errors).toMatchObject([{ device: 'rom', problem: 'read-only memory' }]);
});

it('refuses contents that do not fit', () => {
  expect(() => new Rom('rom', 4, contents, () => undefined)).toThrow(RangeError);
});
