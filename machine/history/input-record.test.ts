import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INPUT_KINDS, type Input } from './input.ts';
import {
  formatEnd,
  formatHeader,
  formatInput,
  parseRecord,
  RecordError,
  type InputRecord,
  type RecordHeader,
} from './input-record.ts';
import { Phase } from './instant.ts';

const HEADER: RecordHeader = {
  machine: { memory: 1 << 20, append: null },
  startTime: 1_700_000_000_000_000_000n,
  net: { mac: [0x52, 0x54, 0, 0x12, 0x34, 0x56], slot: 3 },
  files: [{ role: 'kernel', name: 'micro.elf', sha256: '00'.repeat(32) }],
};
const ONE_BYTE: Input = { kind: 'serial', bytes: Uint8Array.of(1) };
const count = fc.maxSafeNat();
const moment = fc.record({
  resets: fc.nat(),
  at: fc.record({
    start: count,
    hart: fc.nat({ max: 7 }),
    local: count,
    phase: fc.constantFrom(Phase.Before, Phase.Settled, Phase.Begun),
  }),
});
const input = fc.record({ kind: fc.constantFrom(...INPUT_KINDS), bytes: fc.uint8Array() });

function write({ header, inputs, end }: InputRecord): string {
  const ending = end === undefined ? '' : formatEnd(end);
  return formatHeader(header) + inputs.map(formatInput).join('') + ending;
}

describe('a record', () => {
  it('is read as it was written', () => {
    const inputs = fc.array(fc.tuple(moment, input).map(([at, each]) => ({ ...at, input: each })));
    fc.assert(
      fc.property(inputs, fc.option(moment, { nil: undefined }), (all, end) => {
        const record = { header: HEADER, inputs: all, end };
        expect(parseRecord(write(record))).toEqual(record);
      }),
      { seed: 1 },
    );
  });

  it('that was cut off holds up to its last whole line', () => {
    const at = { start: 5, hart: 0, local: 5, phase: Phase.Settled };
    const one = { resets: 0, at, input: ONE_BYTE };
    const text = write({ header: HEADER, inputs: [one, one], end: undefined });
    const { inputs, end } = parseRecord(text.slice(0, -3));
    expect([inputs.length, end]).toEqual([1, undefined]);
  });

  it('that is damaged is refused by line and what is wrong, or means something', () => {
    const at = { start: 5, hart: 0, local: 5, phase: Phase.Settled };
    const one = { resets: 0, at, input: ONE_BYTE };
    const text = write({ header: HEADER, inputs: [one], end: { resets: 0, at } });
    fc.assert(
      fc.property(fc.nat({ max: text.length - 1 }), fc.string({ maxLength: 2 }), (place, other) => {
        const damaged = text.slice(0, place) + other + text.slice(place + 1);
        try {
          expect(parseRecord(damaged).header.files.length).toBeLessThanOrEqual(1);
        } catch (error) {
          expect(error).toBeInstanceOf(RecordError);
        }
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it.each([
    ['{"format": "other"}\n', 'it is no record of a run'],
    ['', 'it is no JSON object'],
    ['{"format": "vitrine-record", "version": 9}\n', 'it has version 9, and this program knows 1'],
  ])('%j is none', (text, problem) => {
    expect(() => parseRecord(text)).toThrow(problem);
  });
});
