/** What holds for every device of the board, whatever it is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { campaign } from '../../test/campaign.ts';
import { Ram } from '../bus/ram.ts';
import type { DeviceDeclaration, RegisterDeclaration } from '../devices/device.ts';
import { MemoryDisk } from '../devices/virtio/disk.ts';
import { detachedBoard } from './detached-board.ts';
import { FLASH_BANKS, VIRT_MEMORY_MAP, VIRTIO_SLOTS } from './virt-memory-map.ts';

const RAM_BYTES = 2 ** 20;
const flashDisk = () => new MemoryDisk(new Uint8Array(FLASH_BANKS[0].size));
const OPTIONS = {
  ramBytes: RAM_BYTES,
  memory: new Ram(RAM_BYTES),
  harts: 8,
  aclint: true,
  // With disks behind them, as what is written to banks without is much to save in every run.
  flash: [flashDisk(), flashDisk()] as const,
  drives: [{ disk: new MemoryDisk(new Uint8Array(0x1_0000)), slot: 2 }],
};
/** `mip.SSIP` */
const SSIP = 1 << 1;
const board = () => detachedBoard(OPTIONS);

const declarations = board().board.placement.devices.map(
  ({ device }): [string, DeviceDeclaration] => [device.declaration.name, device.declaration],
);

function lastByte({ offset, width, dimensions = [] }: RegisterDeclaration): number {
  const reach = dimensions.reduce((sum, { count, stride }) => sum + (count - 1) * stride, 0);
  return offset + reach + width - 1;
}

describe.each(declarations)('the declaration of %s', (_name, declaration) => {
  it('keeps registers inside the device and fields inside registers', () => {
    for (const register of declaration.registers) {
      expect(lastByte(register)).toBeLessThan(declaration.size);
      let taken = 0n;
      for (const { lsb, width } of register.fields ?? []) {
        const mask = ((1n << BigInt(width)) - 1n) << BigInt(lsb);
        expect(lsb + width).toBeLessThanOrEqual(8 * register.width);
        expect(taken & mask).toBe(0n);
        taken |= mask;
      }
    }
  });

  it('names everything once', () => {
    for (const names of [declaration.registers, declaration.state].map((list) =>
      list.map(({ name }) => name),
    )) {
      expect(new Set(names).size).toBe(names.length);
    }
  });
});

it('every device lies in its window', () => {
  const windows = [...Object.values(VIRT_MEMORY_MAP), ...VIRTIO_SLOTS, ...FLASH_BANKS];
  for (const { base, device } of board().board.placement.devices) {
    const window = windows.find((range) => range.base === base);
    expect(window?.size).toBeGreaterThanOrEqual(device.declaration.size);
  }
});

const placed = board().board.placement.devices.map(({ base, device }) => ({
  base,
  size: device.declaration.size,
}));
const address = fc.constantFrom(...placed).chain(({ base, size }) =>
  fc.oneof(
    fc.nat(Math.min(size, 0x40)).map((offset) => base + offset),
    fc.nat(size).map((offset) => base + offset),
    fc.nat(size >> 2).map((offset) => base + 4 * offset),
    fc.constantFrom(0x1000, 0x2000, 0x4000, 0xbff8, 0x20_0000, 0x20_1004).map((at) => base + at),
  ),
);
const width = fc.constantFrom(1, 2, 4, 8);
const value = fc.oneof(
  fc.nat(0xffff_ffff),
  fc.constantFrom(0x10, 0x20, 0x40, 0x90, 0x98, 0xd0, 0xe8, 0xff, 0x80, 0x8000_0000),
);
const step = fc.oneof(
  fc.record({ address, width }),
  fc.record({ address, width, value }),
  fc.record({ wait: fc.nat(1_000_000) }),
  fc.record({ input: fc.uint8Array({ maxLength: 20 }) }),
);

describe('whatever a guest reads and writes', () => {
  it('reads fit their width, nothing throws, and the state can be saved and restored', () => {
    // Built once, since building takes longer than a run; the next test shows what a reset is worth.
    const { board, bus, clock, sent, errors } = detachedBoard(OPTIONS);
    const { devices } = board.placement;
    const halves = new Uint32Array(2);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        for (const { device } of devices) device.reset();
        sent.length = 0;
        errors.length = 0;
        for (const action of steps) {
          if ('wait' in action) clock.advanceTo(clock.now + action.wait);
          else if ('input' in action) board.uart.offer(action.input);
          else if ('value' in action) {
            const mask = 2 ** (8 * action.width);
            if (action.width === 8) bus.writeDouble(action.address, action.value, action.value);
            else bus.write(action.address, action.width, action.value % mask);
          } else if (action.width === 8) {
            bus.readDouble(action.address, halves);
          } else {
            const value = bus.read(action.address, action.width) ?? 0;
            expect(Number.isInteger(value) && value >= 0).toBe(true);
            expect(value).toBeLessThan(2 ** (8 * action.width));
          }
        }
        for (const { device } of devices) {
          const saved = device.saveState();
          device.restoreState(saved); // checks the range of every value
          expect(device.saveState()).toEqual(saved);
        }
      }),
      campaign(200),
    );
  });

  it('a reset brings back the state after power-on', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ address, value })), (writes) => {
        const used = detachedBoard(OPTIONS);
        for (const { address, value } of writes) used.bus.write(address - (address % 4), 4, value);
        for (const { device } of used.board.placement.devices) device.reset();
        const fresh = detachedBoard(OPTIONS);
        const states = (of: typeof used) =>
          of.board.placement.devices.map(({ device }) => device.saveState());
        expect(states(used)).toEqual(states(fresh));
        // The bit that an ACLINT sets is the hart's.
        const pins = used.pins.map((bits) => bits & ~SSIP);
        expect(pins).toEqual(fresh.pins);
        expect(used.clock.nextDue).toBe(fresh.clock.nextDue);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});
