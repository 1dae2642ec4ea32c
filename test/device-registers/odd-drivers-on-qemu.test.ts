/**
 * Drivers that set a device up in any order, forget half of it, or do it twice, with a request lying
 * ready in RAM: what comes of it, here and on QEMU.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { header } from '../../machine/devices/virtio/testing/guest-driver.ts';
import { describeWithWitness } from '../witness.ts';
import {
  BLOCK_SLOT,
  ourMachine,
  QEMU,
  QtestMachine,
  VERSIONS,
  type Version,
  type VirtioMachine,
} from './virtio-machines.ts';

const SEED = 20_260_518;
const DRIVERS = 100;
/** How often a device is asked whether it is done: with what is to come, and with nothing. */
const PATIENCE = 3000;
const PATIENCE_WITH_NOTHING = 60;

const QUEUE_SIZE = 8;
const MEMORY = 0x8010_0000;
const DRIVER_RING: Readonly<Record<Version, number>> = {
  legacy: MEMORY + 16 * QUEUE_SIZE,
  modern: MEMORY + 0x400,
};
const DEVICE_RING = MEMORY + 0x1000;
const REQUEST = MEMORY + 0x2000;
const MEMORY_BYTES = 0x2800;
const PAGE = 4096;

const NOTIFY = 0x50;
const NEXT = 1;
const WRITE = 2;

type Write = readonly [register: number, value: number];

/** What a driver may do, and with what; with nothing else a device can be made to work. */
const LEGACY: readonly Write[] = [
  ...[0, 1, 3, 3, 7, 7].map((status): Write => [0x70, status]),
  ...[PAGE, PAGE].map((size): Write => [0x28, size]),
  ...[0, 0, 0, 1].map((queue): Write => [0x30, queue]),
  ...[QUEUE_SIZE, QUEUE_SIZE, QUEUE_SIZE, 4].map((size): Write => [0x38, size]),
  ...[PAGE, PAGE, 16].map((alignment): Write => [0x3c, alignment]),
  ...[MEMORY / PAGE, MEMORY / PAGE, MEMORY / PAGE].map((page): Write => [0x40, page]),
  [0x20, 1 << 9],
  [0x20, 0],
  [NOTIFY, 0],
  [NOTIFY, 0],
  [0x64, 3],
];
/** Stands for a queue's addresses, in two orders, and then QueueReady: only with that do they count. */
const RINGS = -1;
const ADDRESSES: readonly Write[] = [
  [0x80, MEMORY],
  [0x84, 0],
  [0x90, DRIVER_RING.modern],
  [0x94, 0],
  [0xa0, DEVICE_RING],
  [0xa4, 0],
];
const ringWrites = (order: number): Write[] => [
  ...(order === 0 ? ADDRESSES : ADDRESSES.toReversed()),
  [0x44, 1],
];

const MODERN: readonly Write[] = [
  ...[0, 1, 3, 0xb, 0xf, 0xf].map((status): Write => [0x70, status]),
  ...[0, 0, 0, 1].map((queue): Write => [0x30, queue]),
  // Never more than before: QEMU gives up a queue that grows once it is ready.
  ...[QUEUE_SIZE, QUEUE_SIZE].map((size): Write => [0x38, size]),
  [0x24, 0],
  [0x24, 1],
  [0x20, 1],
  [0x20, 1 << 9],
  [RINGS, 0],
  [RINGS, 0],
  [RINGS, 1],
  [NOTIFY, 0],
  [NOTIFY, 0],
  [0x64, 3],
];

/** What the driver before may have left behind; QEMU keeps addresses even through a reset. */
const LEGACY_START: readonly Write[] = [
  ...([
    [0x70, 0],
    [0x30, 0],
    [0x28, PAGE],
    [0x24, 0],
    [0x3c, PAGE],
  ] as const),
];
const MODERN_START: readonly Write[] = [
  ...([
    [0x70, 0],
    [0x30, 0],
    [0x24, 0],
  ] as const),
  ...[0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4].map((register): Write => [register, 0]),
];

/** A driver as its writes: a few of the moves left out, the others mostly in the order above. */
function driverOf(moves: readonly Write[]): fc.Arbitrary<readonly Write[]> {
  const driver = fc.oneof(
    fc.shuffledSubarray([...moves], { minLength: moves.length - 4 }),
    fc
      .tuple(
        fc.subarray([...moves], { minLength: moves.length - 6 }),
        fc.nat(moves.length),
        fc.nat(moves.length),
      )
      .map(([kept, from, to]) => {
        const order = [...kept];
        order.splice(to, 0, ...order.splice(from, 3));
        return order.filter(([register, value]) => register !== 0x70 || value !== 0);
      }),
  );
  return driver.map((writes) =>
    writes.flatMap((write) => (write[0] === RINGS ? ringWrites(write[1]) : [write])),
  );
}

