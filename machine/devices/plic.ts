/**
 * The platform-level interrupt controller, as on QEMU's `virt`: 95 sources, priorities 0 to 7, a
 * machine and a supervisor context per hart.
 *
 * A source's gateway does what QEMU's does: each assertion by the device makes the source pending,
 * a claim clears it, and the end of the assertion changes nothing. While a source is claimed, a new
 * assertion is kept for after the completion. A device asserts again whenever its state changes
 * and it still wants service; a completion alone does not look at the wire, so a driver may
 * complete first and serve the device later.
 *
 * Source: RISC-V PLIC specification 1.0.0; SiFive FU540-C000 manual, chapter PLIC; QEMU
 * hw/intc/sifive_plic.c.
 */

import type { DeviceDeclaration, InterruptLine } from './device.ts';
import type { GuestErrorHook } from './guest-error.ts';
import { RegisterDevice } from './register-device.ts';

const PRIORITY = 0x00_0004;
const PENDING = 0x00_1000;
const ENABLE = 0x00_2000;
const THRESHOLD = 0x20_0000;
const CLAIM = 0x20_0004;

const PRIORITY_STRIDE = 4;
const ENABLE_CONTEXT_STRIDE = 0x80;
const CONTEXT_STRIDE = 0x1000;

/** Interrupt sources, 1 to this; the device tree's `riscv,ndev`. Source 0 means "none". */
export const PLIC_SOURCES = 95;
const SOURCE_IDS = PLIC_SOURCES + 1;
const WORDS = SOURCE_IDS / 32;
/** Priorities are WARL fields of three bits. */
const PRIORITY_MASK = 7;

/** The registers and state of a PLIC with `contexts` contexts. */
function declare(contexts: number) {
  const perContext = (stride: number) => ({ name: 'context', count: contexts, stride });
  const words = { name: 'word', count: WORDS, stride: 4 };
  return {
    name: 'plic',
    source: 'RISC-V PLIC specification 1.0.0; QEMU hw/intc/sifive_plic.c',
    compatible: ['sifive,plic-1.0.0', 'riscv,plic0'],
    size: 0x60_0000,
    accessWidths: [4],
    registers: [
      {
        name: 'priority',
        offset: PRIORITY,
        width: 4,
        access: 'rw',
        doc: 'Priority of a source; 0 never interrupts',
        fields: [{ name: 'priority', lsb: 0, width: 3 }],
        dimensions: [{ name: 'source', first: 1, count: PLIC_SOURCES, stride: PRIORITY_STRIDE }],
      },
      {
        name: 'pending',
        offset: PENDING,
        width: 4,
        access: 'ro',
        doc: 'Pending sources, bit n of word w for source 32w + n',
        dimensions: [words],
      },
      {
        name: 'enable',
        offset: ENABLE,
        width: 4,
        access: 'rw',
        doc: 'Sources that may interrupt a context, by bit as in pending',
        dimensions: [perContext(ENABLE_CONTEXT_STRIDE), words],
      },
      {
        name: 'threshold',
        offset: THRESHOLD,
        width: 4,
        access: 'rw',
        doc: 'A context is interrupted by priorities above this',
        fields: [{ name: 'threshold', lsb: 0, width: 3 }],
        dimensions: [perContext(CONTEXT_STRIDE)],
      },
      {
        name: 'claim',
        offset: CLAIM,
        width: 4,
        access: 'rw',
        doc: 'Read: claims the source of highest priority, the lowest number among equals, or 0. Write: completes a source',
        dimensions: [perContext(CONTEXT_STRIDE)],
      },
    ],
    state: [
      { name: 'priority', type: 'u8', length: SOURCE_IDS, doc: 'Priority by source' },
      { name: 'pending', type: 'u32', length: WORDS, doc: 'Pending bits by source' },
      { name: 'claimed', type: 'u32', length: WORDS, doc: 'Claimed and not completed, by source' },
      { name: 'enable', type: 'u32', length: contexts * WORDS, doc: 'Enable bits by context' },
      { name: 'threshold', type: 'u8', length: contexts, doc: 'Threshold by context' },
    ],
  } as const satisfies DeviceDeclaration;
}

export class Plic extends RegisterDevice<ReturnType<typeof declare>['state']> {
  private readonly contexts: readonly InterruptLine[];

  /**
   * @param contexts what each context's interrupt is wired to; on `virt`, context 2h is hart h's
   *   machine mode and 2h + 1 its supervisor mode
   */
  constructor(contexts: readonly InterruptLine[], report: GuestErrorHook) {
    super(declare(contexts.length), report);
    this.contexts = contexts;
  }

  /**
   * The input wire of a source.
   * @throws RangeError unless `source` is between 1 and `PLIC_SOURCES`
   */
  line(source: number): InterruptLine {
    if (!Number.isInteger(source) || source < 1 || source > PLIC_SOURCES) {
      throw new RangeError(`PLIC source ${source} is not between 1 and ${PLIC_SOURCES}`);
    }
    return {
      set: (level) => {
        if (!level) return;
        this.setBit(this.state.pending, source, true);
        this.updateContexts();
      },
    };
  }

  private setBit(words: Uint32Array, source: number, level: boolean): void {
    const mask = 1 << (source & 31);
    if (level) words[source >> 5] |= mask;
    else words[source >> 5] &= ~mask;
  }

  /** The source that a claim by `context` would take: highest priority, then lowest number; or 0. */
  private best(context: number): number {
    const { state } = this;
    let source = 0;
    let priority = state.threshold[context];
    for (let word = 0; word < WORDS; word++) {
      let candidates =
        state.pending[word] & ~state.claimed[word] & state.enable[context * WORDS + word];
      while (candidates !== 0) {
        const bit = 31 - Math.clz32(candidates & -candidates);
        candidates &= candidates - 1;
        const candidate = word * 32 + bit;
        if (state.priority[candidate] > priority) {
          source = candidate;
          priority = state.priority[candidate];
        }
      }
    }
    return source;
  }

  private updateContexts(): void {
    for (let context = 0; context < this.contexts.length; context++) {
      this.contexts[context].set(this.best(context) !== 0);
    }
  }

  protected override readRegister(register: number, element: number): number {
    const { state } = this;
    switch (register) {
      case PRIORITY:
        return state.priority[element + 1];
      case PENDING:
        return state.pending[element];
      case ENABLE:
        return state.enable[element];
      case THRESHOLD:
        return state.threshold[element];
      default:
        return this.claim(element);
    }
  }

  protected override writeRegister(register: number, element: number, value: number): void {
    const { state } = this;
    switch (register) {
      case PRIORITY:
        state.priority[element + 1] = value & PRIORITY_MASK;
        break;
      case ENABLE:
        state.enable[element] = value;
        break;
      case THRESHOLD:
        state.threshold[element] = value & PRIORITY_MASK;
        break;
      case CLAIM:
        this.complete(element, value);
        break;
    }
    this.updateContexts();
  }

  private claim(context: number): number {
    const source = this.best(context);
    if (source !== 0) {
      this.setBit(this.state.pending, source, false);
      this.setBit(this.state.claimed, source, true);
      this.updateContexts();
    }
    return source;
  }

  private complete(context: number, source: number): void {
    if (source < SOURCE_IDS) this.setBit(this.state.claimed, source, false);
    else this.reportWrite(CLAIM + context * CONTEXT_STRIDE, 4, source, 'no such source');
  }

  protected override stateReplaced(cause: 'reset' | 'restore'): void {
    // The harts' pending bits are restored with the harts.
    if (cause === 'reset') this.updateContexts();
  }
}
