/**
 * Drivers and peers that do anything at all with a network card, a console or an entropy source:
 * nothing outside RAM is touched, nothing is thrown, everything ends, and what they send is bounded.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { campaign } from '../../../test/campaign.ts';
import { RAM_BASE, type PhysicalMemory } from '../../bus/physical-memory.ts';
import { VirtioConsole } from './console.ts';
import { VirtioEntropy } from './entropy.ts';
import { VirtioNet } from './net.ts';
import { BENCH_RAM_BYTES, DeviceBench, SLOT } from './testing/device-bench.ts';

const QUEUE_MEMORY = RAM_BASE + 0x1_0000;
const QUEUE_SIZE = 4;

/** RAM that refuses to be reached beside itself, instead of saying so. */
function guarded(ram: PhysicalMemory): PhysicalMemory {
  const check = (address: number, length: number): void => {
    if (!ram.contains(address, length)) throw new RangeError(`${address} is not RAM`);
  };
  return {
    base: ram.base,
    size: ram.size,
    contains: (address, length) => ram.contains(address, length),
    readBytes: (address, target) => (check(address, target.length), ram.readBytes(address, target)),
    writeBytes: (address, source) => (
      check(address, source.length),
      ram.writeBytes(address, source)
    ),
    read: (address, width) => (check(address, width), ram.read(address, width)),
    write: (address, width, value) => (check(address, width), ram.write(address, width, value)),
  };
}

const word = fc.oneof(
  fc.nat(0xffff_ffff),
  fc.nat(0x20),
  fc.nat(BENCH_RAM_BYTES - 1).map((offset) => RAM_BASE + offset),
  fc.constantFrom(QUEUE_MEMORY, QUEUE_MEMORY + 0x40, 0xffff_ffff, RAM_BASE + BENCH_RAM_BYTES - 1),
);

const step = fc.oneof(
  fc.record({
    kind: fc.constant('register' as const),
    offset: fc.nat(0x4f).map((index) => 4 * index),
    value: word,
  }),
  /** A descriptor that may make sense, and the ring entry that offers it. */
  fc.record({
    kind: fc.constant('descriptor' as const),
    index: fc.nat(QUEUE_SIZE - 1),
    address: word,
    length: fc.oneof(fc.nat(100), word),
    flags: fc.nat(7),
    next: fc.nat(QUEUE_SIZE),
  }),
  fc.record({
    kind: fc.constant('offer' as const),
    queue: fc.nat(4),
    head: fc.nat(QUEUE_SIZE),
    by: fc.constantFrom(1, 1, 1, 2, 5),
  }),
  fc.record({ kind: fc.constant('memory' as const), at: fc.nat(0x200), value: word }),
  fc.record({ kind: fc.constant('input' as const), bytes: fc.uint8Array({ maxLength: 90 }) }),
  fc.record({ kind: fc.constant('pause' as const) }),
);

/** All queues lie in the same place, so that they trip over one another. */
function setUpQueues(bench: DeviceBench<Receiver>, isModern: boolean, features: number): void {
  const set = (offset: number, value: number): void => bench.write(SLOT + offset, 4, value);
  set(0x70, 0);
  set(0x24, 0);
  set(0x20, features);
  set(0x24, 1);
  set(0x20, 1);
  if (isModern) set(0x70, 0xb);
  else set(0x28, 4096);
  for (let queue = 0; queue < 4; queue++) {
    set(0x30, queue);
    set(0x38, QUEUE_SIZE);
    if (isModern) {
      for (const [index, at] of [0, 0x40, 0x60].entries()) {
        set(0x80 + 0x10 * index, QUEUE_MEMORY + at);
        set(0x84 + 0x10 * index, 0);
      }
      set(0x44, 1);
    } else {
      set(0x3c, 32);
      set(0x40, QUEUE_MEMORY / 4096);
    }
  }
  set(0x70, 0xf);
}

type Receiver = VirtioNet | VirtioConsole | VirtioEntropy;

function run(
  bench: DeviceBench<Receiver>,
  action: typeof step extends fc.Arbitrary<infer T> ? T : never,
) {
  switch (action.kind) {
    case 'register':
      bench.write(SLOT + action.offset, 4, action.value);
      bench.read(SLOT + action.offset, 4);
      break;
    case 'descriptor': {
      const at = QUEUE_MEMORY + 16 * action.index;
      bench.write(at, 4, action.address);
      bench.write(at + 4, 4, 0);
      bench.write(at + 8, 4, action.length);
      bench.write(at + 12, 2, action.flags);
      bench.write(at + 14, 2, action.next);
      break;
    }
    case 'offer': {
      const ring = QUEUE_MEMORY + 0x40;
      const index = bench.read(ring + 2, 2);
      bench.write(ring + 4 + 2 * (index % QUEUE_SIZE), 2, action.head);
      bench.write(ring + 2, 2, index + action.by);
      bench.write(SLOT + 0x50, 4, action.queue);
      break;
    }
    case 'memory':
      bench.write(QUEUE_MEMORY + action.at, 2, action.value);
      break;
    case 'input':
      if ('offer' in bench.device) bench.device.offer(action.bytes);
      break;
    case 'pause':
      bench.pause();
  }
}

it.each(['net', 'console', 'entropy'] as const)('%s', (kind) => {
  let sent = 0;
  const send = (frame: Uint8Array): void => {
    expect(frame.length).toBeGreaterThanOrEqual(14);
    expect(frame.length).toBeLessThanOrEqual(0x1_0000);
    sent += frame.length;
  };
  const transmit = (): void => {
    sent++;
  };
  const build = (version: 'legacy' | 'modern') =>
    new DeviceBench<Receiver>(
      version,
      (wiring) => {
        if (kind === 'entropy') return new VirtioEntropy({ ...wiring, seed: 1 });
        if (kind === 'console') return new VirtioConsole({ ...wiring, port: { transmit } });
        const port = { send, received: () => undefined };
        return new VirtioNet({ ...wiring, mac: Uint8Array.of(2, 0, 0, 0, 0, 1), port });
      },
      guarded,
    );
  // Built once: a machine's memory takes longer than a run, and every run resets the device.
  const benches = { legacy: build('legacy'), modern: build('modern') };
  const features = fc.oneof(fc.constant(0xffff_ffff), fc.constant(0), fc.nat(0xffff_ffff));
  fc.assert(
    fc.property(
      fc.constantFrom<'legacy' | 'modern'>('legacy', 'modern'),
      features,
      fc.array(step, { maxLength: 30 }),
      (version, accepted, actions) => {
        const bench = benches[version];
        bench.ram.writeBytes(QUEUE_MEMORY, new Uint8Array(0x400));
        bench.device.reset();
        bench.errors.length = 0;
        setUpQueues(bench, version === 'modern', accepted);
        sent = 0;
        for (const action of actions) run(bench, action);
        bench.pause();
        expect(sent).toBeLessThan(actions.length * 0x10_0000 + 0x10_0000);
        bench.device.restoreState(bench.device.saveState());
      },
    ),
    campaign(300),
  );
});
