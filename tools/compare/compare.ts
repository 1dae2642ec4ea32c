/** Compares kernels: the same programs, the same machine, counted from outside. */
import { RunError } from '../host/command-error.ts';
import type { ElfFile } from '../elf/read-elf.ts';
import type { ImageLayouts } from '../debugger/layouts.ts';
import { bootWithLines, type KernelUnderTest } from './boot.ts';
import { crashInCopy, OOPS_PANIC, type CrashOutcome } from './crash.ts';
import { toFigures, type Figures } from './figures.ts';
import { MeasuredGuest, type MarkListener } from './measured-guest.ts';
import type { Sample } from './sample.ts';

const PROGRAM = 'bench';
/** The kernel that has no services inside. */
const MICRO = 'micro';

export interface Comparand extends KernelUnderTest {
  readonly layouts: ImageLayouts;
  /** The program `bench`, which is the same for all. */
  readonly bench: ElfFile;
}

export interface KernelResult extends Figures {
  readonly name: string;
  /** Bytes of the kernel's code; the firmware is not counted. */
  readonly textBytes: number;
  readonly crash: CrashOutcome;
  /** The same where a fault in the kernel ends the system (OOPS_PANIC); no services inside: undefined. */
  readonly panic: CrashOutcome | undefined;
}

/** Measures one kernel. */
export async function measureKernel(comparand: Comparand): Promise<KernelResult> {
  const figures = await runBenchmark(comparand);
  return {
    name: comparand.name,
    textBytes: textBytes(comparand),
    ...figures,
    crash: await crashInCopy(comparand),
    panic: comparand.name === MICRO ? undefined : await crashInCopy(comparand, OOPS_PANIC),
  };
}

/**
 * Runs the benchmark.
 * @throws RunError if it fails, or what it gives makes no sense
 */
export async function runBenchmark(
  comparand: Comparand,
  listener?: MarkListener,
): Promise<Figures> {
  const { name, bench, layouts } = comparand;
  const samples = new Map<number, Sample[]>();
  const { reachedEnd, failure, text } = await bootWithLines(comparand, [PROGRAM], {
    around: (guest) => new MeasuredGuest(guest, { program: bench, layouts, samples, listener }),
  });
  if (!reachedEnd || failure !== undefined) {
    const said = text.trimEnd().split('\n').at(-1);
    throw new RunError(`${name}: ${failure ?? 'the benchmark did not end'}: ${said}`);
  }
  return toFigures(name, samples);
}

function textBytes({ name, kernel }: KernelUnderTest): number {
  const text = kernel.elf?.sections.find((section) => section.name === '.text');
  if (text === undefined) throw new RunError(`${name}: the kernel has no section .text`);
  return text.size;
}
