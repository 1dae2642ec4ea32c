/** A console that nobody sits at: keeps what is printed, and never has anything to say. */
import type { HostClock } from '../host/host-clock.ts';
import type { Console } from '../host/run-loop.ts';
import type { Slices } from '../host/slice-length.ts';

export class CapturedConsole implements Console {
  readonly hasArrived = false;
  readonly inputEnded = true;
  readonly isInteractive = false;
  readonly wantsToLeave = false;
  readonly signalExitCode = undefined;
  private readonly bytes: number[] = [];

  /** What was printed, with `\n` line ends. */
  get text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.bytes)).replaceAll('\r', '');
  }

  takeArrived(): undefined {
    return undefined;
  }

  put(byte: number): void {
    this.bytes.push(byte);
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}

/** The wall clock has no part in what is measured. */
export const NO_CLOCK: HostClock = {
  now: () => 0,
  sleep: () => Promise.resolve(),
};

const SLICE_CYCLES = 10_000_000;

/** Slices that are as long on every host. */
export const EQUAL_SLICES: Slices = { cycles: SLICE_CYCLES, learn: () => undefined };
