/** What every engine that executes decoded blocks knows of their records and of the translation cache. */
import { BlockWord } from './block-cache.ts';

/** What an access of each width leaves of an address: it must equal the tag of its page. */
export const enum TagMask {
  Byte = -4096,
  /** The low bit stays: a misaligned access matches no tag. */
  Half = -4095,
  Word = -4093,
  Double = -4089,
}

export const enum Tlb {
  /** Shifts and mask from an address to the word index of its entry in a set: `dataIndex`. */
  Shift = 11,
  FoldShift = 21,
  Mask = 0x7fe,
}

/** Words of a record after its operation. */
export const enum Record {
  A = 1,
  B = 2,
  C = 3,
  Words = 4,
}

export const NO_BLOCK = 0;
export const NO_EDGE = 0;
/** From a link's word in the header to the word that holds the address it leads to. */
export const LINK_TO_ADDRESS = BlockWord.TakenAddress - BlockWord.TakenLink;
