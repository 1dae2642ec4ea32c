/** Removes instructions whose values nothing uses, and phis that stand for a single value. */
import { type IrFunction, resolveOperands } from '../ir/function.ts';
import { type Instruction, Op, hasEffect, resolve } from '../ir/instruction.ts';

/** Replaces phis whose operands are all one value (or the phi itself) by that value. */
export function removeTrivialPhis(fn: IrFunction): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const block of fn.blocks) {
      for (const phi of block.phis()) {
        let only: Instruction | undefined;
        let trivial = true;
        for (const operand of phi.operands) {
          const value = resolve(operand);
          if (value === phi || value === only) continue;
          if (only !== undefined) trivial = false;
          only = value;
        }
        if (!trivial || only === undefined) continue;
        phi.replacement = only;
        changed = true;
      }
      if (changed) {
        block.instructions = block.instructions.filter(
          (instruction) => instruction.replacement === undefined,
        );
      }
    }
  }
  resolveOperands(fn);
}

/** A value that a debugger knows without a place to read it from. */
function isAlwaysKnown({ op }: Instruction): boolean {
  return op === Op.Constant || op === Op.SymbolAddress;
}

/** Keeps what has an effect and what those instructions need, also through cycles of phis. */
export function removeDeadCode(fn: IrFunction): void {
  const live = new Uint8Array(fn.size);
  const pending: Instruction[] = [];
  const mark = (instruction: Instruction) => {
    if (live[instruction.id] === 1) return;
    live[instruction.id] = 1;
    pending.push(instruction);
  };
  for (const block of fn.blocks) {
    for (const instruction of block.instructions) {
      if (hasEffect(instruction)) mark(instruction);
    }
  }
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    next.operands.forEach(mark);
  }
  for (const block of fn.blocks) {
    block.instructions = block.instructions.filter((instruction) => {
      if (instruction.op === Op.LocalValue) {
        instruction.operands = instruction.operands.filter(
          (value) => live[value.id] === 1 || isAlwaysKnown(value),
        );
        return true;
      }
      const keep = live[instruction.id] === 1;
      if (!keep) instruction.block = undefined;
      return keep;
    });
  }
}
