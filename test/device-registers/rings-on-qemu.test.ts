/**
 * Random descriptor chains, most of which make sense, in a block device's queue, here and on QEMU:
 * what is answered, what is written, and whether the device is then of any further use.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GuestDriver, header, range } from '../../machine/devices/virtio/testing/guest-driver.ts';
import { describeWithWitness } from '../witness.ts';
import {
  BLOCK_SLOT,
  ourMachine,
  QEMU,
  QtestMachine,
  SECTORS,
  VERSIONS,
  type Version,
  type VirtioMachine,
} from './virtio-machines.ts';

const SEED = 20_260_518;
const CHAINS = 200;
/** How often a device is asked whether it is done: with what is to come, and with nothing. */
const PATIENCE = 20_000;
const PATIENCE_WITH_NOTHING = 150;

const RAM_BASE = 0x8000_0000;
const QUEUE_SIZE = 8;
const MEMORY = RAM_BASE + 0x10_0000;
const TABLE = MEMORY;
const INDIRECT_TABLE = MEMORY + 0x9000;
const BUFFERS = MEMORY + 0xa000;
const BUFFER_BYTES = 0x1000;

// Restated from Virtual I/O Device 1.2.
const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;
const INDIRECT_DESC = 28;
const VERSION_1 = 32;
const STATUS = 0x70;
const NOTIFY = 0x50;
const INTERRUPT_STATUS = 0x60;

/** A request as its bytes to read and how many it may write, before it is cut into buffers. */
interface Request {
  readonly out: Uint8Array;
  readonly in: number;
}

const concat = (...parts: readonly Uint8Array[]) =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

const data = (bytes: number) => Uint8Array.from({ length: bytes }, (_, at) => (at * 13) & 0xff);
const sector = fc.oneof(fc.nat(20), fc.constantFrom(SECTORS - 1, SECTORS, 2 ** 40));
const request: fc.Arbitrary<Request> = fc.oneof(
  fc.tuple(sector, fc.nat(3)).map(([at, n]) => ({ out: header(0, at), in: 512 * n + 1 })),
  fc.tuple(sector, fc.nat(3)).map(([at, n]) => ({
    out: concat(header(1, at), data(512 * n)),
    in: 1,
  })),
  fc.constantFrom(4, 8, 0x40).map((type) => ({ out: header(type, 0), in: 21 })),
  fc.tuple(fc.constantFrom(11, 13), sector, fc.nat(3)).map(([type, at, n]) => ({
    out: concat(header(type, 0), range(at, n, 0)),
    in: 1,
  })),
  // Too short, or without an end.
  fc.tuple(fc.nat(18), fc.nat(2)).map(([out, writable]) => ({
    out: header(0, 0).subarray(0, out),
    in: writable,
  })),
);

/** What is done to a chain that made sense. Outside RAM, QEMU finds memory too. */
const fault = fc.oneof(
  { weight: 6, arbitrary: fc.constant(undefined) },
  {
    weight: 4,
    arbitrary: fc.record({
      /** Which of its descriptors. */
      at: fc.nat(7),
      kind: fc.constantFrom(...(['no bytes', 'far next', 'loop', 'turned', 'cut'] as const)),
    }),
  },
);

const plan = fc.record({
  request,
  /** Where the bytes are cut into buffers, in the part to read and the part to write. */
  cuts: fc.tuple(fc.array(fc.nat(40), { maxLength: 3 }), fc.array(fc.nat(600), { maxLength: 2 })),
  /** In which order descriptors are used. */
  order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8, maxLength: 8 }),
  indirect: fc.boolean(),
  fault,
  head: fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, fc.constantFrom(8, 0xffff)),
  /** How many chains are available; QEMU also takes more than the queue can hold. */
  jump: fc.oneof({ weight: 20, arbitrary: fc.constant(1) }, fc.constantFrom(2, 3, 8)),
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

interface Descriptor {
  readonly address: number;
  readonly length: number;
  readonly flags: number;
}

function pieces(
  start: number,
  bytes: number,
  cuts: readonly number[],
  flags: number,
): Descriptor[] {
  const found: Descriptor[] = [];
  let at = 0;
  for (const cut of [...cuts, bytes]) {
    const length = Math.min(cut, bytes - at);
    if (length > 0) found.push({ address: start + at, length, flags });
    at += length;
  }
  return found;
}

