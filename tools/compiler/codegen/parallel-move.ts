/** Orders moves that happen at once, so that none overwrites what another still reads. */
import type { Instruction } from '../ir/instruction.ts';
import { type Place, isFloatPlace, isRegister } from './place.ts';

export interface Move {
  /** A place, or a constant to be made there. */
  readonly from: Place | Instruction;
  readonly to: Place;
}

/** What carries the moves out. A move between two frame places passes the scratch register. */
export interface MoveEmitter {
  move(from: Place, to: Place): void;
  constant(value: Instruction, to: Place): void;
  /** The scratch register, free between moves unless a cycle's value waits in it. */
  scratchFor(place: Place): Place;
  /** A frame place for the value of a cycle that passes through the frame. */
  emergencyPlaceFor(place: Place): Place;
}

export function emitParallelMoves(moves: readonly Move[], emitter: MoveEmitter): void {
  const floats = moves.filter(({ to }) => isFloatPlace(to));
  if (floats.length === 0) {
    emitMovesOfOneKind(moves, emitter);
    return;
  }
  // Words first: a floating-point move may need the scratch register for an address.
  emitMovesOfOneKind(
    moves.filter(({ to }) => !isFloatPlace(to)),
    emitter,
  );
  emitMovesOfOneKind(floats, emitter);
}

/** Moves among places for words, or among those for floating-point numbers. */
function emitMovesOfOneKind(moves: readonly Move[], emitter: MoveEmitter): void {
  // Of moves, by destination; what several read counts its readers.
  const pending = new Map<Place, Place>();
  const readers = new Map<Place, number>();
  for (const { from, to } of moves) {
    if (typeof from !== 'number' || from === to) continue;
    pending.set(to, from);
    readers.set(from, (readers.get(from) ?? 0) + 1);
  }
  const ready = [...pending.keys()].filter((to) => !readers.has(to));
  while (pending.size > 0) {
    for (let to = ready.pop(); to !== undefined; to = ready.pop()) {
      const from = pending.get(to);
      if (from === undefined) continue;
      emitter.move(from, to);
      pending.delete(to);
      const remaining = (readers.get(from) ?? 0) - 1;
      readers.set(from, remaining);
      if (remaining === 0 && pending.has(from)) ready.push(from);
    }
    // Only cycles are left: the value in the way of one of them waits elsewhere.
    const next = pending.keys().next();
    if (next.done === true) break;
    const blocked = next.value;
    const touchesFrame = [...pending].some(([to, from]) => !isRegister(to) || !isRegister(from));
    const waiting = touchesFrame ? emitter.emergencyPlaceFor(blocked) : emitter.scratchFor(blocked);
    emitter.move(blocked, waiting);
    for (const [to, from] of pending) if (from === blocked) pending.set(to, waiting);
    readers.set(waiting, readers.get(blocked) ?? 0);
    readers.set(blocked, 0);
    ready.push(blocked);
  }
  for (const { from, to } of moves) if (typeof from !== 'number') emitter.constant(from, to);
}
