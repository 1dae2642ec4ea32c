/** Where a value can be between instructions: a register or a slot of the frame. */

import { isFloatRegister } from './registers.ts';

/** A register number, or one of the places below. */
export type Place = number;

const KIND_SHIFT = 20;
const INDEX_MASK = (1 << KIND_SHIFT) - 1;

export enum PlaceKind {
  Register,
  /** A spill slot of this function's frame. */
  Spill,
  /** An argument word that the caller left on the stack. */
  Incoming,
  /** An argument word for a function to be called. */
  Outgoing,
  /** A slot of two words for a floating-point register; counted apart from the words. */
  DoubleSpill,
}

export function framePlace(kind: PlaceKind, index: number): Place {
  return (kind << KIND_SHIFT) | index;
}

const KINDS: readonly PlaceKind[] = [
  PlaceKind.Register,
  PlaceKind.Spill,
  PlaceKind.Incoming,
  PlaceKind.Outgoing,
  PlaceKind.DoubleSpill,
];

export function kindOf(place: Place): PlaceKind {
  return KINDS[place >> KIND_SHIFT];
}

/** Of a frame place: which word (or slot of two words) of its area. */
export function indexOf(place: Place): number {
  return place & INDEX_MASK;
}

/** Holds a floating-point number. */
export function isFloatPlace(place: Place): boolean {
  return isRegister(place) ? isFloatRegister(place) : kindOf(place) === PlaceKind.DoubleSpill;
}

export function isRegister(place: Place): boolean {
  return place >> KIND_SHIFT === PlaceKind.Register;
}