/** Carries out a plan on a freshly reset device; what came of it, as text. */
async function carryOut(
  machine: VirtioMachine,
  version: Version,
  { request: { out, in: writable }, cuts, order, indirect, fault: wrong, head, jump }: Plan,
  used?: number, // what is to come
): Promise<{ readonly text: string; readonly used: number }> {
  const isModern = version === 'modern';
  const driver = new GuestDriver(machine, {
    ...{ slot: BLOCK_SLOT, memory: MEMORY, isModern, queueSize: QUEUE_SIZE, indirect: false },
    features: isModern ? [INDIRECT_DESC, VERSION_1] : [INDIRECT_DESC],
  });
  await driver.initialise();
  await machine.writeBytes(BUFFERS, new Uint8Array(BUFFER_BYTES).fill(0xee));
  if (out.length > 0) await machine.writeBytes(BUFFERS, out);
  const descriptors = [
    ...pieces(BUFFERS, out.length, cuts[0], 0),
    ...pieces(BUFFERS + out.length, writable, cuts[1], WRITE),
  ];
  // An indirect table is entered at its beginning.
  const places = indirect ? [0, ...order.filter((place) => place !== 0)] : order;
  const table = new DataView(new ArrayBuffer(16 * QUEUE_SIZE));
  for (const [index, { address, length, flags }] of descriptors.entries()) {
    const isWrong = wrong !== undefined && index === wrong.at % descriptors.length;
    const kind = isWrong ? wrong.kind : undefined;
    const isLast = index === descriptors.length - 1 || kind === 'cut';
    const at = 16 * places[index];
    table.setBigUint64(at, BigInt(address), true);
    table.setUint32(at + 8, kind === 'no bytes' ? 0 : length, true);
    const turned = kind === 'turned' ? flags ^ WRITE : flags;
    table.setUint16(at + 12, turned | (isLast && kind !== 'loop' ? 0 : NEXT), true);
    const next = kind === 'loop' ? places[0] : (places[index + 1] ?? 0);
    table.setUint16(at + 14, kind === 'far next' ? 0x100 + QUEUE_SIZE : next, true);
  }
  const bytes = new Uint8Array(table.buffer);
  await machine.writeBytes(indirect ? INDIRECT_TABLE : TABLE, bytes);
  if (indirect) {
    const entry = new DataView(new ArrayBuffer(16));
    entry.setUint32(0, INDIRECT_TABLE, true);
    entry.setUint32(8, bytes.length, true);
    entry.setUint16(12, INDIRECT, true);
    await machine.writeBytes(TABLE + 16 * order[0], new Uint8Array(entry.buffer));
  }
  const driverRing = isModern ? MEMORY + 0x4000 : MEMORY + 16 * QUEUE_SIZE;
  await machine.write(driverRing + 4, 2, head ?? order[0]);
  await machine.write(driverRing + 6, 2, head ?? order[0]);
  await machine.write(driverRing + 2, 2, jump);
  await driver.setRegister(NOTIFY, 0);
  const turns = used === undefined || used === 0 ? PATIENCE_WITH_NOTHING : PATIENCE;
  for (let turn = 0; turn < turns && (await driver.usedIndex()) !== used; turn++) {
    await machine.pause();
  }
  const index = await driver.usedIndex();
  const ring = isModern ? MEMORY + 0x5000 : MEMORY + 0x1000;
  const entries = await machine.readBytes(ring + 4, 16);
  const after = await machine.readBytes(BUFFERS, BUFFER_BYTES);
  const sum = after.reduce((total, byte) => (total * 31 + byte) % 1_000_003, 0);
  const status = await driver.register(STATUS);
  const causes = await driver.register(INTERRUPT_STATUS);
  // Version 1 on QEMU has no bit that says that a device is dead.
  const shown = isModern ? status : status & 0xf;
  const text = `used ${index} [${entries.join(' ')}], status ${shown}, causes ${causes}, sum ${sum}`;
  return { text, used: index };
}

describeWithWitness(QEMU, 'chains', () => {
  it.each(VERSIONS)('%s, are answered, or break the device, as on QEMU', async (version) => {
    const drive = { readOnly: false, serial: 'chains' };
    const ours = ourMachine(version, drive);
    const theirs = new QtestMachine(version, drive);
    const outcomes = { served: 0, broken: 0 };
    try {
      for (const one of fc.sample(plan, { seed: SEED, numRuns: CHAINS })) {
        const expected = await carryOut(ours, version, one);
        const actual = await carryOut(theirs, version, one, expected.used);
        expect([fc.stringify(one), expected.text]).toEqual([fc.stringify(one), actual.text]);
        outcomes[expected.used > 0 ? 'served' : 'broken']++;
      }
    } finally {
      await theirs.end();
    }
    expect(outcomes.served).toBeGreaterThan(CHAINS / 4);
    expect(outcomes.broken).toBeGreaterThan(CHAINS / 10);
  });
});
