/**
 * The keys that are for Vitrine and not for the guest, as in QEMU's `-nographic`: Ctrl-A and then
 * `x` leaves, `h` shows this list, Ctrl-A again sends one Ctrl-A.
 */

const CTRL_A = 0x01;
const LEAVE = 0x78; // x
const HELP = 0x68; // h

export const ESCAPE_HELP = [
  'Ctrl-A x       leave (the machine stops)',
  'Ctrl-A Ctrl-A  send Ctrl-A to the machine',
  'Ctrl-A h       this help',
];

export interface EscapeKeysResult {
  /** What the guest gets. */
  readonly bytes: Uint8Array;
  readonly leave: boolean;
  readonly help: boolean;
}

/** Remembers between two chunks of input whether Ctrl-A was the last key. */
export class EscapeKeys {
  private escaped = false;

  /** What follows `leave` in the same chunk is dropped. */
  filter(input: Uint8Array): EscapeKeysResult {
    const bytes: number[] = [];
    let help = false;
    for (const byte of input) {
      if (!this.escaped) {
        if (byte === CTRL_A) this.escaped = true;
        else bytes.push(byte);
        continue;
      }
      this.escaped = false;
      if (byte === LEAVE) return { bytes: Uint8Array.from(bytes), leave: true, help };
      if (byte === HELP) help = true;
      else if (byte === CTRL_A) bytes.push(CTRL_A);
    }
    return { bytes: Uint8Array.from(bytes), leave: false, help };
  }
}
