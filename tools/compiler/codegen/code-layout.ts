/**
 * The final layout of a function's code: everything begins in its shortest form, and branches and
 * jumps that do not reach their targets grow until all do. Forms only grow, so this ends.
 */
import type { Relocation, TrapSite } from '../../linker/object.ts';
import { type Mnemonic, encodeInstruction } from '../../assembler/encode.ts';
import { Condition, negate } from '../ir/instruction.ts';
import type { Target } from '../target.ts';
import { type CodeItem, type CodeSource, type FinishedCode, FrameMark } from './code-buffer.ts';
import type { Label } from './code-buffer.ts';
import { ZERO } from './registers.ts';

const HALFWORD = 2;
const WORD = 4;
/** A branch over a jump. */
const LONGEST = 8;

/** Bytes: an instruction, a branch or a jump is of 2 or 4, a branch over a jump of 8. */
type Size = 0 | typeof HALFWORD | typeof WORD | typeof LONGEST;

/** Reaches in both directions: The RISC-V Instruction Set Manual, volume I, 2.5 and "C". */
const SHORT_BRANCH_REACH = 1 << 8;
const SHORT_JUMP_REACH = 1 << 11;
const BRANCH_REACH = 1 << 12;
const JUMP_REACH = 1 << 20;

/** The registers that the operand fields of short branches can name: s0, s1, a0 … a5. */
const FIRST_SHORT_REGISTER = 8;
const LAST_SHORT_REGISTER = 15;

const BRANCH_MNEMONICS: readonly Mnemonic[] = ['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'];

/** A function is larger than its own jumps reach. */
export class CodeTooLargeError extends Error {
  override readonly name = 'CodeTooLargeError';
}

function reaches(distance: number, reach: number): boolean {
  return distance >= -reach && distance < reach;
}

/** The register that a short branch compares with zero; undefined if it would have to do more. */
function comparedWithZero({ condition, operands }: CodeItem): number | undefined {
  if (condition !== Condition.Eq && condition !== Condition.Ne) return undefined;
  const { rs1 = ZERO, rs2 = ZERO } = operands;
  const register = rs2 === ZERO ? rs1 : rs1 === ZERO ? rs2 : ZERO;
  return register >= FIRST_SHORT_REGISTER && register <= LAST_SHORT_REGISTER ? register : undefined;
}

class CodeLayout {
  private readonly sizes: Size[];
  private readonly offsets: number[];
  private readonly labels = new Map<Label, number>();
  private size = 0;

  constructor(
    private readonly items: readonly CodeItem[],
    private readonly target: Target,
  ) {
    this.sizes = items.map((item) => this.shortest(item));
    this.offsets = items.map(() => 0);
  }

  private shortest(item: CodeItem): Size {
    const { compressed } = this.target;
    switch (item.kind) {
      case 'label':
        return 0;
      case 'instruction':
        return item.short === undefined ? WORD : HALFWORD;
      case 'jump':
        return compressed ? HALFWORD : WORD;
      case 'branch':
        return compressed && comparedWithZero(item) !== undefined ? HALFWORD : WORD;
    }
  }

  /** The smallest size of a branch or jump, from `size` on, that reaches. */
  private reaching(kind: CodeItem['kind'], size: Size, distance: number): Size {
    const isBranch = kind === 'branch';
    const shortReach = isBranch ? SHORT_BRANCH_REACH : SHORT_JUMP_REACH;
    if (size === HALFWORD && reaches(distance, shortReach)) return HALFWORD;
    if (!isBranch) return WORD;
    return size !== LONGEST && reaches(distance, BRANCH_REACH) ? WORD : LONGEST;
  }

  private distance(index: number): number {
    const { target } = this.items[index];
    return target === undefined ? 0 : (this.labels.get(target) ?? 0) - this.offsets[index];
  }

  private assignOffsets(): void {
    let offset = 0;
    this.items.forEach(({ kind, target }, index) => {
      this.offsets[index] = offset;
      offset += this.sizes[index];
      if (kind === 'label' && target !== undefined) this.labels.set(target, offset);
    });
    this.size = offset;
  }

  settle(): void {
    do this.assignOffsets();
    while (this.grow());
  }

  /** Lengthens what does not reach its target; true if there was such. */
  private grow(): boolean {
    const grown = this.items.map(({ kind }, index) => {
      if (kind !== 'branch' && kind !== 'jump') return false;
      const size = this.reaching(kind, this.sizes[index], this.distance(index));
      const isChanged = size !== this.sizes[index];
      this.sizes[index] = size;
      return isChanged;
    });
    return grown.includes(true);
  }

  encode(): FinishedCode {
    const bytes = new Uint8Array(this.size);
    const view = new DataView(bytes.buffer);
    const relocations: Relocation[] = [];
    const trapSites: TrapSite[] = [];
    const sources: CodeSource[] = [];
    const frames: { readonly offset: number; readonly mark: FrameMark }[] = [];
    this.items.forEach((item, index) => {
      const { kind, source, reference, trap } = item;
      const offset = this.offsets[index];
      if (kind === 'label') {
        if (item.target instanceof FrameMark) frames.push({ offset, mark: item.target });
        return;
      }
      if (sources.length === 0 || sources[sources.length - 1].source !== source) {
        sources.push({ offset, source });
      }
      if (kind === 'jump') this.writeJump(view, index);
      else if (kind === 'branch') this.writeBranch(view, index);
      else if (item.short !== undefined) view.setUint16(offset, item.short, true);
      else view.setUint32(offset, encodeInstruction(item.mnemonic, item.operands), true);
      if (reference !== undefined) relocations.push({ offset, ...reference });
      if (trap !== undefined) trapSites.push({ offset, reason: trap });
    });
    return { bytes, relocations, trapSites, sources, labels: this.labels, frames };
  }

  private writeJump(view: DataView, index: number): void {
    const [offset, immediate] = [this.offsets[index], this.distance(index)];
    if (this.sizes[index] === HALFWORD) {
      view.setUint16(offset, encodeInstruction('c.j', { immediate }), true);
    } else {
      view.setUint32(offset, jumpWord(immediate), true);
    }
  }

  private writeBranch(view: DataView, index: number): void {
    const item = this.items[index];
    const { condition, operands } = item;
    const [offset, immediate] = [this.offsets[index], this.distance(index)];
    switch (this.sizes[index]) {
      case HALFWORD: {
        const mnemonic = condition === Condition.Eq ? 'c.beqz' : 'c.bnez';
        const rs1 = comparedWithZero(item) ?? ZERO;
        view.setUint16(offset, encodeInstruction(mnemonic, { rs1, immediate }), true);
        return;
      }
      case LONGEST: {
        const over = { ...operands, immediate: LONGEST };
        const inverse = BRANCH_MNEMONICS[negate(condition)];
        view.setUint32(offset, encodeInstruction(inverse, over), true);
        view.setUint32(offset + WORD, jumpWord(immediate - WORD), true);
        return;
      }
      default: {
        const word = encodeInstruction(BRANCH_MNEMONICS[condition], { ...operands, immediate });
        view.setUint32(offset, word, true);
      }
    }
  }
}

function jumpWord(distance: number): number {
  if (!reaches(distance, JUMP_REACH)) {
    throw new CodeTooLargeError('a function is larger than 1 MiB of machine code');
  }
  return encodeInstruction('jal', { rd: ZERO, immediate: distance });
}

/** @throws CodeTooLargeError if a jump does not reach its target. */
export function layOutCode(items: readonly CodeItem[], target: Target): FinishedCode {
  const layout = new CodeLayout(items, target);
  layout.settle();
  return layout.encode();
}
