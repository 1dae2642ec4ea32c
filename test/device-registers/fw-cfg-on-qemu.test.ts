/** `fw_cfg` read and commanded at random by a guest, here and on QEMU. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeWithWitness } from '../witness.ts';
import { firstDifference, onOurBoard, onQemu, QEMU, type Setting } from './machines.ts';
import { PLAYGROUND, type Poke, type PokeWidth } from './poke-guest.ts';

const SEED = 20_260_518;
const STEPS = 1500;
const FW_CFG = 0x1010_0000;
const COMMAND = PLAYGROUND;
const TARGET = PLAYGROUND + 0x100;
const TARGET_BYTES = 0x40;
/** High half of an address at which neither machine has anything. */
const NOWHERE = 0x55n;

const swap = (value: bigint, bytes: number) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value, true);
  return view.getBigUint64(0) >> BigInt(64 - 8 * bytes);
};

const width = fc.constantFrom<PokeWidth>(1, 2, 4, 8);
const key = fc.oneof(
  fc.constantFrom(0, 1, 2, 4, 5, 0x0e, 0x19, 0x20, 0x22, 0x4000, 0x8000, 0x8001, 0xffff),
  fc.nat(0x42),
);
const select = key.map((value): Poke => ({
  ...{ kind: 'write', address: FW_CFG + 8, width: 2 },
  value: swap(BigInt(value), 2),
}));
const access = fc.oneof(
  fc.record({
    ...{ kind: fc.constant('read' as const), width },
    address: fc.oneof(
      fc.constant(FW_CFG),
      fc.nat(0x1c).map((at) => FW_CFG + at),
    ),
  }),
  fc.record({
    ...{ kind: fc.constant('write' as const), width },
    // Not where a write is a DMA command: those are below.
    address: fc.nat(0x0f).map((at) => FW_CFG + at),
    value: fc.bigInt({ min: 0n, max: 0xffffn }),
  }),
);

const control = fc.tuple(key, fc.nat(0x1f)).map(([entry, bits]) => entry * 0x1_0000 + bits);
const length = fc.oneof(fc.nat(0x20), fc.constantFrom(0, 1, 0x40));
const target = fc.oneof(
  { weight: 9, arbitrary: fc.nat(0x1f).map((at) => TARGET + at) },
  { weight: 1, arbitrary: fc.constantFrom(0x0001_0000, 0x55_8040_0000) },
);

/** A DMA command in either of the two ways, and all that it may have changed. */
const dma = fc
  .record({
    control,
    length,
    target,
    isOneWrite: fc.boolean(),
    high: fc.constantFrom(0n, 0n, NOWHERE),
  })
  .map(({ control: order, length: bytes, target: address, isOneWrite, high }): Poke[] => {
    const store = (at: number, value: bigint): Poke => ({
      ...{ kind: 'write', address: COMMAND + at, width: 4 },
      value: swap(value, 4),
    });
    const place = (high << 32n) | BigInt(COMMAND);
    const order32 = BigInt(order >>> 0);
    return [
      ...Array.from({ length: TARGET_BYTES / 8 }, (_, at): Poke => ({
        ...{ kind: 'write', address: TARGET + 8 * at, width: 8 },
        value: 0xeeee_eeee_eeee_eeeen,
      })),
      store(0, order32),
      store(4, BigInt(bytes)),
      store(8, BigInt(Math.floor(address / 2 ** 32))),
      store(12, BigInt(address % 2 ** 32)),
      ...(isOneWrite
        ? [{ kind: 'write', address: FW_CFG + 16, width: 8, value: swap(place, 8) } as const]
        : [
            { kind: 'write', address: FW_CFG + 16, width: 4, value: swap(high, 4) } as const,
            {
              ...({ kind: 'write', address: FW_CFG + 20, width: 4 } as const),
              value: swap(BigInt(COMMAND), 4),
            },
          ]),
      { kind: 'read', address: COMMAND, width: 4 },
      ...Array.from({ length: TARGET_BYTES / 8 }, (_, at): Poke => ({
        ...{ kind: 'read', address: TARGET + 8 * at, width: 8 },
      })),
    ];
  });

const steps = fc.oneof(
  { weight: 3, arbitrary: select.map((poke) => [poke]) },
  { weight: 6, arbitrary: access.map((poke) => [poke]) },
  { weight: 2, arbitrary: dma },
);

describeWithWitness(QEMU, 'fw_cfg', () => {
  it('answers as on QEMU', () => {
    const setting: Setting = { harts: 3 };
    const script = fc.sample(steps, { seed: SEED, numRuns: STEPS }).flat();
    const ours = onOurBoard(script, setting);
    expect(firstDifference(script, ours, onQemu(script, setting))).toBe('');
    expect(new Set(ours).size).toBeGreaterThan(60);
  });
});
