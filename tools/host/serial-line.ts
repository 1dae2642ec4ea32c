/**
 * Where a serial line, or a virtio console, ends on the host when it is not this terminal: what
 * `--serial` and `--device console,to=…` say.
 */
import { FileLine } from './file-line.ts';
import { InputError } from './command-error.ts';
import { openPtyLine } from './pty-line.ts';
import { openSocketLine } from './socket-line.ts';
import type { WakeSource } from './wake-source.ts';

/** A line that is open. */
export interface SerialLine {
  /** Where a person finds it, as the end of a sentence. */
  readonly place: string;
  /** What has come in since the last call. */
  takeArrived(): Uint8Array | undefined;
  readonly hasArrived: boolean;
  /** No input will come, ever. */
  readonly inputEnded: boolean;
  /** Takes a byte that the guest has sent. */
  put(byte: number): void;
  /** Hands on what has been taken, as far as somebody takes it. */
  flush(): void;
  close(): void;
}

export type SerialChoice =
  | { readonly kind: 'stdio' }
  | { readonly kind: 'none' }
  | { readonly kind: 'pty' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'socket'; readonly path: string };

/** @throws InputError naming the option and what is wrong with it */
export function parseSerialChoice(text: string, option = '--serial'): SerialChoice {
  const separator = text.indexOf(':');
  const kind = separator < 0 ? text : text.slice(0, separator);
  const path = separator < 0 ? '' : text.slice(separator + 1);
  switch (kind) {
    case 'stdio':
    case 'none':
    case 'pty':
      if (separator < 0) return { kind };
      break;
    case 'file':
    case 'socket':
      if (path !== '') return { kind, path };
      break;
  }
  throw new InputError(`${option} ${text}: it is stdio, none, pty, file:PATH or socket:PATH`);
}

/** A line that goes nowhere. */
class NoLine implements SerialLine {
  readonly place = 'nowhere';
  readonly hasArrived = false;
  readonly inputEnded = true;
  takeArrived(): undefined {
    return undefined;
  }
  put(): void {
    // Nobody listens.
  }
  flush(): void {
    // Nothing was kept.
  }
  close(): void {
    // Nothing is open.
  }
}

/**
 * Opens a line.
 * @param wake told when something has come in
 * @throws InputError if that is not possible here
 */
export async function openSerialLine(
  choice: Exclude<SerialChoice, { kind: 'stdio' }>,
  wake: WakeSource,
): Promise<SerialLine> {
  switch (choice.kind) {
    case 'none':
      return new NoLine();
    case 'pty':
      return openPtyLine(wake);
    case 'file':
      return new FileLine(choice.path);
    case 'socket':
      return openSocketLine(choice.path, wake);
  }
}
