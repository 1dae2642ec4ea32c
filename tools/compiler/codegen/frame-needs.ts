/** What a function's frame must hold, found by looking through its code once. */
import type { IrFunction } from '../ir/function.ts';
import { Op } from '../ir/instruction.ts';
import { clobberOf } from './liveness.ts';
import { placesOfArguments } from './argument-places.ts';
import { indexOf, isRegister } from './place.ts';
import { Clobber, isCalleeSaved } from './registers.ts';
import type { Allocation } from './resolution.ts';

export class FrameNeeds {
  outgoingWords = 0;
  hasCall = false;
  /** The words of a double pass through memory. */
  splitsDoubles = false;
  readonly calleeSaved: readonly number[];

  constructor(fn: IrFunction, allocation: Allocation) {
    for (const block of fn.blocks) {
      for (const instruction of block.instructions) {
        const { op } = instruction;
        if (op === Op.LowWord || op === Op.HighWord || op === Op.MakeDouble) {
          this.splitsDoubles = true;
        }
        if (clobberOf(instruction) !== Clobber.Call) continue;
        this.hasCall = true;
        const skip = op === Op.CallIndirect ? 1 : 0;
        for (const place of placesOfArguments(instruction, instruction.operands.length - skip)) {
          if (isRegister(place)) continue;
          this.outgoingWords = Math.max(this.outgoingWords, indexOf(place) + 1);
        }
      }
    }
    const used = new Set<number>();
    for (const interval of allocation.liveness.intervals) {
      if (interval === undefined) continue;
      for (const part of [interval, ...interval.parts]) {
        if (isCalleeSaved(part.register)) used.add(part.register);
      }
    }
    this.calleeSaved = [...used].sort((a, b) => a - b);
  }
}
