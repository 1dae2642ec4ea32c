import { describe, expect, it } from 'vitest';
import { Measurement } from '../../userland/abi/measurement.enums.ts';
import { toFigures } from './figures.ts';
import { SUBJECTS } from './subjects.ts';
import type { Sample } from './sample.ts';

function sample(instructions: number, changes: Partial<Sample> = {}): Sample {
  return {
    cycles: instructions,
    instructions,
    modeSwitches: 0,
    addressSpaceSwitches: 0,
    systemCalls: 0,
    otherExceptions: 0,
    interrupts: 0,
    kernelAddressSpaceSwitches: 0,
    messages: 0,
    bytesCopied: 0,
    ...changes,
  };
}

/** Samples of everything: an overhead of 20 and rounds of 120, 320 and 220 instructions. */
function allSamples(): Map<number, Sample[]> {
  const samples = new Map<number, Sample[]>([[Measurement.Overhead, [sample(20), sample(20)]]]);
  for (const { measurement } of SUBJECTS) {
    samples.set(measurement, [sample(120), sample(320), sample(220)]);
  }
  return samples;
}

describe('figures', () => {
  it('are of the round in the middle, without what measuring costs', () => {
    const { overhead, figures } = toFigures('micro', allSamples());
    expect(overhead).toBe(20);
    expect(figures).toHaveLength(SUBJECTS.length);
    const [{ rounds, median, fewest, most }] = figures;
    expect([rounds, median.instructions, fewest, most]).toEqual([3, 200, 100, 300]);
  });

  it('pass over an interrupt in the measurement of the overhead', () => {
    const samples = allSamples();
    samples.set(Measurement.Overhead, [sample(20), sample(700, { interrupts: 1 })]);
    expect(toFigures('micro', samples).overhead).toBe(20);
  });

  it.each<[string, Measurement, Sample[], string]>([
    [
      'measuring costs more at one time than at another',
      Measurement.Overhead,
      [sample(20), sample(21)],
      'micro: measuring itself costs 20, 21 instructions',
    ],
    [
      'something was not measured',
      Measurement.Spawn,
      [],
      'micro: bench did not measure spawn and wait',
    ],
    [
      'the kernel and the machine disagree',
      Measurement.NullCall,
      [sample(100, { addressSpaceSwitches: 2, kernelAddressSpaceSwitches: 1 })],
      'micro: null system call: the machine saw 2 writes of satp, the kernel counted 1',
    ],
  ])('are refused if %s', (_, measurement, rounds, message) => {
    const samples = allSamples();
    samples.set(measurement, rounds);
    expect(() => toFigures('micro', samples)).toThrow(message);
  });
});
