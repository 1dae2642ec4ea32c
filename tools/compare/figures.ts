/** From samples to figures: one median for each measurement, without what measuring itself cost. */
import { Measurement } from '../../userland/abi/measurement.enums.ts';
import { RunError } from '../host/command-error.ts';
import type { Sample } from './sample.ts';
import { SUBJECTS, type Subject } from './subjects.ts';

export interface Figure {
  readonly subject: Subject;
  readonly rounds: number;
  /** The round with the median of the instructions, without the overhead. */
  readonly median: Sample;
  /** Fewest and most instructions of all rounds, without the overhead. */
  readonly fewest: number;
  readonly most: number;
}

export interface Figures {
  /** Instructions from one mark to the next with nothing between them. */
  readonly overhead: number;
  readonly figures: readonly Figure[];
}

/**
 * @throws RunError if measuring did not cost the same each time, if a measurement is missing, or if
 *   the kernel and the machine have counted differently
 */
export function toFigures(
  kernel: string,
  samples: ReadonlyMap<number, readonly Sample[]>,
): Figures {
  const overhead = overheadOf(kernel, samples.get(Measurement.Overhead) ?? []);
  const figures = SUBJECTS.map((subject): Figure => {
    const rounds = samples.get(subject.measurement) ?? [];
    if (rounds.length === 0) throw new RunError(`${kernel}: bench did not measure ${subject.name}`);
    for (const round of rounds) checkCounts(kernel, subject.name, round);
    const net = rounds
      .map((round) => withoutOverhead(round, overhead))
      .sort((left, right) => left.instructions - right.instructions);
    return {
      subject,
      rounds: net.length,
      median: net[Math.floor(net.length / 2)],
      fewest: net[0].instructions,
      most: net[net.length - 1].instructions,
    };
  });
  return { overhead, figures };
}

function overheadOf(kernel: string, rounds: readonly Sample[]): number {
  const undisturbed = rounds.filter(({ interrupts }) => interrupts === 0);
  const costs = new Set(undisturbed.map(({ instructions }) => instructions));
  const [cost] = costs;
  if (costs.size !== 1) {
    throw new RunError(`${kernel}: measuring itself costs ${[...costs].join(', ')} instructions`);
  }
  return cost;
}

/** The marks are the program's own instructions: nothing but instructions and cycles is theirs. */
function withoutOverhead(sample: Sample, overhead: number): Sample {
  return {
    ...sample,
    instructions: sample.instructions - overhead,
    cycles: sample.cycles - overhead,
  };
}

function checkCounts(kernel: string, subject: string, sample: Sample): void {
  const { addressSpaceSwitches, kernelAddressSpaceSwitches } = sample;
  if (addressSpaceSwitches === kernelAddressSpaceSwitches) return;
  throw new RunError(
    `${kernel}: ${subject}: the machine saw ${addressSpaceSwitches} writes of satp, ` +
      `the kernel counted ${kernelAddressSpaceSwitches}`,
  );
}
