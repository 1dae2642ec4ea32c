/**
 * Runs a guest in slices of a few milliseconds, and serves the outside world between them: what has
 * been typed goes in, what was printed goes out, and at `wfi` time passes as the pace says.
 */
import { ExecScript } from './exec-script.ts';
import type { HostClock } from './host-clock.ts';
import type { Pacer } from './pace.ts';
import { ShellMarkScanner } from './shell-marks.ts';
import type { Slices } from './slice-length.ts';
import type { WakeSource } from './wake-source.ts';

/** Why a guest's slice has ended. */
export type SliceEnd =
  /** The slice's cycles are over, or the guest was asked to stop. */
  | { readonly kind: 'slice' }
  /** Every hart waits; the next event is due at `due` (Infinity: there is none). */
  | { readonly kind: 'idle'; readonly due: number }
  | { readonly kind: 'power-off'; readonly code: number }
  | { readonly kind: 'reset' }
  /** It does nothing but trap; `report` says where, in one line. */
  | { readonly kind: 'runaway'; readonly report: string };

/** The machine as the run loop sees it. */
export interface Guest {
  /** Cycles since reset. */
  readonly cycle: number;
  /** Runs up to the cycle `end` at most. */
  run(end: number): SliceEnd;
  /** Lets the time up to `cycle`, which is not behind the next event, pass while the guest waits. */
  advanceTo(cycle: number): void;
  /** Ends the running slice after the current instruction; called from within `run`. */
  requestStop(): void;
  /** Bytes for the serial line that it has not taken yet. */
  readonly typedAhead: number;
  /** Bytes for the serial line. */
  type(bytes: Uint8Array): void;
  /** Back to the state before the first instruction, with everything loaded anew. */
  reset(): void;
}

/** The person's end of the serial line. */
export interface Console {
  takeArrived(): Uint8Array | undefined;
  readonly hasArrived: boolean;
  /** No more input will come. */
  readonly inputEnded: boolean;
  /** Input comes from a person at a terminal. */
  readonly isInteractive: boolean;
  readonly wantsToLeave: boolean;
  readonly signalExitCode: number | undefined;
  put(byte: number): void;
  flush(): Promise<void>;
}

/** Another way into the machine than its serial line: a network card, a second console. */
export interface Inlet {
  /** Something waits to be delivered. */
  readonly hasArrived: boolean;
  /** Something may still come. */
  readonly isOpen: boolean;
  /** Hands what has arrived to the machine, and what it has sent to the host. */
  serve(): void;
}

export type RunOutcome =
  | { readonly kind: 'power-off'; readonly code: number }
  | { readonly kind: 'runaway'; readonly report: string }
  /** The guest waits for something that will never come: no event is due and input has ended. */
  | { readonly kind: 'starved' }
  | { readonly kind: 'out-of-cycles' }
  /** Ctrl-A x. */
  | { readonly kind: 'left' }
  | { readonly kind: 'signal'; readonly exitCode: number };

export interface RunOptions {
  readonly guest: Guest;
  readonly console: Console;
  readonly clock: HostClock;
  readonly pacer: Pacer;
  readonly slices: Slices;
  readonly wake: WakeSource;
  /** Other ways in; none if absent. */
  readonly inlets?: readonly Inlet[];
  /** `--exec`: types its lines; no other input goes in. */
  readonly script: ExecScript | undefined;
  /** Whether the shell's marks go to the console with the text, as a terminal understands them. */
  readonly passMarks: boolean;
  /** Cycles after which the run ends, resets or not. */
  readonly maxCycles: number;
}

/**
 * Input from a pipe is there before the guest is: it is held back until the guest has first waited,
 * or for 100 ms of its time, so that no byte arrives at a UART that start-up code is going to reset.
 */
const HOLD_CYCLES = 100_000_000;
/** Input waits outside while the guest has so many bytes to take, so that no flood fills memory. */
export const MOST_TYPED_AHEAD = 0x1_0000;
/** The terminal gets the thread at least this often, also while a guest waits at its own pace. */
const TURN_MS = 8;

export class RunLoop {
  private readonly scanner: ShellMarkScanner;
  /** What the script types when the slice has ended. */
  private line: Uint8Array | undefined;
  private hasWaited = false;
  /** Cycles before the last reset, from which the guest counts anew. */
  private earlierCycles = 0;
  private lastTurn: number;

