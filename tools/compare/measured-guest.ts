/** A guest that is stopped at the marks of the program `bench`, to look at the counters there. */
import type { Guest, SliceEnd } from '../host/run-loop.ts';
import { RunError } from '../host/command-error.ts';
import type { VirtGuest } from '../host/virt-guest.ts';
import type { ElfFile } from '../elf/read-elf.ts';
import type { ImageLayouts } from '../debugger/layouts.ts';
import { KernelCounters } from './kernel-counters.ts';
import { Marks, type Mark } from './marks.ts';
import { difference, takeSample, type Sample } from './sample.ts';

/** Told of every mark as soon as it has been passed. */
export type MarkListener = (mark: Mark, guest: VirtGuest) => void;

export interface MeasuredGuestOptions {
  /** The program `bench`. */
  readonly program: ElfFile;
  /** The kernel's. */
  readonly layouts: ImageLayouts;
  /** Where samples go, by measurement, in the order of the rounds. */
  readonly samples: Map<number, Sample[]>;
  readonly listener: MarkListener | undefined;
}

export class MeasuredGuest implements Guest {
  private readonly marks: Marks;
  private readonly counters: KernelCounters;
  private open: { readonly measurement: number; readonly sample: Sample } | undefined;

  /** @throws RangeError if the program has no marks or the kernel counts nothing */
  constructor(
    private readonly guest: VirtGuest,
    private readonly options: MeasuredGuestOptions,
  ) {
    this.marks = new Marks(guest.machine, options.program);
    this.counters = new KernelCounters(guest.machine, options.layouts);
  }

  get cycle(): number {
    return this.guest.cycle;
  }

  run(end: number): SliceEnd {
    const result = this.guest.run(end);
    if (result.kind === 'slice' && this.marks.isAtBreakpoint) {
      const mark = this.marks.at();
      if (this.marks.pass() && mark !== undefined) this.note(mark);
    }
    return result;
  }

  advanceTo(cycle: number): void {
    this.guest.advanceTo(cycle);
  }

  requestStop(): void {
    this.guest.requestStop();
  }

  get typedAhead(): number {
    return this.guest.typedAhead;
  }

  type(bytes: Uint8Array): void {
    this.guest.type(bytes);
  }

  reset(): void {
    this.guest.reset();
  }

  private note(mark: Mark): void {
    const { edge, measurement } = mark;
    const { samples, listener } = this.options;
    const sample = takeSample(this.guest.machine, this.counters);
    if (edge === 'begin') {
      this.open = { measurement, sample };
    } else {
      if (this.open?.measurement !== measurement) {
        throw new RunError(`bench ended measurement ${measurement}, which it had not begun`);
      }
      const list = samples.get(measurement) ?? [];
      list.push(difference(this.open.sample, sample));
      samples.set(measurement, list);
      this.open = undefined;
    }
    listener?.(mark, this.guest);
  }
}
