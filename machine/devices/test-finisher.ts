/**
 * The test finisher: one register with which software ends the machine's run, with a verdict.
 * A syscon for `poweroff` and `reboot` in the device tree.
 *
 * Source: QEMU hw/misc/sifive_test.c; the SiFive test finisher (`sifive,test1`).
 */

import type { DeviceDeclaration } from './device.ts';
import type { GuestErrorHook } from './guest-error.ts';
import { RegisterDevice } from './register-device.ts';

const FINISH = 0x0;

/** What software writes to the low half of `finish`. */
export const FINISHER_FAIL = 0x3333;
export const FINISHER_PASS = 0x5555;
export const FINISHER_RESET = 0x7777;

/** Why software ended the run; `code` is the 16-bit number that came with a failure. */
export type Finish =
  | { readonly kind: 'pass' }
  | { readonly kind: 'fail'; readonly code: number }
  | { readonly kind: 'reset' };

const DECLARATION = {
  name: 'test-finisher',
  source: 'QEMU hw/misc/sifive_test.c',
  compatible: ['sifive,test1', 'sifive,test0', 'syscon'],
  size: 0x1000,
  accessWidths: [2, 4],
  registers: [
    {
      name: 'finish',
      offset: FINISH,
      width: 4,
      access: 'rw',
      doc: 'Ends the run when written; reads 0',
      fields: [
        { name: 'status', lsb: 0, width: 16, doc: '0x5555 pass, 0x3333 fail, 0x7777 reset' },
        { name: 'code', lsb: 16, width: 16, doc: 'Exit status of a failure' },
      ],
    },
  ],
  state: [],
} as const satisfies DeviceDeclaration;

export class TestFinisher extends RegisterDevice<typeof DECLARATION.state> {
  private readonly finish: (finish: Finish) => void;

  /** @param finish told when software ends the run, in the middle of the instruction that did */
  constructor(finish: (finish: Finish) => void, report: GuestErrorHook) {
    super(DECLARATION, report);
    this.finish = finish;
  }

  protected override readRegister(): number {
    return 0;
  }

  protected override writeRegister(register: number, _element: number, value: number): void {
    const code = value >>> 16;
    switch (value & 0xffff) {
      case FINISHER_PASS:
        this.finish({ kind: 'pass' });
        break;
      case FINISHER_FAIL:
        this.finish({ kind: 'fail', code });
        break;
      case FINISHER_RESET:
        this.finish({ kind: 'reset' });
        break;
      default:
        this.reportWrite(
          register,
          4,
          value,
          'neither pass (0x5555), fail (0x3333) nor reset (0x7777)',
        );
    }
  }

  protected override stateReplaced(): void {
    // The finisher has no state.
  }
}
