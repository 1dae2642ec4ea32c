/** What a kernel counts of its own work (kernels/core/counters.ts), read from its memory. */
import type { Machine } from '../../machine/machine.ts';
import { FieldOffsets, type ImageLayouts } from '../debugger/layouts.ts';

const CLASS = 'kernels/core/counters/KernelCounters';
const ADDRESS = 'kernels/core/counters/KERNEL_COUNTERS';
const WORD_BYTES = 4;

export interface KernelCounts {
  readonly addressSpaceSwitches: number;
  readonly messages: number;
  readonly bytesCopied: number;
}

export class KernelCounters {
  private readonly fields: FieldOffsets;
  private readonly address: number;

  /** @throws RangeError if the kernel counts nothing */
  constructor(
    private readonly machine: Machine,
    layouts: ImageLayouts,
  ) {
    this.fields = new FieldOffsets(layouts, CLASS);
    if (!Object.hasOwn(layouts.constants, ADDRESS)) throw new RangeError(`no constant ${ADDRESS}`);
    this.address = layouts.constants[ADDRESS];
  }

  read(): KernelCounts {
    return {
      addressSpaceSwitches: this.field('addressSpaceSwitches'),
      messages: this.field('messages'),
      bytesCopied: this.field('bytesCopied'),
    };
  }

  /** The kernel maps RAM at its physical addresses. */
  private field(name: keyof KernelCounts): number {
    const word = new Uint8Array(WORD_BYTES);
    if (!this.machine.readPhysical(this.address + this.fields.of(name), word)) {
      throw new RangeError(`the kernel's counters are not in RAM`);
    }
    return new DataView(word.buffer).getUint32(0, true);
  }
}
