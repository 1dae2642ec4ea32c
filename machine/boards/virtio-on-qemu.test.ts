/**
 * Virtio slots here and on QEMU: the same register accesses, and the same driver at work, through
 * QEMU's qtest protocol. What every read returns, and what the driver is answered, is compared.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  BLOCK_SLOT,
  ourMachine,
  QEMU,
  QtestMachine,
  SECTORS,
  VERSIONS,
  type Drive,
  type Version,
  type VirtioMachine,
} from '../../test/device-registers/virtio-machines.ts';
import { describeWithWitness } from '../../test/witness.ts';
import { RAM_BASE } from '../bus/physical-memory.ts';
import { GuestDriver, header, range } from '../devices/virtio/testing/guest-driver.ts';

const SEED = 20_260_518;
const ACCESSES = 2000;
const EMPTY_SLOT = 0x1000_2000;
const PLIC_PENDING = 0x0c00_1000;
interface Access {
  readonly address: number;
  readonly width: 1 | 2 | 4;
  readonly value?: number;
}

const width = fc.constantFrom<1 | 2 | 4>(4, 4, 4, 2, 1);
const offset = fc.oneof(
  fc.nat(0x7f).map((word) => 4 * word),
  fc.nat(0x1ff),
  fc.constantFrom(0x08, 0x10, 0x14, 0x34, 0x40, 0x44, 0x60, 0x70, 0xfc, 0x100, 0x120, 0x138),
);
const reads = fc
  .record({ slot: fc.constantFrom(BLOCK_SLOT, BLOCK_SLOT, EMPTY_SLOT), offset, width })
  .map(({ slot, offset: at, width: bytes }): Access => {
    return { address: slot + at - (at % bytes), width: bytes };
  });

const value = fc.oneof(fc.nat(16), fc.nat(0xffff_ffff), fc.constant(4096));
const registerWrite = (at: number, values: fc.Arbitrary<number>): fc.Arbitrary<Access> =>
  values.map((written) => ({ address: BLOCK_SLOT + at, width: 4, value: written }));
/** No rings are ever used: what they are then is the business of the driver's tests. */
const blockWrites = [
  registerWrite(0x14, value),
  registerWrite(0x20, value),
  registerWrite(0x24, fc.nat(2)),
  registerWrite(0x28, fc.constantFrom(0, 1, 0x1000, 0x3000, 0x8000_0000)),
  // Of the queues that do not exist, QEMU keeps what is written to QueueReady.
  registerWrite(0x30, fc.constantFrom(0, 0, 0, 1024, 0xffff_ffff)),
  registerWrite(0x38, value),
  registerWrite(0x3c, value),
  registerWrite(0x40, value),
  registerWrite(0x44, fc.nat(2)),
  registerWrite(0x64, value),
  registerWrite(0x70, fc.constantFrom(0, 1, 3, 7, 0xb, 0xf, 0x80, 0x1ff, 3, 7)),
  ...[0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4].map((at) => registerWrite(at, value)),
  ...[0x00, 0x04, 0x08, 0x0c, 0x10, 0x34, 0x60, 0xfc].map((at) => registerWrite(at, value)),
  fc.record({ width, written: fc.nat(3) }).map(({ width: bytes, written }): Access => ({
    address: BLOCK_SLOT + 0x120,
    width: bytes,
    value: written,
  })),
  fc.record({ at: fc.nat(0x3f), written: fc.nat(0xff) }).map(({ at, written }): Access => ({
    address: BLOCK_SLOT + 4 * at + 1,
    width: 1,
    value: written,
  })),
];
const access = fc.oneof(
  { weight: blockWrites.length, arbitrary: reads },
  ...blockWrites.map((arbitrary) => ({ weight: 1, arbitrary })),
);

const show = ({ address, width: bytes, value: written }: Access) =>
  `${written === undefined ? 'read' : `write 0x${written.toString(16)}`} ${bytes} at 0x${address.toString(16)}`;

async function valuesRead(machine: VirtioMachine, accesses: readonly Access[]): Promise<string[]> {
  const replies = accesses.map(async (at) => {
    if (at.value === undefined) return `${show(at)}: ${await machine.read(at.address, at.width)}`;
    await machine.write(at.address, at.width, at.value);
    return show(at);
  });
  const lines = await Promise.all(replies);
  await machine.end();
  return lines;
}

const NO_SERIAL: Drive = { readOnly: false, serial: '' };
const ALL_FEATURES = { legacy: [9, 13, 14, 28, 29], modern: [9, 11, 13, 14, 28, 29, 32] };

