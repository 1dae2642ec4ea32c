/** What a function's frame must hold, found by looking through its code once. */
import type { IrFunction } from '../ir/function.ts';
import { type Instruction, Op } from '../ir/instruction.ts';
import { clobberOf } from './liveness.ts';
import { type Place, PlaceKind, indexOf, isRegister } from './place.ts';
import { Clobber, isCalleeSaved } from './registers.ts';
import { type Allocation, argumentPlaces } from './resolution.ts';

/** Argument places of a call, in the order of its argument operands. */
export function placesOfArguments(call: Instruction, count: number): Place[] {
  const sizes = call.argumentSizes ?? new Array<number>(count).fill(4);
  return argumentPlaces(sizes, PlaceKind.Outgoing);
}

export class FrameNeeds {
  outgoingWords = 0;
  hasCall = false;
  readonly calleeSaved: readonly number[];

  constructor(fn: IrFunction, allocation: Allocation) {
    for (const block of fn.blocks) {
      for (const instruction of block.instructions) {
        if (clobberOf(instruction) !== Clobber.Call) continue;
        this.hasCall = true;
        const skip = instruction.op === Op.CallIndirect ? 1 : 0;
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
