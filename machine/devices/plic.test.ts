import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { campaign } from '../../test/campaign.ts';
import type { GuestError } from './guest-error.ts';
import { Wire } from './manual-clock.ts';
import { Plic } from './plic.ts';

// Restated from the PLIC specification's memory map.
const priorityOf = (source: number) => 4 * source;
const pendingWord = (word: number) => 0x1000 + 4 * word;
const enableWord = (context: number, word: number) => 0x2000 + 0x80 * context + 4 * word;
const thresholdOf = (context: number) => 0x20_0000 + 0x1000 * context;
const claimOf = (context: number) => 0x20_0004 + 0x1000 * context;

const SOURCES = 95;
const CONTEXTS = 4;
const MACHINE_0 = 0;
const SUPERVISOR_0 = 1;
const UART = 10;

let wires: Wire[];
let errors: GuestError[];
let plic: Plic;

beforeEach(() => {
  wires = Array.from({ length: CONTEXTS }, () => new Wire());
  errors = [];
  plic = new Plic(wires, (error) => errors.push(error));
  plic.reset();
});

const read = (offset: number) => plic.read(offset, 4);
const write = (offset: number, value: number) => plic.write(offset, 4, value);

describe('an interrupt', () => {
  it('goes from the wire to the context, and is claimed and completed', () => {
    write(priorityOf(UART), 1);
    write(enableWord(SUPERVISOR_0, 0), 1 << UART);
    plic.line(UART).set(true);
    expect(wires.map(({ level }) => level)).toEqual([false, true, false, false]);
    expect(read(pendingWord(0))).toBe(1 << UART);
    expect(read(claimOf(SUPERVISOR_0))).toBe(UART);
    expect(wires[SUPERVISOR_0].level).toBe(false);
    expect(read(pendingWord(0))).toBe(0);
    expect(read(claimOf(SUPERVISOR_0))).toBe(0);
    write(claimOf(SUPERVISOR_0), UART);
    expect(wires[SUPERVISOR_0].level).toBe(false);
  });

  it('asserted while it is claimed is delivered after the completion', () => {
    write(priorityOf(UART), 1);
    write(enableWord(MACHINE_0, 0), 1 << UART);
    plic.line(UART).set(true);
    expect(read(claimOf(MACHINE_0))).toBe(UART);
    plic.line(UART).set(true);
    expect(wires[MACHINE_0].level).toBe(false);
    write(claimOf(MACHINE_0), UART);
    expect(wires[MACHINE_0].level).toBe(true);
    expect(read(claimOf(MACHINE_0))).toBe(UART);
  });

  it('that is pending interrupts as soon as it is enabled', () => {
    write(priorityOf(UART), 7);
    plic.line(UART).set(true);
    expect(wires[MACHINE_0].level).toBe(false);
    write(enableWord(MACHINE_0, 0), 1 << UART);
    expect(wires[MACHINE_0].level).toBe(true);
  });

  it('needs a priority above the threshold', () => {
    write(priorityOf(UART), 3);
    write(enableWord(MACHINE_0, 0), 1 << UART);
    plic.line(UART).set(true);
    for (let threshold = 0; threshold < 8; threshold++) {
      write(thresholdOf(MACHINE_0), threshold);
      expect(wires[MACHINE_0].level).toBe(threshold < 3);
    }
  });

  it('of the highest priority is claimed first, of equals the lowest number', () => {
    const priorities = [
      [5, 1],
      [33, 7],
      [64, 7],
      [95, 2],
    ] as const;
    for (const [source, priority] of priorities) {
      write(priorityOf(source), priority);
      write(enableWord(MACHINE_0, source >> 5), 0xffff_ffff);
      plic.line(source).set(true);
    }
    const claims = Array.from({ length: 5 }, () => read(claimOf(MACHINE_0)));
    expect(claims).toEqual([33, 64, 95, 5, 0]);
  });
});

describe('registers', () => {
  it('of priorities and thresholds hold three bits', () => {
    write(priorityOf(1), 0xffff_ffff);
    write(thresholdOf(3), 0x19);
    expect(read(priorityOf(1))).toBe(7);
    expect(read(thresholdOf(3))).toBe(1);
  });

  it('are there for sources 1 to 95 and no other', () => {
    write(priorityOf(SOURCES), 5);
    expect(read(priorityOf(SOURCES))).toBe(5);
    expect(errors).toEqual([]);
    for (const offset of [
      priorityOf(0),
      priorityOf(SOURCES + 1),
      enableWord(0, 3),
      enableWord(4, 0),
    ]) {
      write(offset, 1);
      expect(read(offset)).toBe(0);
    }
    expect(errors.length).toBe(8);
  });

  it('report a completion of a source that does not exist', () => {
    write(claimOf(2), 96);
    expect(errors).toEqual([
      {
        device: 'plic',
        access: 'write',
        offset: 0x20_2004,
        width: 4,
        value: 96,
        problem: 'no such source',
      },
    ]);
  });

  it('refuse a wire for a source that does not exist', () => {
    for (const source of [0, 96, -1, 1.5]) expect(() => plic.line(source)).toThrow(RangeError);
  });
});

