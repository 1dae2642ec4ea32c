/**
 * The supervisor software interrupts of an ACLINT: a register per hart, in which writing 1 sets
 * `mip.SSIP` of the hart. The bit is the hart's, which clears it itself; the register reads 0.
 *
 * Source: RISC-V ACLINT specification 1.0, "Supervisor-level Software Interrupt Device"; QEMU
 * hw/intc/riscv_aclint.c.
 */

import type { DeviceDeclaration, InterruptLine } from './device.ts';
import type { GuestErrorHook } from './guest-error.ts';
import { RegisterDevice } from './register-device.ts';

const SETSSIP = 0x0000;
const STRIDE = 4;

/** The registers of a device for `harts` harts. */
function declare(harts: number) {
  return {
    name: 'aclint-sswi',
    source: 'RISC-V ACLINT specification 1.0; QEMU hw/intc/riscv_aclint.c',
    compatible: ['riscv,aclint-sswi'],
    size: 0x4000,
    accessWidths: [4],
    registers: [
      {
        name: 'setssip',
        offset: SETSSIP,
        width: 4,
        access: 'rw',
        doc: 'Writing 1 makes the supervisor software interrupt of a hart pending; reads 0',
        fields: [{ name: 'SSIP', lsb: 0, width: 1, doc: 'mip.SSIP' }],
        dimensions: [{ name: 'hart', count: harts, stride: STRIDE }],
      },
    ],
    state: [],
  } as const satisfies DeviceDeclaration;
}

export class AclintSswi extends RegisterDevice<ReturnType<typeof declare>['state']> {
  private readonly lines: readonly InterruptLine[];

  /** @param lines what sets `mip.SSIP`, one per hart in order of hart id; only ever driven up */
  constructor(lines: readonly InterruptLine[], report: GuestErrorHook) {
    super(declare(lines.length), report);
    this.lines = lines;
  }

  protected override readRegister(): number {
    return 0;
  }

  protected override writeRegister(_register: number, element: number, value: number): void {
    if ((value & 1) !== 0) this.lines[element].set(true);
  }

  protected override stateReplaced(): void {
    // The bits are the harts'.
  }
}
