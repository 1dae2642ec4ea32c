/**
 * An address in two instructions, an upper part and any number of lower parts: `lui` and `auipc`
 * with what adds to them. Near address 0 and near gp the upper part is not needed; a small one fits
 * into 16 bits. Psabi: "Zero-page", "Global-pointer Relaxation", "… to compressed".
 */
import { I_IMMEDIATE, RD, RS1 } from '../assembler/operand-fields.ts';
import { encodeInstruction } from '../assembler/encode.ts';
import { Register } from '../assembler/registers.ts';
import type { InputSection } from './live-sections.ts';
import { type Relocation, RelocationType } from './object.ts';
import { lowerPart, type RelocationScope, setField, upperPart } from './relocate.ts';
import type { RelaxationSite } from './relaxation-site.ts';
import type { Deletion } from './section-edits.ts';

const WORD = 4;
const HALFWORD = 2;

/** What `c.lui` can set, of the upper 20 bits as a signed number. */
const SHORT_UPPER_MINIMUM = -32;
const SHORT_UPPER_MAXIMUM = 31;

function isNear(distance: number): boolean {
  return distance >= I_IMMEDIATE.minimum && distance <= I_IMMEDIATE.maximum;
}

function isStore(type: RelocationType): boolean {
  return type === RelocationType.R_RISCV_LO12_S || type === RelocationType.R_RISCV_PCREL_LO12_S;
}

export interface AddressParts {
  readonly input: InputSection;
  /** `lui` or `auipc`. */
  readonly uppers: readonly Relocation[];
  readonly lowers: readonly Relocation[];
  /** Symbol and addend of a lower part: for pc-relative ones those of the upper part. */
  targetOf(lower: Relocation): Pick<Relocation, 'symbol' | 'addend'>;
  /** Whether `lui` may become `c.lui`. */
  readonly mayCompress: boolean;
  /** Whether gp points where the linker says. */
  readonly hasGlobalPointer: boolean;
}

export class RelaxableAddress implements RelaxationSite {
  readonly #parts: AddressParts;
  #needsUpper = false;
  /** The upper parts that `c.lui` may still hold. */
  readonly #short: Set<Relocation>;

  constructor(parts: AddressParts, view: DataView) {
    this.#parts = parts;
    this.#short = new Set(
      parts.mayCompress
        ? parts.uppers.filter(({ offset, type }) => {
            const rd = RD.decode(view.getUint32(offset, true));
            const isFree = rd !== Register.zero && rd !== Register.sp;
            return isFree && type === RelocationType.R_RISCV_HI20;
          })
        : [],
    );
  }

  *deletions(): Generator<Deletion> {
    for (const upper of this.#parts.uppers) {
      const { offset } = upper;
      if (!this.#needsUpper) yield { offset, count: WORD };
      else if (this.#short.has(upper)) yield { offset: offset + HALFWORD, count: HALFWORD };
    }
  }

  settle(scope: RelocationScope): boolean {
    if (!this.#needsUpper) {
      const { input, lowers } = this.#parts;
      const isReached = lowers.every((lower) => {
        const { symbol, addend } = this.#parts.targetOf(lower);
        return this.#base(scope, scope.symbolAddress(input, symbol, addend)) !== undefined;
      });
      this.#needsUpper = !isReached;
      return !isReached;
    }
    let isChanged = false;
    for (const upper of this.#short) {
      const { input } = this.#parts;
      const part = upperPart(scope.symbolAddress(input, upper.symbol, upper.addend));
      const signed = (part << 12) >> 12;
      if (signed !== 0 && signed >= SHORT_UPPER_MINIMUM && signed <= SHORT_UPPER_MAXIMUM) continue;
      this.#short.delete(upper);
      isChanged = true;
    }
    return isChanged;
  }

  rewrite(view: DataView, scope: RelocationScope): Map<Relocation, Relocation | undefined> {
    const { input, uppers, lowers } = this.#parts;
    const replaced = new Map<Relocation, Relocation | undefined>();
    if (this.#needsUpper) {
      for (const upper of uppers.filter((candidate) => this.#short.has(candidate))) {
        const rd = RD.decode(view.getUint32(upper.offset, true));
        view.setUint16(upper.offset, encodeInstruction('c.lui', { rd, immediate: 1 }), true);
        replaced.set(upper, { ...upper, type: RelocationType.R_RISCV_RVC_LUI });
      }
      return replaced;
    }
    for (const upper of uppers) replaced.set(upper, undefined);
    for (const lower of lowers) {
      const { symbol, addend } = this.#parts.targetOf(lower);
      const address = scope.symbolAddress(input, symbol, addend);
      const base = this.#base(scope, address) ?? Register.zero;
      setField(view, lower.offset, WORD, RS1, base);
      const { offset } = lower;
      replaced.set(lower, { offset, type: relaxedType(lower.type, base), symbol, addend });
    }
    return replaced;
  }

  /** The register from which 12 bits reach the address. */
  #base(scope: RelocationScope, address: number): number | undefined {
    if (lowerPart(address) === (address | 0)) return Register.zero;
    const isAtGlobalPointer =
      this.#parts.hasGlobalPointer && isNear((address - scope.globalPointer) | 0);
    return isAtGlobalPointer ? Register.gp : undefined;
  }
}

function relaxedType(type: RelocationType, base: number): RelocationType {
  if (base === Register.zero) {
    return isStore(type) ? RelocationType.R_RISCV_LO12_S : RelocationType.R_RISCV_LO12_I;
  }
  return isStore(type) ? RelocationType.R_RISCV_GPREL_S : RelocationType.R_RISCV_GPREL_I;
}