  constructor(private readonly options: RunOptions) {
    const { guest, console, script } = options;
    this.lastTurn = options.clock.now();
    this.scanner = new ShellMarkScanner({
      text: (byte) => console.put(byte),
      mark: (mark) => {
        this.line = script?.handle(mark);
        if (this.line !== undefined) guest.requestStop();
      },
    });
  }

  /** The guest has sent a byte. Called in the middle of an instruction. */
  transmit(byte: number): void {
    if (this.options.passMarks) this.options.console.put(byte);
    else this.scanner.push(byte);
  }

  /** Runs the guest until it, or the person, has ended the run. */
  async run(): Promise<RunOutcome> {
    const { console, script } = this.options;
    try {
      for (;;) {
        const outcome = (await this.serveOutside()) ?? (await this.runSlice());
        if (outcome?.kind === 'power-off') script?.handlePowerOff();
        if (outcome !== undefined) return outcome;
      }
    } finally {
      this.scanner.flush();
      for (const inlet of this.inlets) inlet.serve();
      await console.flush();
    }
  }

  /** Between two slices: output, input, and whether to go on. */
  private async serveOutside(): Promise<RunOutcome | undefined> {
    const { console, clock, guest } = this.options;
    await console.flush();
    if (clock.now() - this.lastTurn >= TURN_MS) {
      await new Promise((resolve) => setImmediate(resolve));
      this.lastTurn = clock.now();
    }
    if (console.signalExitCode !== undefined) {
      return { kind: 'signal', exitCode: console.signalExitCode };
    }
    if (console.wantsToLeave) return { kind: 'left' };
    if (guest.cycle >= this.lastCycle) return { kind: 'out-of-cycles' };
    this.typeArrived();
    for (const inlet of this.inlets) inlet.serve();
    return undefined;
  }

  private get inlets(): readonly Inlet[] {
    return this.options.inlets ?? [];
  }

  /** The cycle, as the guest counts them, at which the run ends. */
  private get lastCycle(): number {
    return this.options.maxCycles - this.earlierCycles;
  }

  private typeArrived(): void {
    const { console, guest, script } = this.options;
    if (this.line !== undefined) guest.type(this.line);
    this.line = undefined;
    if (script !== undefined) return;
    while (this.takesInput) {
      const bytes = console.takeArrived();
      if (bytes === undefined) return;
      guest.type(bytes);
    }
  }

  private get takesInput(): boolean {
    const { console, guest } = this.options;
    const isTime = console.isInteractive || this.hasWaited || guest.cycle >= HOLD_CYCLES;
    return isTime && guest.typedAhead < MOST_TYPED_AHEAD;
  }

  private async runSlice(): Promise<RunOutcome | undefined> {
    const { guest, clock, pacer, slices, wake } = this.options;
    const cycle = guest.cycle;
    const started = clock.now();
    const end = guest.run(Math.min(cycle + slices.cycles, this.lastCycle));
    slices.learn(guest.cycle - cycle, clock.now() - started);
    switch (end.kind) {
      case 'slice':
        await pacer.throttle(guest.cycle, wake);
        return undefined;
      case 'idle':
        return this.wait(end.due);
      case 'reset':
        this.earlierCycles += guest.cycle;
        guest.reset();
        return undefined;
      case 'power-off':
      case 'runaway':
        return end;
    }
  }

  /** The guest waits: time passes until the next event or until there is something for it. */
  private async wait(due: number): Promise<RunOutcome | undefined> {
    const { guest, console, script, pacer, wake } = this.options;
    this.hasWaited = true;
    await console.flush();
    if (this.line !== undefined || (console.hasArrived && this.takesInput)) return undefined;
    if (this.inlets.some((inlet) => inlet.hasArrived)) return undefined;
    const nothingWillCome =
      (script !== undefined || console.inputEnded) && !this.inlets.some((inlet) => inlet.isOpen);
    if (due === Infinity && nothingWillCome) return { kind: 'starved' };
    const reached = await pacer.idle(guest.cycle, due, this.lastCycle, wake);
    guest.advanceTo(reached);
    return undefined;
  }
}