/** The specification in sets and maps, slowly. */
class Model {
  readonly priority = new Map<number, number>();
  readonly pending = new Set<number>();
  readonly claimed = new Set<number>();
  readonly enabled = new Map<number, Set<number>>();
  readonly threshold = new Map<number, number>();

  candidates(context: number): number[] {
    const enabled = this.enabled.get(context) ?? new Set();
    const rank = (source: number) => this.priority.get(source) ?? 0;
    return [...this.pending]
      .filter((source) => enabled.has(source) && !this.claimed.has(source))
      .filter((source) => rank(source) > (this.threshold.get(context) ?? 0))
      .sort((a, b) => rank(b) - rank(a) || a - b);
  }

  claim(context: number): number {
    const [source = 0] = this.candidates(context);
    if (source !== 0) {
      this.pending.delete(source);
      this.claimed.add(source);
    }
    return source;
  }

  enable(context: number, word: number, bits: number): void {
    const enabled = this.enabled.get(context) ?? new Set();
    this.enabled.set(context, enabled);
    for (let bit = 0; bit < 32; bit++) {
      if (((bits >>> bit) & 1) === 1) enabled.add(32 * word + bit);
      else enabled.delete(32 * word + bit);
    }
  }
}

const source = fc.integer({ min: 1, max: SOURCES });
const context = fc.nat(CONTEXTS - 1);
const step = fc.oneof(
  fc.record({ kind: fc.constant('line' as const), source, level: fc.boolean() }),
  fc.record({ kind: fc.constant('priority' as const), source, value: fc.nat(9) }),
  fc.record({ kind: fc.constant('threshold' as const), context, value: fc.nat(9) }),
  fc.record({
    kind: fc.constant('enable' as const),
    context,
    word: fc.nat(2),
    bits: fc.oneof(fc.constant(0xffff_ffff), fc.nat(0xffff_ffff)),
  }),
  fc.record({ kind: fc.constant('claim' as const), context }),
  fc.record({ kind: fc.constant('complete' as const), context, source: fc.nat(100) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function applyToModel(model: Model, action: Step): number | undefined {
  switch (action.kind) {
    case 'line':
      if (action.level) model.pending.add(action.source);
      return undefined;
    case 'priority':
      model.priority.set(action.source, action.value % 8);
      return undefined;
    case 'threshold':
      model.threshold.set(action.context, action.value % 8);
      return undefined;
    case 'enable':
      model.enable(action.context, action.word, action.bits);
      return undefined;
    case 'claim':
      return model.claim(action.context);
    case 'complete':
      model.claimed.delete(action.source);
      return undefined;
  }
}

function applyTo(device: Plic, action: Step): number | undefined {
  switch (action.kind) {
    case 'line':
      device.line(action.source).set(action.level);
      return undefined;
    case 'priority':
      device.write(priorityOf(action.source), 4, action.value);
      return undefined;
    case 'threshold':
      device.write(thresholdOf(action.context), 4, action.value);
      return undefined;
    case 'enable':
      device.write(enableWord(action.context, action.word), 4, action.bits);
      return undefined;
    case 'claim':
      return device.read(claimOf(action.context), 4);
    case 'complete':
      device.write(claimOf(action.context), 4, action.source);
      return undefined;
  }
}

function fresh() {
  const lines = Array.from({ length: CONTEXTS }, () => new Wire());
  const device = new Plic(lines, () => undefined);
  device.reset();
  return { device, levels: () => lines.map(({ level }) => level) };
}

describe('whatever the guest does', () => {
  it('contexts are interrupted and claims answered as in the model', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const { device, levels } = fresh();
        const model = new Model();
        for (const action of steps) {
          expect(applyTo(device, action)).toBe(applyToModel(model, action));
          const expected = Array.from(
            { length: CONTEXTS },
            (_, at) => model.candidates(at).length > 0,
          );
          expect(levels()).toEqual(expected);
        }
        for (let word = 0; word < 3; word++) {
          const bits = [...model.pending]
            .filter((id) => id >> 5 === word)
            .reduce((sum, id) => sum + 2 ** (id % 32), 0);
          expect(device.read(pendingWord(word), 4)).toBe(bits);
        }
      }),
      campaign(300),
    );
  });

  it('a restored copy answers as the original does', () => {
    const steps = fc.array(step, { maxLength: 40 });
    fc.assert(
      fc.property(steps, steps, (before, after) => {
        const original = fresh();
        for (const action of before) applyTo(original.device, action);
        const copy = fresh();
        copy.device.restoreState(original.device.saveState());
        for (const action of after) {
          expect(applyTo(copy.device, action)).toBe(applyTo(original.device, action));
        }
        expect(copy.device.saveState()).toEqual(original.device.saveState());
      }),
      campaign(150),
    );
  });
});