/** Everything that a driver does and is answered, as text. */
async function session(
  machine: VirtioMachine,
  version: Version,
  indirect: boolean,
): Promise<string[]> {
  const lines: string[] = [];
  const eventIndex = indirect;
  const driver = new GuestDriver(machine, {
    slot: BLOCK_SLOT,
    memory: RAM_BASE + 0x10_0000,
    isModern: version === 'modern',
    features: ALL_FEATURES[version].filter((bit) => eventIndex || bit !== 29),
    queueSize: 4,
    indirect,
  });
  await driver.initialise();
  const note = async (what: string, parts: readonly (Uint8Array | number)[]): Promise<void> => {
    const { status, written, usedLength } = await driver.transact(parts);
    const sum = written.reduce((total, byte) => (total * 31 + byte) % 1_000_003, 0);
    const causes = await driver.register(0x60);
    const pending = (await machine.read(PLIC_PENDING, 4)) & 2;
    await driver.setRegister(0x64, causes);
    lines.push(
      `${what}: status ${status}, ${usedLength} bytes, sum ${sum}, causes ${causes}, ` +
        `pending ${pending}, wish ${await driver.deviceWish()}, left ${await driver.register(0x60)}`,
    );
  };
  const data = Uint8Array.from({ length: 1024 }, (_, at) => at % 253);
  const most = 0x3f_ffff;
  await note('read', [header(0, 7), 512, 1]);
  await note('read in pieces', [header(0, 8), 100, 412, 513]);
  await note('write', [header(1, 10), data, 1]);
  await note('write in pieces', [
    concat(header(1, 20), data.subarray(0, 300)),
    data.subarray(300),
    1,
  ]);
  await note('read back', [header(0, 10), 1025]);
  await note('read across', [header(0, 19), 2049]);
  await note('read the end', [header(0, SECTORS - 1), 512, 1]);
  await note('read behind the end', [header(0, SECTORS - 1), 1024, 1]);
  await note('read far behind', [header(0, 2 ** 52), 512, 1]);
  await note('read half a sector', [header(0, 3), 256, 1]);
  await note('read nothing', [header(0, 3), 1]);
  await note('write behind the end', [header(1, SECTORS), data, 1]);
  await note('flush', [header(4, 0), 1]);
  await note('flush to device', [header(5, 0), 1]);
  await note('barrier', [header(0x8000_0000, 2), 512, 1]);
  await note('id', [header(8, 0), 20, 1]);
  await note('short id', [header(8, 0), 5, 1]);
  await note('zeroes', [header(13, 0), range(30, 4, 0), 1]);
  await note('zeroes, unmapping', [header(13, 0), range(34, 1, 1), 1]);
  await note('read zeroes', [header(0, 29), 7 * 512, 1]);
  await note('zeroes behind the end', [header(13, 0), range(SECTORS - 1, 2, 0), 1]);
  await note('too many zeroes', [header(13, 0), range(0, most + 1, 0), 1]);
  await note('zeroes, unknown flag', [header(13, 0), range(0, 1, 2), 1]);
  await note('two ranges', [header(13, 0), range(0, 1, 0), range(3, 1, 0), 1]);
  await note('discard', [header(11, 0), range(40, 2, 0), 1]);
  await note('read discarded', [header(0, 40), 1024, 1]);
  await note('discard, unmapping', [header(11, 0), range(0, 1, 1), 1]);
  await note('discard from device', [header(10, 0), range(0, 1, 0), 1]);
  await note('unknown', [header(0x55, 0), 1]);
  await driver.setNoInterrupt(true);
  await driver.setUsedEvent(0x7000);
  await note('without interrupt', [header(0, 1), 512, 1]);
  lines.push(`status ${await driver.register(0x70)}`);
  // A chain without a status makes no sense.
  await driver.offer([header(0, 1)]);
  await driver.setRegister(0x50, 0);
  for (let pause = 0; pause < 50; pause++) await machine.pause();
  const causes = await driver.register(0x60);
  // Version 1 has no bit that says so on QEMU, but is as dead.
  const status = await driver.register(0x70);
  lines.push(`broken: causes ${causes}, status ${version === 'modern' ? status : status & 0xf}`);
  lines.push(`generation ${version === 'modern' ? await driver.register(0xfc) : 0}`);
  await driver.offer([header(0, 1), 512, 1]);
  await driver.setRegister(0x50, 0);
  for (let pause = 0; pause < 50; pause++) await machine.pause();
  lines.push(`used ${await driver.usedIndex()}`);
  await driver.initialise();
  await note('after a reset', [header(0, 10), 512, 1]);
  await machine.end();
  return lines;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

describeWithWitness(QEMU, 'virtio as on QEMU', () => {
  it.each(VERSIONS)('registers, %s, one slot empty and one with a drive', async (version) => {
    const accesses = fc.sample(access, { seed: SEED, numRuns: ACCESSES });
    const ours = await valuesRead(ourMachine(version, NO_SERIAL), accesses);
    const theirs = await valuesRead(new QtestMachine(version, NO_SERIAL), accesses);
    const different = ours.findIndex((line, at) => line !== theirs[at]);
    const before = different < 0 ? [] : theirs.slice(Math.max(0, different - 12), different + 1);
    expect([ours[different], ...before]).toEqual([undefined]);
  });

  it.each(VERSIONS)('what a read-only drive offers, %s', async (version) => {
    const drive = { readOnly: true, serial: '' };
    const accesses = [
      ...[0x10, 0x100, 0x104, 0x110, 0x120].map(
        (at) => ({ address: BLOCK_SLOT + at, width: 4 }) as const,
      ),
    ];
    expect(await valuesRead(ourMachine(version, drive), accesses)).toEqual(
      await valuesRead(new QtestMachine(version, drive), accesses),
    );
  });

  it.each([
    { version: 'legacy', indirect: false },
    { version: 'legacy', indirect: true },
    { version: 'modern', indirect: false },
    { version: 'modern', indirect: true },
  ] as const)(
    'a driver, $version, indirect and event index $indirect',
    async ({ version, indirect }) => {
      const drive = { readOnly: false, serial: 'vitrine-0123456789-abcdef' };
      const ours = await session(ourMachine(version, drive), version, indirect);
      expect(ours).toEqual(await session(new QtestMachine(version, drive), version, indirect));
    },
  );
});
