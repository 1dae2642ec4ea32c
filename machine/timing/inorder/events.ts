/**
 * What the in-order model counts, and how `mhpmevent` selects it: as on SiFive's U54 (FU540-C000
 * Manual v1p0, table 5). Bits 7 to 0 name a class of events,
 * each bit from 8 on one event of it; a counter counts all that are selected. Class 3 is ours.
 */
import { Reason, REASONS } from './reasons.ts';

/** Events beside the cycles charged to each `Reason`, which come first. */
export const enum CountedEvent {
  Exception = 19,
  Load,
  Store,
  AtomicOperation,
  System,
  Arithmetic,
  Branch,
  DirectJump,
  IndirectJump,
  Multiplication,
  Division,
  FloatLoad,
  FloatStore,
  FloatAddition,
  FloatMultiplication,
  FusedMultiplyAdd,
  FloatDivision,
  FloatOther,
  DirectionMispredicted,
  TargetMispredicted,
  InstructionCacheMiss,
  DataCacheMiss,
  DeviceAccess,
  WriteBack,
  FetchTranslationMiss,
  DataTranslationMiss,
  SharedTranslationMiss,
  End,
}

export const COUNTED_EVENTS: number = CountedEvent.End;

const CLASS_MASK = 0xff;
const FIRST_EVENT_BIT = 8;
const BITS = 32;
const COMMITTED = 0;

/** What each bit from 8 on selects, by class: an event, or several. */
const SELECTED: readonly (readonly (number | readonly number[])[])[] = [
  // Class 0: instructions that retire.
  [
    CountedEvent.Exception,
    CountedEvent.Load,
    CountedEvent.Store,
    CountedEvent.AtomicOperation,
    CountedEvent.System,
    CountedEvent.Arithmetic,
    CountedEvent.Branch,
    CountedEvent.DirectJump,
    CountedEvent.IndirectJump,
    CountedEvent.Multiplication,
    CountedEvent.Division,
    CountedEvent.FloatLoad,
    CountedEvent.FloatStore,
    CountedEvent.FloatAddition,
    CountedEvent.FloatMultiplication,
    CountedEvent.FusedMultiplyAdd,
    CountedEvent.FloatDivision,
    CountedEvent.FloatOther,
  ],
  // Class 1: the pipeline.
  [
    Reason.LoadUse,
    Reason.Divide,
    Reason.CsrRead,
    Reason.InstructionCache,
    Reason.DataCache,
    CountedEvent.DirectionMispredicted,
    CountedEvent.TargetMispredicted,
    Reason.CsrWrite,
    Reason.Fence,
    Reason.Multiply,
    Reason.Float,
  ],
  // Class 2: the memory system; the last is in later cores of SiFive's.
  [
    CountedEvent.InstructionCacheMiss,
    [CountedEvent.DataCacheMiss, CountedEvent.DeviceAccess],
    CountedEvent.WriteBack,
    CountedEvent.FetchTranslationMiss,
    CountedEvent.DataTranslationMiss,
    CountedEvent.SharedTranslationMiss,
  ],
  // Class 3, which no core of SiFive's has: the cycles charged to each reason.
  Array.from({ length: REASONS }, (_, reason) => reason),
];

/** How often what a value of `mhpmevent` selects has happened; undefined if it selects nothing. */
export function countSelected(events: Float64Array, selector: number): number | undefined {
  const known = SELECTED.at(selector & CLASS_MASK);
  if ((selector & CLASS_MASK) >= SELECTED.length || known === undefined) return undefined;
  let sum: number | undefined;
  for (let bit = FIRST_EVENT_BIT; bit < BITS && bit - FIRST_EVENT_BIT < known.length; bit++) {
    if (((selector >>> bit) & 1) !== 0) {
      for (const event of [known[bit - FIRST_EVENT_BIT]].flat()) sum = (sum ?? 0) + events[event];
    }
  }
  return sum;
}

/** Whether a selector needs every instruction to be classified. */
export function selectsCommitted(selector: number): boolean {
  return selector >>> FIRST_EVENT_BIT !== 0 && (selector & CLASS_MASK) === COMMITTED;
}

/** Cycles charged to reasons come first among the events. */
export const FIRST_EVENT_AFTER_REASONS: number = REASONS;
