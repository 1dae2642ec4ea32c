/** What the guest has printed, and what is typed to it. */
import { ShellMarkScanner } from '../host/shell-marks.ts';
import { visibleText } from './visible-text.ts';

/** The latest text is kept for `wait`; older text is of no use to it. */
const KEPT_CHARACTERS = 1 << 16;
const CARRIAGE_RETURN = 0x0d;

export class GuestConsole {
  private decoder = new TextDecoder();
  private readonly scanner: ShellMarkScanner;
  private recent = '';
  private awaited: { readonly text: string; readonly onFound: () => void } | undefined;
  private printed: number[] = [];
  private readonly listeners: ((byte: number) => void)[] = [];

  constructor() {
    this.scanner = new ShellMarkScanner({
      text: (byte) => this.takeText(byte),
      mark: () => undefined,
    });
  }

  /** The guest has sent a byte; called in the middle of an instruction. */
  transmit(byte: number): void {
    for (const listener of this.listeners) listener(byte);
    this.scanner.push(byte);
  }

  /** Tells of every byte, those of the shell's marks included. */
  listen(listener: (byte: number) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Calls `onFound` when the guest has printed a text since the last one that was awaited.
   * @returns stops waiting for it
   */
  await(text: string, onFound: () => void): () => void {
    this.awaited = { text, onFound };
    this.lookForAwaited();
    return () => {
      this.awaited = undefined;
    };
  }

  /** The lines printed since the last call; an unfinished one is the last. */
  takeLines(): string[] {
    const bytes = Uint8Array.from(this.printed.filter((byte) => byte !== CARRIAGE_RETURN));
    this.printed = [];
    const text = new TextDecoder().decode(bytes);
    const lines = text.split('\n').map(visibleText);
    if (lines.at(-1) === '') lines.pop();
    return lines;
  }

  private takeText(byte: number): void {
    this.printed.push(byte);
    this.recent += this.decoder.decode(Uint8Array.of(byte), { stream: true });
    if (this.recent.length > 2 * KEPT_CHARACTERS) this.recent = this.recent.slice(-KEPT_CHARACTERS);
    this.lookForAwaited();
  }

  private lookForAwaited(): void {
    if (this.awaited === undefined) return;
    const { text, onFound } = this.awaited;
    const found = this.recent.indexOf(text);
    if (found < 0) return;
    this.recent = this.recent.slice(found + text.length);
    this.awaited = undefined;
    onFound();
  }
}
