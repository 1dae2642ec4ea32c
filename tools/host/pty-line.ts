/**
 * A serial line that ends in a pseudoterminal, which `screen` or `minicom` open like the device of a
 * serial port. Node has no way to make one; the native part of the optional package node-pty has.
 */
import { writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { InputError } from './command-error.ts';
import { errorCode } from './file-lock.ts';
import type { SerialLine } from './serial-line.ts';
import type { WakeSource } from './wake-source.ts';

const COLUMNS = 80;
const ROWS = 24;
/** What nobody has read yet is kept up to this, in bytes; the rest is lost. */
const MOST_KEPT = 0x1_0000;
/** What comes faster than the guest takes it stays in the system beyond this, in chunks. */
const MOST_ARRIVED = 64;

/** A pseudoterminal as node-pty opens it: two descriptors, and the device to open. */
interface Pseudoterminal {
  readonly master: number;
  readonly slave: number;
  readonly pty: string;
}

class PtyLine implements SerialLine {
  readonly inputEnded = false;
  readonly place: string;
  private readonly master: ReadStream;
  private readonly slave: ReadStream;
  private readonly arrived: Uint8Array[] = [];
  private output: number[] = [];

  constructor(
    private readonly terminal: Pseudoterminal,
    wake: WakeSource,
  ) {
    this.place = terminal.pty;
    // Held open, so that the device stays when whoever has opened it goes. Raw, so that it does not
    // send the guest's output back as input.
    this.slave = new ReadStream(terminal.slave);
    this.slave.setRawMode(true);
    this.slave.pause();
    this.master = new ReadStream(terminal.master);
    this.master.on('error', () => undefined);
    this.master.on('data', (chunk: Buffer) => {
      this.arrived.push(new Uint8Array(chunk));
      if (this.arrived.length >= MOST_ARRIVED) this.master.pause();
      wake.wake();
    });
  }

  takeArrived(): Uint8Array | undefined {
    const chunk = this.arrived.shift();
    if (this.arrived.length === 0) this.master.resume();
    return chunk;
  }

  get hasArrived(): boolean {
    return this.arrived.length > 0;
  }

  put(byte: number): void {
    if (this.output.length < MOST_KEPT) this.output.push(byte);
  }

  flush(): void {
    if (this.output.length === 0) return;
    try {
      const written = writeSync(this.terminal.master, Uint8Array.from(this.output));
      this.output.splice(0, written);
    } catch (error) {
      // Nobody reads, and the system keeps no more; a later flush tries again.
      if (errorCode(error) !== 'EAGAIN') this.output = [];
    }
  }

  close(): void {
    this.flush();
    this.master.destroy();
    this.slave.destroy();
  }
}

/** @throws InputError if this platform has no pseudoterminals, or node-pty is not installed */
export async function openPtyLine(wake: WakeSource): Promise<SerialLine> {
  return new PtyLine(await openPseudoterminal(), wake);
}

async function openPseudoterminal(): Promise<Pseudoterminal> {
  const remedy = 'use --serial socket:PATH';
  if (process.platform === 'win32') {
    throw new InputError(`--serial pty: Windows has no pseudoterminal devices; ${remedy}`);
  }
  let opened: unknown;
  try {
    const pty: unknown = await import('node-pty');
    opened = openNative(pty);
  } catch (error) {
    const reason = errorCode(error) ?? (error instanceof Error ? error.message : String(error));
    const [line] = reason.split('\n');
    throw new InputError(`--serial pty needs the package node-pty (${line}); ${remedy}`, {
      cause: error,
    });
  }
  if (isPseudoterminal(opened)) return opened;
  throw new InputError(`--serial pty: this node-pty cannot open one; ${remedy}`);
}

/** What node-pty's native part returns; its types do not mention it. */
function openNative(pty: unknown): unknown {
  const native = property(pty, 'native') ?? property(property(pty, 'default'), 'native');
  const open = property(native, 'open');
  return typeof open === 'function' ? Reflect.apply(open, native, [COLUMNS, ROWS]) : undefined;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function isPseudoterminal(value: unknown): value is Pseudoterminal {
  return (
    typeof property(value, 'master') === 'number' &&
    typeof property(value, 'slave') === 'number' &&
    typeof property(value, 'pty') === 'string'
  );
}
