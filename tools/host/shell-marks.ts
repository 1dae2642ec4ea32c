/**
 * Finds the shell's marks in what the guest prints. They are the "semantic prompt" sequences that
 * terminals know as OSC 133 (https://gitlab.freedesktop.org/Per_Bothner/specifications, proposals/
 * semantic-prompts.md): `ESC ] 133 ; B BEL` when the shell is ready for a line, and
 * `ESC ] 133 ; D ; STATUS BEL` when a command has ended. Everything else is text.
 */

const ESC = 0x1b;
const BEL = 0x07;
const PREFIX = [...new TextEncoder().encode('\x1b]133;')];
/** Longest body between the prefix and BEL that is still taken for a mark: `D;-2147483648`. */
const MAX_BODY_BYTES = 13;

export type ShellMark =
  { readonly kind: 'ready' } | { readonly kind: 'done'; readonly status: number };

export interface ShellMarkSink {
  /** Called with each byte that belongs to no mark, in order; late by at most one mark's length. */
  text(byte: number): void;
  /** Called at the last byte of a mark. */
  mark(mark: ShellMark): void;
}

export class ShellMarkScanner {
  /** Bytes that may turn out to be a mark. */
  private pending: number[] = [];

  constructor(private readonly sink: ShellMarkSink) {}

  push(byte: number): void {
    const position = this.pending.length;
    if (position < PREFIX.length) {
      if (byte === PREFIX[position]) this.pending.push(byte);
      else this.reject(byte);
      return;
    }
    if (byte === BEL) {
      this.end();
    } else if (byte < 0x20 || position - PREFIX.length >= MAX_BODY_BYTES) {
      this.reject(byte);
    } else {
      this.pending.push(byte);
    }
  }

  /** Hands over what was held back, when no more bytes will come. */
  flush(): void {
    const held = this.pending;
    this.pending = [];
    for (const byte of held) this.sink.text(byte);
  }

  /** What was held back is text after all; `byte` may begin a new mark. */
  private reject(byte: number): void {
    this.flush();
    if (byte === ESC) this.pending.push(byte);
    else this.sink.text(byte);
  }

  private end(): void {
    const body = String.fromCharCode(...this.pending.slice(PREFIX.length));
    const mark = parseMark(body);
    if (mark === undefined) {
      this.reject(BEL);
      return;
    }
    this.pending = [];
    this.sink.mark(mark);
  }
}

function parseMark(body: string): ShellMark | undefined {
  if (body === 'B') return { kind: 'ready' };
  const done = /^D;(-?\d+)$/.exec(body);
  return done === null ? undefined : { kind: 'done', status: Number(done[1]) };
}
