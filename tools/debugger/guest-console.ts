/** What the guest has printed, and what is typed to it. */
import { HostEndError, type HostEnd, type HostPicture } from '../../machine/devices/host-end.ts';
import { ShellMarkScanner } from '../host/shell-marks.ts';
import { visibleText } from './visible-text.ts';

/** The latest text is kept for `wait`; older text is of no use to it. */
const KEPT_CHARACTERS = 1 << 16;
const CARRIAGE_RETURN = 0x0d;

/** Bytes of a length in a picture of the console. */
const LENGTH_BYTES = 4;

/**
 * It goes back in time with the machine: a picture of it is how much the guest had sent. What the
 * guest sends once more on its way to where one goes is not printed again.
 */
export class GuestConsole implements HostEnd {
  readonly name = 'console';
  private decoder = new TextDecoder();
  private scanner = this.createScanner();
  private recent = '';
  private awaited: { readonly text: string; readonly onFound: () => void } | undefined;
  /** All that the guest has sent. */
  private readonly sent: number[] = [];
  /** The same without the shell's marks. */
  private readonly printed: number[] = [];
  /** What is sent now was sent before: the machine visits its past. */
  private isVisiting = false;
  /** So much of it `takeLines` has returned. */
  private taken = 0;
  private readonly listeners: ((byte: number) => void)[] = [];
  private readonly rewindListeners: ((sent: readonly number[]) => void)[] = [];

  private createScanner(): ShellMarkScanner {
    return new ShellMarkScanner({
      text: (byte) => this.takeText(byte),
      mark: () => undefined,
    });
  }

  /** The guest has sent a byte; called in the middle of an instruction. */
  transmit(byte: number): void {
    this.sent.push(byte);
    if (!this.isVisiting) for (const listener of this.listeners) listener(byte);
    this.scanner.push(byte);
  }

  /** Lets the machine visit its past and come back; what it sends on the way is no news. */
  keepQuiet<T>(visit: () => T): T {
    this.isVisiting = true;
    try {
      return visit();
    } finally {
      this.isVisiting = false;
    }
  }

  /** Tells of every byte, those of the shell's marks included. */
  listen(listener: (byte: number) => void): void {
    this.listeners.push(listener);
  }

  /** Tells of all that has been sent when the machine has gone elsewhere in its history. */
  onRewound(listener: (sent: readonly number[]) => void): void {
    this.rewindListeners.push(listener);
  }

  /** The machine has gone elsewhere in its history: what was sent up to there is old. */
  rewound(): void {
    this.recent = '';
    this.taken = Math.min(this.taken, this.printed.length);
    for (const listener of this.rewindListeners) listener(this.sent);
  }

  save(): HostPicture {
    const lengths = new Uint32Array([this.sent.length, this.printed.length]);
    return new Map([[0, new Uint8Array(lengths.buffer)]]);
  }

  restore(picture: HostPicture): void {
    const bytes = picture.get(0);
    if (bytes?.length !== 2 * LENGTH_BYTES) throw new HostEndError('no picture of a console');
    const [sent, printed] = new Uint32Array(bytes.slice().buffer);
    this.sent.length = sent;
    this.printed.length = printed;
    this.decoder = new TextDecoder();
    this.scanner = this.createScanner();
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
    const fresh = this.printed.slice(this.taken).filter((byte) => byte !== CARRIAGE_RETURN);
    const bytes = Uint8Array.from(fresh);
    this.taken = this.printed.length;
    const text = new TextDecoder().decode(bytes);
    const lines = text.split('\n').map(visibleText);
    if (lines.at(-1) === '') lines.pop();
    return lines;
  }

  private takeText(byte: number): void {
    this.printed.push(byte);
    if (this.isVisiting) return;
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
