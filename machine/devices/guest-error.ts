/**
 * What a guest does wrong with a device: an offset where no register is, a write to a read-only
 * register, a value that means nothing. The machine goes on, as hardware would; the error is
 * reported under the device's name, so that a hole in the map is never silent.
 */

export interface GuestError {
  /** The device's name, as its declaration has it. */
  readonly device: string;
  readonly access: 'read' | 'write';
  /** Byte offset from the device's base address. */
  readonly offset: number;
  /** Width of the access in bytes. */
  readonly width: number;
  /** What was written; absent for a read. */
  readonly value?: number;
  /** What is wrong, as the end of a sentence. */
  readonly problem: string;
}

/** Where a device reports. Must not touch the machine: it is called in the middle of an instruction. */
export type GuestErrorHook = (error: GuestError) => void;

/** One line for people: `uart16550: write of 0x1 (1 byte) at 0x9: no such register`. */
export function formatGuestError(error: GuestError): string {
  const value = error.value === undefined ? '' : ` of 0x${error.value.toString(16)}`;
  const bytes = error.width === 1 ? '1 byte' : `${error.width} bytes`;
  const place = `at 0x${error.offset.toString(16)}`;
  return `${error.device}: ${error.access}${value} (${bytes}) ${place}: ${error.problem}`;
}

/** Remembers how many errors there were and the first few, in bounded memory. */
export class GuestErrorLog {
  static readonly KEPT = 16;

  private readonly kept: GuestError[] = [];
  private seen = 0;

  /** Errors reported since construction. */
  get count(): number {
    return this.seen;
  }

  /** The first errors reported, at most `KEPT`. */
  get first(): readonly GuestError[] {
    return this.kept;
  }

  readonly report: GuestErrorHook = (error) => {
    this.seen++;
    if (this.kept.length < GuestErrorLog.KEPT) this.kept.push(error);
  };
}
