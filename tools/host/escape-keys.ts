/**
 * The keys that are for Vitrine and not for the guest, as in QEMU's `-nographic`: Ctrl-A and then
 * `x` leaves, `s` commits drives, `h` shows this list, `c` switches between the serial line and the virtio console where
 * both are at this terminal, Ctrl-A again sends one Ctrl-A.
 */

const CTRL_A = 0x01;
const LEAVE = 0x78; // x
const HELP = 0x68; // h
const SWITCH = 0x63; // c
const COMMIT = 0x73; // s

export const ESCAPE_HELP = [
  'Ctrl-A x       leave (the machine stops)',
  'Ctrl-A s       write what is kept of snapshot=on drives to their files (commit)',
  'Ctrl-A c       switch between serial line and virtio console, if there is one here',
  'Ctrl-A Ctrl-A  send Ctrl-A to the machine',
  'Ctrl-A h       this help',
];

export interface EscapeKeysResult {
  /** What the guest gets on its serial line. */
  readonly bytes: Uint8Array;
  /** What it gets at its virtio console. */
  readonly consoleBytes: Uint8Array;
  readonly leave: boolean;
  readonly help: boolean;
  readonly commit: boolean;
}

/** Remembers between two chunks of input whether Ctrl-A was the last key. */
export class EscapeKeys {
  private escaped = false;
  private isAtConsole = false;

  /** @param hasConsole the virtio console is at this terminal too, so that keys can go to it */
  constructor(private readonly hasConsole = false) {}

  /** What follows `leave` in the same chunk is dropped. */
  filter(input: Uint8Array): EscapeKeysResult {
    const bytes: number[] = [];
    const consoleBytes: number[] = [];
    const push = (byte: number): unknown => (this.isAtConsole ? consoleBytes : bytes).push(byte);
    let help = false;
    let commit = false;
    const result = (leave: boolean): EscapeKeysResult => ({
      bytes: Uint8Array.from(bytes),
      consoleBytes: Uint8Array.from(consoleBytes),
      leave,
      help,
      commit,
    });
    for (const byte of input) {
      if (!this.escaped) {
        if (byte === CTRL_A) this.escaped = true;
        else push(byte);
        continue;
      }
      this.escaped = false;
      if (byte === LEAVE) return result(true);
      if (byte === HELP) help = true;
      else if (byte === COMMIT) commit = true;
      else if (byte === SWITCH) this.isAtConsole = this.hasConsole && !this.isAtConsole;
      else if (byte === CTRL_A) push(CTRL_A);
    }
    return result(false);
  }
}
