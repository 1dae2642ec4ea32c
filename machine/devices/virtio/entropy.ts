/**
 * The virtio entropy source. Random bytes are an outside input, which a deterministic machine gets
 * through one door: here it is the seed, from which a generator makes all bytes, so that two runs
 * with the same seed are the same run. Nothing secret is to be made from them.
 *
 * Time: the device fills one chain of buffers after the other, and each takes `FILL_CYCLES`. As the
 * specification allows, of a long chain it fills the beginning only.
 *
 * Source: Virtual I/O Device 1.2, 5.4 "Entropy Device"; QEMU hw/virtio/virtio-rng.c. The generator is
 * xoshiro128**, seeded by splitmix32 (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", 2021).
 */

import type { Alarm, DeviceDeclaration, Timebase } from '../device.ts';
import { NEVER } from '../device-state.ts';
import {
  CONFIG,
  Feature,
  SLOT_ACCESS_WIDTHS,
  SLOT_SIZE,
  TRANSPORT_REGISTERS,
  transportState,
  type TransportState,
  type VirtioVersion,
} from './mmio-registers.ts';
import { VirtioMmio, type VirtioWiring } from './mmio.ts';
import { byteLength, scatter, splitAt } from './segments.ts';

const ENTROPY_DEVICE_ID = 4;
const ENTROPY_QUEUES = 1;
const ENTROPY_QUEUE_SIZE = 8;

/** How long it takes to fill a chain of buffers, in cycles. */
export const FILL_CYCLES = 1000;
/** Most bytes that one chain gets. */
export const MOST_BYTES = 4096;

const GENERATOR_WORDS = 4;
const WORD_BITS = 32;

/** The configuration is empty. */
const NO_CONFIGURATION = new Uint8Array(0);

function declareEntropy(name: string, version: VirtioVersion) {
  return {
    name,
    source: 'Virtual I/O Device 1.2, 4.2 and 5.4; QEMU hw/virtio/virtio-rng.c',
    compatible: ['virtio,mmio'],
    size: SLOT_SIZE,
    accessWidths: SLOT_ACCESS_WIDTHS,
    registers: TRANSPORT_REGISTERS[version],
    state: [
      ...transportState(ENTROPY_QUEUES, ENTROPY_QUEUE_SIZE),
      { name: 'generator', type: 'u32', length: GENERATOR_WORDS, doc: 'State of the generator' },
      { name: 'fillDue', type: 'cycle', doc: 'When the chain at the head of the queue is filled' },
    ],
  } as const satisfies DeviceDeclaration;
}

export interface EntropyOptions extends VirtioWiring {
  /** The slot's name. */
  readonly name: string;
  /** From 0 to 2^32 - 1. */
  readonly seed: number;
}

const rotate = (value: number, by: number) => (value << by) | (value >>> (WORD_BITS - by));

/** Four words from one, never all zero. */
function seedWords(seed: number): number[] {
  let at = seed | 0;
  return Array.from({ length: GENERATOR_WORDS }, () => {
    at = (at + 0x9e37_79b9) | 0;
    let word = at ^ (at >>> 16);
    word = Math.imul(word, 0x21f0_aaad);
    word ^= word >>> 15;
    word = Math.imul(word, 0x735a_2d97);
    return (word ^ (word >>> 15)) >>> 0;
  });
}

/** The generator's next word; its state moves on. */
function nextWord(state: Uint32Array): number {
  const [a, b, c, d] = state;
  const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
  state[2] = c ^ a;
  state[3] = d ^ b;
  state[1] = b ^ state[2];
  state[0] = a ^ state[3];
  state[2] ^= b << 9;
  state[3] = rotate(state[3], 11);
  return result;
}

export class VirtioEntropy extends VirtioMmio<ReturnType<typeof declareEntropy>['state']> {
  private readonly time: Timebase;
  private readonly filled: Alarm;
  private readonly seed: number;

  constructor(options: EntropyOptions) {
    const { name, version, seed, timebase } = options;
    const kind = {
      deviceId: ENTROPY_DEVICE_ID,
      features: version === 'legacy' ? Feature.AnyLayout : 0n,
      queues: ENTROPY_QUEUES,
      queueSize: ENTROPY_QUEUE_SIZE,
    };
    super(declareEntropy(name, version), kind, options);
    this.seed = seed;
    this.time = timebase;
    this.filled = timebase.alarm(`${name} fill`, () => this.onFilled());
  }

  protected override transportPart(): TransportState {
    return this.state;
  }

  protected override readConfiguration(): Uint8Array {
    return NO_CONFIGURATION;
  }

  protected override writeConfiguration(offset: number, width: number, value: number): void {
    this.reportWrite(CONFIG + offset, width, value, 'there is no configuration');
  }

  protected override onDriverOk(): void {
    // Buffers are filled when the driver says that there are some.
  }

  protected override onDriverReset(): void {
    this.setFillDue(NEVER);
  }

  protected override onNotify(): void {
    if (this.state.fillDue === NEVER) this.setFillDue(this.time.now + FILL_CYCLES);
  }

  private setFillDue(due: number): void {
    this.state.fillDue = due;
    if (due === NEVER) this.filled.clear();
    else this.filled.set(due);
  }

  private onFilled(): void {
    this.state.fillDue = NEVER;
    const [queue] = this.queues;
    const taken = queue.take();
    switch (taken.kind) {
      case 'empty':
        queue.askForNotification();
        return;
      case 'nonsense':
        this.breakDown(queue, taken.problem);
        return;
      case 'chain': {
        const [front] = splitAt(taken.chain.writable, MOST_BYTES);
        const bytes = this.randomBytes(byteLength(front));
        scatter(this.memory, front, bytes);
        this.complete(queue, taken.chain, bytes.length);
        if (queue.isEmpty) queue.askForNotification();
        else this.setFillDue(this.time.now + FILL_CYCLES);
      }
    }
  }

  private randomBytes(length: number): Uint8Array {
    const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () =>
      nextWord(this.state.generator),
    );
    return new Uint8Array(words.buffer, 0, length);
  }

  protected override stateReplaced(cause: 'reset' | 'restore'): void {
    if (cause === 'reset') this.state.generator.set(seedWords(this.seed));
    this.setFillDue(this.state.fillDue);
  }
}
