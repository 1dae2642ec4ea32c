import { expect, it } from 'vitest';
import { hasImageHeader, imageMemorySize } from './linux-image.ts';

function image(bytes: number, { size = 0, flags = 0 } = {}): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  if (bytes >= 64) {
    view.setBigUint64(0x10, BigInt(size), true);
    view.setBigUint64(0x18, BigInt(flags), true);
  }
  for (const [index, byte] of [0x52, 0x53, 0x43, 5].entries()) view.setUint8(0x38 + index, byte);
  return new Uint8Array(view.buffer);
}

it('is recognised by its second magic number', () => {
  expect(hasImageHeader(image(64))).toBe(true);
  expect(hasImageHeader(new Uint8Array(64))).toBe(false);
  expect(hasImageHeader(new Uint8Array(4))).toBe(false);
});

it('says how much memory the kernel needs', () => {
  expect(imageMemorySize('Image', image(64, { size: 0x1000 }))).toBe(0x1000);
  expect(imageMemorySize('Image', image(100, { size: 10 }))).toBe(100);
});

it.each([
  ['Image: truncated: 60 bytes', image(60)],
  ['Image: a big-endian Image (flags at offset 24)', image(64, { flags: 1 })],
  ['(image_size at offset 16), more than any', image(64, { size: 2 ** 40 })],
])('%s', (message, bytes) => {
  expect(() => imageMemorySize('Image', bytes)).toThrow(message);
});
