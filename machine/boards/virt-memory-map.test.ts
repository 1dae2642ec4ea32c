import { expect, it } from 'vitest';
import { deviceTreeAddress, VIRT_MEMORY_MAP, VIRTIO_SLOTS } from './virt-memory-map.ts';

const MEBIBYTE = 2 ** 20;
const TREE_BYTES = 0x1234;

it.each([
  [128 * MEBIBYTE, 0x87e0_0000],
  [2032 * MEBIBYTE, 0xbfe0_0000], // below 3 GiB although RAM goes on
  [1024 * MEBIBYTE, 0xbfe0_0000],
  [3 * MEBIBYTE, 0x8020_0000],
  [2 * MEBIBYTE, 0x801f_e000], // too small for a multiple of 2 MiB behind the program
  [MEBIBYTE, 0x800f_e000],
])('with %i bytes of RAM the device tree is where QEMU puts it', (ramBytes, address) => {
  expect(deviceTreeAddress(ramBytes, TREE_BYTES)).toBe(address);
});

it('refuses RAM that cannot hold the device tree', () => {
  expect(() => deviceTreeAddress(4096, 4097)).toThrow(RangeError);
});

it('has no overlaps', () => {
  const ranges = [...Object.values(VIRT_MEMORY_MAP), ...VIRTIO_SLOTS].sort(
    (a, b) => a.base - b.base,
  );
  for (let at = 1; at < ranges.length; at++) {
    expect(ranges[at].base).toBeGreaterThanOrEqual(ranges[at - 1].base + ranges[at - 1].size);
  }
});
