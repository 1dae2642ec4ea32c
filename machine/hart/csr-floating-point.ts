/**
 * `fflags`, `frm` and `fcsr`: RISC-V Unprivileged ISA 20191213, 11.2. While `mstatus.FS` is Off
 * they may not be touched; writing any of them makes it Dirty.
 */
import type { HartState } from './hart-state.ts';
import { Mstatus } from './mstatus.ts';
import { HartWord } from './state-layout.ts';

/** A part of `fcsr` that has a number of its own. */
export interface FloatingPointCsr {
  readonly name: 'fflags' | 'frm' | 'fcsr';
  readonly isAccessible: () => boolean;
  readonly read: () => number;
  readonly write: (value: number) => void;
}

const PARTS = [
  { name: 'fflags', lsb: 0, mask: 0x1f },
  { name: 'frm', lsb: 5, mask: 0xe0 },
  { name: 'fcsr', lsb: 0, mask: 0xff },
] as const;

export function floatingPointCsrs({ words }: HartState): readonly FloatingPointCsr[] {
  return PARTS.map(({ name, lsb, mask }) => ({
    name,
    isAccessible: () => (words[HartWord.Mstatus] & Mstatus.FS) !== 0,
    read: () => (words[HartWord.Fcsr] & mask) >>> lsb,
    write: (value) => {
      words[HartWord.Fcsr] = (words[HartWord.Fcsr] & ~mask) | ((value << lsb) & mask);
      words[HartWord.Mstatus] |= Mstatus.FS;
    },
  }));
}