/** Lays rings with one request to read into RAM that is otherwise empty. */
async function layRings(machine: VirtioMachine, version: Version): Promise<void> {
  await machine.writeBytes(MEMORY, new Uint8Array(MEMORY_BYTES));
  await machine.writeBytes(REQUEST, header(0, 5));
  const table = new DataView(new ArrayBuffer(48));
  const parts = [
    { address: REQUEST, length: 16, flags: NEXT },
    { address: REQUEST + 0x100, length: 512, flags: NEXT | WRITE },
    { address: REQUEST + 0x400, length: 1, flags: WRITE },
  ];
  for (const [index, { address, length, flags }] of parts.entries()) {
    table.setUint32(16 * index, address, true);
    table.setUint32(16 * index + 8, length, true);
    table.setUint16(16 * index + 12, flags, true);
    table.setUint16(16 * index + 14, index + 1, true);
  }
  await machine.writeBytes(MEMORY, new Uint8Array(table.buffer));
  await machine.write(DRIVER_RING[version] + 2, 2, 1);
}

async function memorySum(machine: VirtioMachine): Promise<number> {
  const memory = await machine.readBytes(MEMORY, MEMORY_BYTES);
  return memory.reduce((total, byte) => (total * 31 + byte) % 1_000_003, 0);
}

/** Everything that a driver can see afterwards. */
async function look(machine: VirtioMachine, version: Version): Promise<string> {
  const registers = version === 'legacy' ? [0x40, 0x60, 0x70] : [0x44, 0x60, 0x70, 0xfc];
  const values: number[] = [];
  // Of queues that do not exist, QEMU keeps what they are told.
  await machine.write(BLOCK_SLOT + 0x30, 4, 0);
  for (const register of registers) values.push(await machine.read(BLOCK_SLOT + register, 4));
  // Version 1 on QEMU has no bit that says that a device is dead.
  if (version === 'legacy') values[2] &= ~0x40;
  return `${values.join(' ')}, sum ${await memorySum(machine)}`;
}

/** What came of a driver: RAM after each notification, and what it could see at the end. */
interface Outcome {
  readonly sums: readonly number[];
  readonly end: string;
}

async function drive(
  machine: VirtioMachine,
  version: Version,
  writes: readonly Write[],
  expected?: Outcome,
): Promise<Outcome> {
  const start = version === 'legacy' ? LEGACY_START : MODERN_START;
  for (const [register, value] of start) await machine.write(BLOCK_SLOT + register, 4, value);
  await layRings(machine, version);
  const sums: number[] = [];
  for (const [register, value] of writes) {
    await machine.write(BLOCK_SLOT + register, 4, value);
    if (register !== NOTIFY) continue;
    // A device takes its time; what it has begun ends before the driver's next move.
    const awaited = expected?.sums.at(sums.length);
    const turns = expected === undefined ? PATIENCE_WITH_NOTHING : PATIENCE;
    let sum = await memorySum(machine);
    for (let turn = 0; turn < turns && sum !== awaited; turn++) {
      await machine.pause();
      sum = await memorySum(machine);
    }
    sums.push(sum);
  }
  return { sums, end: await look(machine, version) };
}

describeWithWitness(QEMU, 'drivers that do things in an odd order', () => {
  it.each(VERSIONS)('%s, get as far as on QEMU', async (version) => {
    const settings = { readOnly: false, serial: '' };
    const ours = ourMachine(version, settings);
    const theirs = new QtestMachine(version, settings);
    const outcomes = new Set<string>();
    try {
      const moves = version === 'legacy' ? LEGACY : MODERN;
      for (const writes of fc.sample(driverOf(moves), { seed: SEED, numRuns: DRIVERS })) {
        const shown = writes.map(([at, value]) => `${at.toString(16)}=${value.toString(16)}`);
        const expected = await drive(ours, version, writes);
        const actual = await drive(theirs, version, writes, expected);
        expect({ shown, ...expected }).toEqual({ shown, ...actual });
        outcomes.add(expected.end);
      }
    } finally {
      await theirs.end();
    }
    expect(outcomes.size).toBeGreaterThan(4);
  });
});
