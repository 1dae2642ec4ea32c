/**
 * Locals of the source as the code goes: `Op.LocalValue` stands among the instructions while passes
 * change them, so that it moves and is copied with them; afterwards it would only be in the way of
 * register allocation and emission, and is kept beside the code.
 */
import type { IrFunction } from './function.ts';
import { type Instruction, Op } from './instruction.ts';
import type { Source } from './source.ts';

/** From an instruction on, a word of a local is a value. */
export interface LocalBinding {
  /** Names the function that the local belongs to, and the call that it was inlined at. */
  readonly source: Source;
  /** Index among the 32-bit words of that function's locals. */
  readonly word: number;
  /** Undefined: lost. */
  readonly value: Instruction | undefined;
}

/** Emits nothing at its own place in a block. */
function isSilent({ op }: Instruction): boolean {
  return op === Op.Phi || op === Op.Parameter || op === Op.ResultHigh;
}

/** Takes every LocalValue out of the code, and returns them by the instruction that follows. */
export function takeLocalValues(fn: IrFunction): Map<Instruction, LocalBinding[]> {
  const bindings = new Map<Instruction, LocalBinding[]>();
  for (const block of fn.blocks) {
    if (!block.instructions.some(({ op }) => op === Op.LocalValue)) continue;
    let pending: LocalBinding[] = [];
    block.instructions = block.instructions.filter((instruction) => {
      const { op, source, immediate: word, operands } = instruction;
      if (op === Op.LocalValue) {
        if (source !== undefined) pending.push({ source, word, value: operands.at(0) });
        return false;
      }
      if (pending.length > 0 && !isSilent(instruction)) {
        bindings.set(instruction, pending);
        pending = [];
      }
      return true;
    });
  }
  return bindings;
}
