import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeInstruction } from '../../tools/assembler/encode.ts';
import { createVirtMachine } from '../boards/virt.ts';
import { MemoryDisk } from '../devices/virtio/disk.ts';
import { DeviceStateError } from '../devices/device-state.ts';
import { HostEndError } from '../devices/host-end.ts';
import { SnapshotDisk } from '../devices/virtio/snapshot-disk.ts';
import { machineInWorlds, ramOf, randomWorld } from '../engine/testing/random-programs.ts';
import type { Machine } from '../machine.ts';
import { PRESETS, type InorderParameters } from '../timing/inorder/parameters.ts';
import { MachineStateError } from './machine-state.ts';
import { formatMachine, parseMachine } from './state-file.ts';
import { StateFileError } from './state-pieces.ts';

const MEBIBYTE = 2 ** 20;
const RAM = 0x8000_0000;
/** `addi a0, a0, 1; sw a0, 256(a1); jal -8`. */
const COUNT = Uint32Array.of(0x0015_0513, 0x10a5_a023, 0xff9f_f06f);
const NOTHING = { transmit: () => undefined };
const HEADER_LENGTH = 20;
const FILE_LENGTH = 24;
const HEADER = 32;
const DIGEST = 32;
const isCampaign = process.env['VITRINE_CAMPAIGN'] === 'full';
/** The functional model, a pipeline with caches, and one without. */
const MODELS = [undefined, PRESETS['u54-asid'], PRESETS['tiny']];

function start(
  harts = 2,
  inorder: InorderParameters | undefined = PRESETS['u54'],
): { machine: Machine; disk: SnapshotDisk; type: (text: string) => void } {
  const disk = new SnapshotDisk(new MemoryDisk(new Uint8Array(0x2_0000)));
  const others = [{ kind: 'entropy', seed: 7 }] as const;
  const options = {
    ramBytes: MEBIBYTE,
    harts,
    inorder,
    serial: NOTHING,
    drives: [{ disk }],
    others,
  };
  const { machine, uart } = createVirtMachine(options);
  machine.writePhysical(RAM, new Uint8Array(COUNT.buffer));
  for (const hart of machine.harts) {
    hart.pc = RAM;
    hart.writeRegister(11, RAM);
  }
  return { machine, disk, type: (text) => uart.offer(new TextEncoder().encode(text)) };
}

let file: Uint8Array<ArrayBuffer>;
let hash = '';
beforeAll(async () => {
  const { machine, disk, type } = start();
  machine.run(12_345, { idle: 'skip' });
  disk.write(0x1_0200, Uint8Array.of(1, 2, 3));
  disk.writeZeroes(0, 0x1_0000);
  type('more than the receiver has room for');
  hash = await machine.stateHash();
  const formatted = await formatMachine({ run: { name: 'test' }, ...machine.snapshots.save() });
  file = new Uint8Array(formatted);
});

const problemOf = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
  try {
    await parseMachine(bytes);
    return 'none';
  } catch (error) {
    expect(error).toBeInstanceOf(StateFileError);
    return error instanceof Error ? error.message : '';
  }
};

const headerLength = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer).getUint32(HEADER_LENGTH, true);

const headerOf = (bytes: Uint8Array): string =>
  new TextDecoder().decode(bytes.subarray(HEADER, HEADER + headerLength(bytes)));

/** The file with another header, and everything that follows from it made right. */
function withHeader(bytes: Uint8Array, text: string): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(text);
  const data = bytes.subarray(HEADER + headerLength(bytes), -DIGEST);
  const whole = new Uint8Array(HEADER + header.length + data.length + DIGEST);
  whole.set(bytes.subarray(0, HEADER));
  whole.set(header, HEADER);
  whole.set(data, HEADER + header.length);
  const view = new DataView(whole.buffer);
  view.setUint32(HEADER_LENGTH, header.length, true);
  view.setBigUint64(FILE_LENGTH, BigInt(whole.length), true);
  whole.set(
    createHash('sha256').update(whole.subarray(0, -DIGEST)).digest(),
    whole.length - DIGEST,
  );
  return whole;
}

