/**
 * The person's end of the machine's serial line: standard input and output, a terminal or not. A
 * terminal is in raw mode while the machine has it, and gets its old mode back however the process
 * ends: normally, by an exception, by a signal, by the guest's power-off.
 */
import { EscapeKeys, ESCAPE_HELP } from './escape-keys.ts';
import type { WakeSource } from './wake-source.ts';

/** The parts of `process.stdin` that are used; a test gives a stream of its own. */
export type TerminalInput = NodeJS.ReadableStream & {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
  unref?(): unknown;
};

export type TerminalOutput = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** Signals that ask the process to end, and their numbers for the exit code. */
const ENDING_SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
/** A shell shows a process that died of signal n with this + n. */
const SIGNAL_EXIT_BASE = 128;

const LINE_FEED = 0x0a;

/** Chunks of input that are kept; a pipe then has to wait, and what a person types is lost. */
const MOST_ARRIVED = 256;

export class HostTerminal {
  /** True when input comes from a person at a terminal, so that keys and not a file's bytes come. */
  readonly isInteractive: boolean;
  private readonly escapeKeys: EscapeKeys;
  private readonly arrived: Uint8Array[] = [];
  private readonly arrivedAtConsole: Uint8Array[] = [];
  private output: number[] = [];
  private lastByte = LINE_FEED;
  private drained: Promise<void> | undefined;
  private ended: boolean;
  private leaving = false;
  private isHeldBack = false;
  private gone = false;
  private signalled: keyof typeof ENDING_SIGNALS | undefined;

  private readonly onData = (chunk: Buffer): void => this.takeInput(chunk);
  private readonly onEnd = (): void => {
    this.ended = true;
    this.wake.wake();
  };
  private readonly onOutputError = (): void => {
    // The reader of our output has gone (`vitrine boot | head`): nobody is left to run for.
    this.gone = true;
    this.wake.wake();
  };
  private readonly restoreMode = (): void => {
    if (this.isInteractive) this.stdin.setRawMode?.(false);
  };
  private readonly resumeRawMode = (): void => {
    if (this.isInteractive) this.stdin.setRawMode?.(true);
  };
  private readonly signalHandlers = new Map<keyof typeof ENDING_SIGNALS, () => void>();

  /**
   * @param takesInput false: standard input is left alone, and Ctrl-C is the signal that it is to
   *   other programs
   * @param hasConsole the virtio console is at this terminal too
   * @param commit what Ctrl-A s does; returns what to tell the person
   */
  constructor(
    private readonly stdin: TerminalInput,
    private readonly stdout: TerminalOutput,
    private readonly wake: WakeSource,
    private readonly takesInput = true,
    hasConsole = false,
    private readonly commit: () => readonly string[] = () => [],
  ) {
    this.escapeKeys = new EscapeKeys(hasConsole);
    this.isInteractive = takesInput && stdin.isTTY === true && stdin.setRawMode !== undefined;
    this.ended = !takesInput;
  }

  /** Takes the terminal. Whoever opens it calls `close` in a `finally`. */
  open(): void {
    process.on('exit', this.restoreMode);
    process.on('SIGCONT', this.resumeRawMode);
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
      const handler = (): void => {
        this.signalled = signal;
        this.wake.wake();
      };
      this.signalHandlers.set(signal, handler);
      process.on(signal, handler);
    }
    this.resumeRawMode();
    this.stdout.on('error', this.onOutputError);
    if (!this.takesInput) return;
    this.stdin.on('data', this.onData);
    this.stdin.on('end', this.onEnd);
    this.stdin.on('error', this.onEnd);
    this.stdin.resume();
  }

  /** Writes what is left, gives the terminal back, and lets the process end. */
  async close(): Promise<void> {
    await this.flush();
    if (this.takesInput) {
      this.stdin.pause();
      this.stdin.unref?.();
      this.stdin.removeListener('data', this.onData);
      this.stdin.removeListener('end', this.onEnd);
      this.stdin.removeListener('error', this.onEnd);
    }
    this.restoreMode();
    process.removeListener('exit', this.restoreMode);
    process.removeListener('SIGCONT', this.resumeRawMode);
    for (const [signal, handler] of this.signalHandlers) process.removeListener(signal, handler);
    this.signalHandlers.clear();
  }

  /** What has been typed or piped in since the last call. */
  takeArrived(): Uint8Array | undefined {
    const chunk = this.arrived.shift();
    if (this.isHeldBack && this.arrived.length < MOST_ARRIVED) {
      this.isHeldBack = false;
      this.stdin.resume();
    }
    return chunk;
  }

  get hasArrived(): boolean {
    return this.arrived.length > 0;
  }

  /** What has been typed for the virtio console since the last call. */
  takeArrivedAtConsole(): Uint8Array | undefined {
    return this.arrivedAtConsole.shift();
  }

  get hasArrivedAtConsole(): boolean {
    return this.arrivedAtConsole.length > 0;
  }

  /** No more input will come. */
  get inputEnded(): boolean {
    return this.ended;
  }

  /** The person has typed Ctrl-A x, or nobody reads our output any more. */
  get wantsToLeave(): boolean {
    return this.leaving || this.gone;
  }

  /** The exit code for the signal that asked this process to end, if one did. */
  get signalExitCode(): number | undefined {
    return this.signalled === undefined
      ? undefined
      : SIGNAL_EXIT_BASE + ENDING_SIGNALS[this.signalled];
  }

  /** Collects a byte that the guest has sent; `flush` writes what has been collected. */
  put(byte: number): void {
    this.output.push(byte);
  }

  /** Writes what the guest has sent; waits while whoever reads it is slower than the guest. */
  async flush(): Promise<void> {
    if (this.output.length > 0 && !this.gone) {
      const bytes = Uint8Array.from(this.output);
      this.output = [];
      this.lastByte = bytes[bytes.length - 1];
      if (!this.stdout.write(bytes)) {
        this.drained = new Promise((resolve) => {
          this.stdout.once('drain', resolve);
          this.stdout.once('error', () => resolve());
        });
      }
    }
    if (this.drained !== undefined) {
      await this.drained;
      this.drained = undefined;
    }
  }

  /** Whether the guest has left the cursor within a line. */
  get isWithinLine(): boolean {
    return this.lastByte !== LINE_FEED;
  }

  private tell(lines: readonly string[]): void {
    this.stdout.write(`\r\n${lines.join('\r\n')}\r\n`);
  }

  private takeInput(chunk: Buffer): void {
    if (this.isInteractive) {
      const { bytes, consoleBytes, leave, help, commit } = this.escapeKeys.filter(chunk);
      keep(this.arrived, bytes);
      keep(this.arrivedAtConsole, consoleBytes);
      if (help) this.tell(ESCAPE_HELP);
      if (commit) this.tell(this.commit());
      if (leave) this.leaving = true;
    } else {
      this.arrived.push(new Uint8Array(chunk));
      this.isHeldBack = this.arrived.length >= MOST_ARRIVED;
      if (this.isHeldBack) this.stdin.pause();
    }
    this.wake.wake();
  }
}

/** Keeps what was typed, if anything, and if there is room. */
function keep(arrived: Uint8Array[], bytes: Uint8Array): void {
  if (bytes.length > 0 && arrived.length < MOST_ARRIVED) arrived.push(bytes);
}
