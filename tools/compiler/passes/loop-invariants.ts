/**
 * Moves computations whose operands do not change in a loop before it. Memory accesses stay: what
 * they find may change. In loops that make calls only multiplication and division are worth a
 * register that survives the calls.
 */
import type { Mnemonic } from '../../assembler/encode.ts';
import { type Loop, computeDominators, computeLoops, dominates } from '../ir/control-flow.ts';
import type { Block, IrFunction } from '../ir/function.ts';
import { type Instruction, Op, isPure } from '../ir/instruction.ts';

/** More values than this, kept in registers over one loop, would cost more than they save. */
const MAX_HOISTED = 8;

/** Floating-point instructions that take many cycles. */
const SLOW: ReadonlySet<Mnemonic> = new Set(['fdiv.s', 'fdiv.d', 'fsqrt.s', 'fsqrt.d']);

/** The block that enters the loop and does nothing else after; undefined if there is none. */
export function findPreheader({ header, blocks }: Loop): Block | undefined {
  const outside = header.predecessors.filter((block) => !blocks.has(block));
  if (outside.length !== 1 || outside[0].terminator.op !== Op.Jump) return undefined;
  return outside[0];
}

/** `value` is the same in every turn of the loop. */
export function isInvariant(value: Instruction, loop: Loop): boolean {
  return value.block === undefined || !loop.blocks.has(value.block);
}

function isCostly({ op, mnemonic }: Instruction): boolean {
  return (op >= Op.Mul && op <= Op.Remu) || (mnemonic !== undefined && SLOW.has(mnemonic));
}

function isDivision(op: Op): boolean {
  return op >= Op.Div && op <= Op.Remu;
}

function hoist(fn: IrFunction, loop: Loop): void {
  const preheader = findPreheader(loop);
  if (preheader === undefined) return;
  const latches = loop.header.predecessors.filter((block) => loop.blocks.has(block));
  let hoisted = 0;
  for (const block of fn.blocks) {
    if (!loop.blocks.has(block)) continue;
    const everyTurn = latches.every((latch) => dominates(block, latch));
    block.instructions = block.instructions.filter((instruction) => {
      const { op, operands } = instruction;
      const movable =
        isPure(op) &&
        hoisted < MAX_HOISTED &&
        (!loop.hasCall || isCostly(instruction)) &&
        (!isDivision(op) || everyTurn) &&
        operands.every((operand) => isInvariant(operand, loop));
      if (!movable) return true;
      instruction.block = preheader;
      preheader.instructions.splice(preheader.instructions.length - 1, 0, instruction);
      hoisted++;
      return false;
    });
  }
}

/** Needs value numbering before, so that every address is computed once. */
export function hoistInvariants(fn: IrFunction): void {
  computeDominators(fn);
  // Inner loops first: what leaves them may leave the outer ones too.
  for (const loop of computeLoops(fn).reverse()) hoist(fn, loop);
}
