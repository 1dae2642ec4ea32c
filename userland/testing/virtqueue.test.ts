/** The driver's side of a split virtqueue, in the layout of Virtual I/O Device 1.2, section 2.7. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { compileSources } from '../../tools/compiler/frontend.ts';
import { ARENA, TargetProgram } from '../../tools/compiler/testing/target-program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DATA = 0x8008_0000;
const QUEUE = ARENA;
const USED = ARENA + 0x1000;
const NEXT = 1;
const WRITE = 2;
const NONE = -2;
const FOREIGN = -1;

let program: TargetProgram;
let size: number;

beforeAll(async () => {
  const { object, diagnostics } = await compileSources({
    entries: ['userland/testing/virtqueue-probe.ts'],
    root: ROOT,
    readFile: (path) => {
      try {
        return readFileSync(`${ROOT}/${path}`, 'utf8');
      } catch {
        return null;
      }
    },
    moduleName: 'virtqueue-probe',
    memoryBase: DATA,
    forbidAllocation: true,
  });
  if (object === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const roots = ['prepareQueue', 'offerRequest', 'takeAnswer', 'exchange'];
  program = new TargetProgram([object], roots);
});

beforeEach(() => {
  program.writeMemory(QUEUE, new Uint8Array(0x2000));
  size = call('prepareQueue', QUEUE, USED);
});

function call(name: string, ...words: number[]): number {
  const outcome = program.call(name, words, 50_000_000);
  if (outcome.trap === undefined) return outcome.low;
  throw new Error(`${name}: trap ${outcome.trap.cause}`);
}

const view = (address: number, length: number): DataView =>
  new DataView(program.readMemory(address, length).buffer);

const available = (): number => QUEUE + size * 16;

/** What the device would see from a head: the chain's buffers in order. */
function chain(head: number): { address: number; length: number; isWritten: boolean }[] {
  const buffers = [];
  for (let index = head, more = true; more;) {
    const descriptor = view(QUEUE + index * 16, 16);
    const flags = descriptor.getUint16(12, true);
    expect(descriptor.getUint32(4, true)).toBe(0);
    buffers.push({
      address: descriptor.getUint32(0, true),
      length: descriptor.getUint32(8, true),
      isWritten: (flags & WRITE) !== 0,
    });
    more = (flags & NEXT) !== 0;
    index = descriptor.getUint16(14, true);
  }
  return buffers;
}

/** The device answers with an id. */
function answer(index: number, id: number): void {
  const element = new Uint8Array(8);
  new DataView(element.buffer).setUint32(0, id, true);
  program.writeMemory(USED + 4 + (index % size) * 8, element);
  program.writeMemory(USED + 2, Uint8Array.of((index + 1) & 0xff, ((index + 1) >> 8) & 0xff));
}

it('offers chains of header, data and status, and without data of two', () => {
  call('offerRequest', 0, 4096, 1);
  call('offerRequest', 3, 512, 0);
  call('offerRequest', 5, 0, 0);
  const ring = view(available(), 4 + 2 * size);
  expect(ring.getUint16(2, true)).toBe(3);
  const heads = [0, 1, 2].map((entry) => ring.getUint16(4 + 2 * entry, true));
  expect(new Set(heads).size).toBe(3);
  expect(chain(heads[0])).toEqual([
    { address: 0x1000, length: 16, isWritten: false },
    { address: 0x1100, length: 4096, isWritten: true },
    { address: 0x1080, length: 1, isWritten: true },
  ]);
  expect(chain(heads[1])[1]).toEqual({ address: 0x4100, length: 512, isWritten: false });
  expect(chain(heads[2]).map(({ length }) => length)).toEqual([16, 1]);
});

it('takes answers in the order of the device', () => {
  for (const place of [1, 2, 4]) call('offerRequest', place, 512, 1);
  expect(call('takeAnswer')).toBe(NONE);
  const ring = view(available(), 4 + 2 * size);
  answer(0, ring.getUint16(4 + 2 * 2, true));
  answer(1, ring.getUint16(4, true));
  expect(call('takeAnswer')).toBe(4);
  expect(call('takeAnswer')).toBe(1);
  expect(call('takeAnswer')).toBe(NONE);
});

it.each([1, 2, 3, 0xffff, 0x8000_0000, 0xffff_ffff])(
  'knows that %i is the head of nothing',
  (id) => {
    call('offerRequest', 0, 512, 1);
    answer(0, id);
    expect(call('takeAnswer')).toBe(FOREIGN);
  },
);

it('goes on when the 16-bit indices of the rings wrap', () => {
  call('offerRequest', 0, 512, 1);
  answer(0, 0);
  expect(call('takeAnswer')).toBe(0);
  expect(call('exchange', 70_000, available(), USED)).toBe(70_000);
});