describe('a machine in a file', () => {
  it('goes on with the same states, in both clock models, on any number of harts', async () => {
    const program = fc.record({
      seed: fc.integer(),
      harts: fc.integer({ min: 1, max: 4 }),
      model: fc.nat({ max: MODELS.length - 1 }),
      before: fc.nat({ max: 3000 }),
      after: fc.integer({ min: 1, max: 1500 }),
    });
    await fc.assert(
      fc.asyncProperty(program, async ({ seed, harts, model, before, after }) => {
        const worlds = Array.from({ length: harts }, (_, hart) =>
          randomWorld(seed + hart, encodeInstruction),
        );
        const create = (): Machine => {
          const machine = machineInWorlds(worlds);
          machine.useClockModel(MODELS[model]);
          return machine;
        };
        const look = (machine: Machine) => [
          machine.cycle,
          machine.describeState(),
          machine.harts.map((_, index) => [
            machine.pipeline(index),
            machine.chargedCycles(index).reduce((sum, { cycles }) => sum + cycles, 0),
          ]),
        ];
        const straight = create();
        straight.run(before, { idle: 'skip' });
        straight.run(after, { idle: 'skip' });
        const saved = create();
        saved.run(before, { idle: 'skip' });
        const bytes = await formatMachine({ run: {}, ...saved.snapshots.save() });
        const resumed = machineInWorlds(worlds);
        resumed.snapshots.load(await parseMachine(new Uint8Array(bytes)));
        expect(look(resumed)).toEqual(look(saved));
        for (const machine of [saved, resumed]) {
          machine.run(after, { idle: 'skip' });
          expect(look(machine)).toEqual(look(straight));
          expect(Buffer.compare(ramOf(machine), ramOf(straight))).toBe(0);
        }
      }),
      { seed: 1, numRuns: isCampaign ? 5000 : 40 },
    );
  });

  it('goes on elsewhere as it would have gone on', async () => {
    const saved = await parseMachine(file);
    expect(saved.run).toEqual({ name: 'test' });
    const there = start().machine;
    there.snapshots.load(saved);
    expect(await there.stateHash()).toBe(hash);
    const here = start();
    here.machine.snapshots.load(saved);
    for (const machine of [there, here.machine]) machine.run(5000, { idle: 'skip' });
    expect(await here.machine.stateHash()).toBe(await there.stateHash());
    const bytes = new Uint8Array(3);
    here.disk.read(0x1_0200, bytes);
    expect([...bytes]).toEqual([1, 2, 3]);
  });

  it('is refused whole when any byte of it is another', async () => {
    const place = fc.nat({ max: file.length - 1 });
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = file.slice();
        damaged[at] ^= change;
        expect(await problemOf(damaged)).not.toBe('none');
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it('that is short, newer, damaged or something else is refused by what is wrong', async () => {
    const { length } = file;
    expect(await problemOf(file.slice(0, -1))).toBe(
      `it is damaged: it has ${length - 1} bytes instead of ${length}`,
    );
    const damaged = file.slice();
    damaged[length - 40] ^= 1;
    expect(await problemOf(damaged)).toBe('it is damaged: its checksum is wrong');
    expect(await problemOf(file.slice(0, 20))).toBe('it is no saved machine');
    expect(await problemOf(new Uint8Array(100))).toBe('it is no saved machine');
    const newer = file.slice();
    newer[16] = 3;
    expect(await problemOf(newer)).toBe('it has version 3, and this program knows 2');
  });

  it('is refused whole when its end is missing, wherever that begins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: file.length - 1 }), async (length) => {
        expect(await problemOf(file.slice(0, length))).not.toBe('none');
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it('with a header that cannot be is refused by what is wrong, and the machine stays', async () => {
    const { machine } = start();
    const before = await machine.stateHash();
    const text = headerOf(file);
    const places = [...text.matchAll(/(?<=[:,[])(?:"[^"]*"|\d+|null)/g)];
    let refused = 0;
    const value = fc.constantFrom('null', '-1', '1e99', '"x"', '[]', '{}', '7', '"-1"');
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: places.length - 1 }), value, async (index, other) => {
        const [{ length }] = places[index];
        const at = places[index].index;
        const changed = withHeader(file, text.slice(0, at) + other + text.slice(at + length));
        try {
          machine.snapshots.load(await parseMachine(changed));
          machine.snapshots.load(await parseMachine(file));
        } catch (error) {
          const isRefusal = [StateFileError, MachineStateError, DeviceStateError, HostEndError];
          expect(isRefusal.some((type) => error instanceof type)).toBe(true);
          refused++;
        }
      }),
      { seed: 1, numRuns: isCampaign ? 20_000 : 300 },
    );
    expect(refused).toBeGreaterThan(100);
    machine.snapshots.load(await parseMachine(file));
    expect(await machine.stateHash()).toBe(hash);
    expect(hash).not.toBe(before);
  });

  it('names what its clock model lacks or has too much', async () => {
    const problem = (from: string | RegExp, to: string): Promise<string> =>
      problemOf(withHeader(file, headerOf(file).replace(from, to)));
    expect(await problem('"l1d":', '"l1x":')).toBe('clock.harts: nothing is known of l1x');
    expect(await problem('"model":"inorder"', '"model":"vector"')).toBe(
      'clock: there is no model vector',
    );
    expect(await problem('"loadLatency":2,', '')).toBe('clock.parameters: loadLatency is missing');
    expect(await problem('"loadLatency":2,', '"loadLatency":0,')).toContain('loadLatency is');
    expect(await problem('"reason":"execute"', '"reason":"leisure"')).toBe(
      'charged: there is no reason leisure',
    );
  });

  it('is refused by a machine of another kind, which stays as it is', async () => {
    const { machine } = start(1);
    const before = machine.describeState();
    const saved = await parseMachine(file);
    expect(() => {
      machine.snapshots.load(saved);
    }).toThrow('the state has 2 harts, not 1');
    expect(machine.describeState()).toBe(before);
  });
});

it('of a test program knows that half of a request has been stored', () => {
  const mailbox = RAM + 0x1000;
  const create = (): Machine => {
    const options = { ramBytes: MEBIBYTE, harts: 1, serial: NOTHING, htif: { tohost: mailbox } };
    const { machine } = createVirtMachine(options);
    machine.writePhysical(RAM, new Uint8Array(COUNT.buffer));
    machine.harts[0].pc = RAM;
    machine.harts[0].writeRegister(11, RAM);
    return machine;
  };
  const before = create();
  before.memory.write(mailbox, 4, 1);
  const after = create();
  after.snapshots.load(before.snapshots.save());
  after.memory.write(mailbox + 4, 4, 0);
  expect(after.run(2, { idle: 'skip' })).toEqual({ reason: 'poweroff', code: 0 });
});
