/**
 * A jump whose target is nearer than its form allows for: `auipc` and `jalr` become `jal`, `c.jal` or
 * `c.j`, and the compiler's `jal` becomes `c.jal`. psABI: "Function Call Relaxation".
 */
import { encodeInstruction } from '../assembler/encode.ts';
import { J_IMMEDIATE, type OperandField, RD } from '../assembler/operand-fields.ts';
import { SHORT_JUMP } from '../assembler/operand-fields-compressed.ts';
import { Register } from '../assembler/registers.ts';
import type { InputSection } from './live-sections.ts';
import { type Relocation, RelocationType } from './object.ts';
import type { RelocationScope } from './relocate.ts';
import type { RelaxationSite } from './relaxation-site.ts';
import type { Deletion } from './section-edits.ts';

const WORD = 4;
const HALFWORD = 2;

/** The forms, by their bytes: 2 `c.jal` or `c.j`, 4 `jal`, 8 `auipc` and `jalr`. */
type Size = 2 | 4 | 8;

function fitsField(field: OperandField, distance: number): boolean {
  return distance >= field.minimum && distance <= field.maximum && distance % field.step === 0;
}

export class RelaxableJump implements RelaxationSite {
  readonly #input: InputSection;
  readonly #relocation: Relocation;
  readonly #link: number;
  readonly #fullSize: Size;
  #size: Size;

  /** @param view The section's bytes. */
  constructor(input: InputSection, relocation: Relocation, view: DataView, mayCompress: boolean) {
    this.#input = input;
    this.#relocation = relocation;
    const { offset, type } = relocation;
    this.#fullSize = type === RelocationType.R_RISCV_JAL ? WORD : 8;
    // The register that receives the return address: of the `jalr`, or of the `jal` itself.
    this.#link = RD.decode(view.getUint32(offset + this.#fullSize - WORD, true));
    const isShortForm = this.#link === Register.zero || this.#link === Register.ra;
    this.#size = mayCompress && isShortForm ? HALFWORD : WORD;
  }

  *deletions(): Generator<Deletion> {
    const count = this.#fullSize - this.#size;
    if (count > 0) yield { offset: this.#relocation.offset + this.#size, count };
  }

  settle(scope: RelocationScope): boolean {
    const { symbol, addend, offset } = this.#relocation;
    const target = scope.symbolAddress(this.#input, symbol, addend);
    const distance = (target - scope.address(this.#input, offset)) | 0;
    const before = this.#size;
    if (this.#size === HALFWORD && !fitsField(SHORT_JUMP, distance)) this.#size = WORD;
    if (this.#size === WORD && this.#fullSize > WORD && !fitsField(J_IMMEDIATE, distance)) {
      this.#size = this.#fullSize;
    }
    return this.#size !== before;
  }

  rewrite(view: DataView): Map<Relocation, Relocation | undefined> {
    const relocation = this.#relocation;
    if (this.#size === this.#fullSize) return new Map();
    const { offset } = relocation;
    if (this.#size === HALFWORD) {
      const mnemonic = this.#link === Register.zero ? 'c.j' : 'c.jal';
      view.setUint16(offset, encodeInstruction(mnemonic, { immediate: 0 }), true);
      return new Map([[relocation, { ...relocation, type: RelocationType.R_RISCV_RVC_JUMP }]]);
    }
    view.setUint32(offset, encodeInstruction('jal', { rd: this.#link, immediate: 0 }), true);
    return new Map([[relocation, { ...relocation, type: RelocationType.R_RISCV_JAL }]]);
  }
}
