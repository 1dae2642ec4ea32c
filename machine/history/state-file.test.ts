import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createVirtMachine } from '../boards/virt.ts';
import { MemoryDisk } from '../devices/virtio/disk.ts';
import { SnapshotDisk } from '../devices/virtio/snapshot-disk.ts';
import type { Machine } from '../machine.ts';
import { formatMachine, parseMachine, StateFileError } from './state-file.ts';

const MEBIBYTE = 2 ** 20;
const RAM = 0x8000_0000;
/** `addi a0, a0, 1; sw a0, 256(a1); jal -8`. */
const COUNT = Uint32Array.of(0x0015_0513, 0x10a5_a023, 0xff9f_f06f);
const NOTHING = { transmit: () => undefined };

function start(harts = 2): { machine: Machine; disk: SnapshotDisk; type: (text: string) => void } {
  const disk = new SnapshotDisk(new MemoryDisk(new Uint8Array(0x2_0000)));
  const others = [{ kind: 'entropy', seed: 7 }] as const;
  const options = { ramBytes: MEBIBYTE, harts, serial: NOTHING, drives: [{ disk }], others };
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

describe('a machine in a file', () => {
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
    expect(await problemOf(file.slice(0, -1))).toBe('it is damaged: its checksum is wrong');
    expect(await problemOf(file.slice(0, 20))).toBe('it is no saved machine');
    expect(await problemOf(new Uint8Array(100))).toBe('it is no saved machine');
    const newer = file.slice();
    newer[16] = 2;
    expect(await problemOf(newer)).toBe('it has version 2, and this program knows 1');
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
