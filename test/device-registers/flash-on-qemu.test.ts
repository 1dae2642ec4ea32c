/** Banks of flash under random command sequences, from a guest, here and on QEMU. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryDisk } from '../../machine/devices/virtio/disk.ts';
import { describeWithWitness } from '../witness.ts';
import { firstDifference, onOurBoard, onQemu, QEMU, type Setting } from './machines.ts';
import type { Poke, PokeWidth } from './poke-guest.ts';

const SEED = 20_260_518;
const STEPS = 1500;
const BANK = 0x2200_0000;
const BANK_BYTES = 0x200_0000;
const SECTOR = 0x4_0000;

const width = fc.constantFrom<PokeWidth>(4, 4, 2, 1, 8);
/** Two sectors, their ends, the query table and what lies behind it. */
const place = fc.oneof(
  fc.nat(0x20).map((at) => BANK + 8 * at),
  fc.nat(0x20).map((at) => BANK + SECTOR - 0x40 + 8 * at),
  fc.nat(0x60).map((at) => BANK + 4 * at),
  fc.nat(0xf).map((at) => BANK + 0x400 + at),
  fc.constant(BANK + BANK_BYTES - 8),
);
const code = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.constantFrom(
      ...[0x00, 0x10, 0x28, 0x40, 0x50, 0x60, 0x70, 0x90, 0x98, 0xd0, 0xe8, 0xf0, 0xff, 0x01],
    ),
  },
  { weight: 2, arbitrary: fc.nat(0xff) },
);
const doubled = code.map((byte) => BigInt(byte) * 0x1_0001n);
const data = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });

const read = fc.record({ kind: fc.constant('read' as const), address: place, width });
const write = (value: fc.Arbitrary<bigint>, widths = width) =>
  fc.record({ kind: fc.constant('write' as const), address: place, width: widths, value });
const word = fc.constant<PokeWidth>(4);

/** Sequences that mean something, and single accesses that break them. */
const steps: fc.Arbitrary<readonly Poke[]> = fc.oneof(
  { weight: 4, arbitrary: read.map((poke) => [poke]) },
  { weight: 4, arbitrary: write(doubled).map((poke) => [poke]) },
  { weight: 1, arbitrary: write(data).map((poke) => [poke]) },
  { weight: 2, arbitrary: write(fc.constantFrom(0x40_0040n, 0x10_0010n), word).map((p) => [p]) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(place, fc.array(data, { minLength: 1, maxLength: 5 }), fc.nat(6), doubled)
      .map(([at, words, more, confirm]): Poke[] => {
        const to = (address: number, value: bigint): Poke => ({
          ...{ kind: 'write', address, width: 4 },
          value: BigInt.asUintN(32, value),
        });
        const base = at - (at % 4);
        return [
          to(base, 0xe8_00e8n),
          to(base, BigInt(words.length - 1 + (more === 0 ? 1 : 0)) * 0x1_0001n),
          ...words.map((value) => to(base, value)),
          to(base, more < 4 ? 0xd0_00d0n : confirm),
        ];
      }),
  },
  {
    weight: 1,
    arbitrary: place.map((address): Poke[] =>
      [0x20n, 0xd0n, 0xffn].map((value) => ({ kind: 'write', address, width: 1, value })),
    ),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(place, width, data)
      .map(([address, bytes, value]): Poke[] => [
        { kind: 'write', address, width: 1, value: 0x40n },
        { kind: 'write', address: address - (address % bytes), width: bytes, value },
        ...reset(address),
      ]),
  },
  { weight: 4, arbitrary: place.map((address): Poke[] => reset(address)) },
);

const reset = (address: number): Poke[] => [
  { kind: 'write', address, width: 1, value: 0xffn },
  { kind: 'write', address, width: 1, value: 0xffn },
  { kind: 'write', address, width: 1, value: 0x50n },
  { kind: 'read', address: address - (address % 4), width: 4 },
];

const contents = () =>
  Uint8Array.from({ length: BANK_BYTES }, (_, at) => (at * 7 + (at >> 8)) & 0xff);

describeWithWitness(QEMU, 'flash', () => {
  it.each<{ readonly name: string; readonly setting: Setting }>([
    { name: 'empty', setting: {} },
    {
      name: 'with a file',
      setting: {
        qemu: ['-drive', 'if=pflash,unit=1,format=raw,file=$FOLDER/bank'],
        files: { bank: contents() },
        board: { flash: [undefined, new MemoryDisk(contents())] },
      },
    },
    {
      name: 'read-only',
      setting: {
        qemu: ['-drive', 'if=pflash,unit=1,format=raw,readonly=on,file=$FOLDER/bank'],
        files: { bank: contents() },
        board: { flash: [undefined, new MemoryDisk(contents(), true)] },
      },
    },
  ])('$name, answers as on QEMU', ({ setting }) => {
    const script = fc.sample(steps, { seed: SEED, numRuns: STEPS }).flat();
    const ours = onOurBoard(script, setting);
    expect(firstDifference(script, ours, onQemu(script, setting))).toBe('');
    expect(new Set(ours).size).toBeGreaterThan(40);
  });
});
