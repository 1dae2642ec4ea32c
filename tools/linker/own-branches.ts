/**
 * The branches of a section whose assembler or compiler has resolved them itself, found by reading
 * its instructions, so that they can be corrected when bytes between them and their targets go.
 */
import { B_IMMEDIATE, J_IMMEDIATE, type OperandField } from '../assembler/operand-fields.ts';
import { SHORT_BRANCH, SHORT_JUMP } from '../assembler/operand-fields-compressed.ts';
import { setField } from './relocate.ts';
import type { ObjectSection } from './object.ts';
import type { SectionEdits } from './section-edits.ts';

/** A branch or jump to a place in its own section. */
export interface OwnBranch {
  readonly offset: number;
  readonly width: 2 | 4;
  readonly field: OperandField;
  /** Offset of what it jumps to. */
  readonly target: number;
}

const WORD = 4;
const HALFWORD = 2;

/** Both lowest bits set: an instruction of 32 bits. */
const LENGTH_MASK = 3;

/** Opcodes of 32 bits: The RISC-V Instruction Set Manual, volume I, "RV32/64G … Listings". */
const OPCODE_MASK = 0x7f;
const BRANCH = 0x63;
const JAL = 0x6f;
const AUIPC = 0x17;

/** Opcodes of 16 bits: funct3 and the quadrant. */
const SHORT_OPCODE_MASK = 0xe003;
const C_JAL = 0x2001;
const C_J = 0xa001;
const C_BEQZ = 0xc001;
const C_BNEZ = 0xe001;

/** Where the distance of the branch or jump in `word` stands; undefined if it is another. */
function distanceField(word: number): OperandField | undefined {
  if ((word & LENGTH_MASK) === LENGTH_MASK) {
    const opcode = word & OPCODE_MASK;
    if (opcode === BRANCH) return B_IMMEDIATE;
    return opcode === JAL ? J_IMMEDIATE : undefined;
  }
  const opcode = word & SHORT_OPCODE_MASK;
  if (opcode === C_JAL || opcode === C_J) return SHORT_JUMP;
  return opcode === C_BEQZ || opcode === C_BNEZ ? SHORT_BRANCH : undefined;
}

/**
 * @returns undefined if the section holds something that cannot be corrected: an `auipc` without a
 *   relocation, or a branch out of the section.
 */
export function findOwnBranches(section: ObjectSection): OwnBranch[] | undefined {
  const { bytes, relocations } = section;
  const relocated = new Set(relocations.map(({ offset }) => offset));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const branches: OwnBranch[] = [];
  let width: 2 | 4;
  for (let offset = 0; offset + HALFWORD <= bytes.length; offset += width) {
    const half = view.getUint16(offset, true);
    width = (half & LENGTH_MASK) === LENGTH_MASK ? WORD : HALFWORD;
    if (offset + width > bytes.length) return undefined;
    if (relocated.has(offset)) continue;
    const word = width === WORD ? view.getUint32(offset, true) : half;
    if (width === WORD && (word & OPCODE_MASK) === AUIPC) return undefined;
    const field = distanceField(word);
    if (field === undefined) continue;
    const target = offset + field.decode(word);
    if (target < 0 || target > bytes.length) return undefined;
    branches.push({ offset, width, field, target });
  }
  return branches;
}

/** Gives the branches in `bytes`, which `edits` have not been applied to yet, their new distances. */
export function correctOwnBranches(
  bytes: Uint8Array,
  branches: readonly OwnBranch[],
  edits: SectionEdits,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { offset, width, field, target } of branches) {
    setField(view, offset, width, field, edits.map(target) - edits.map(offset));
  }
}
