/** Whether objects may be linked with each other: `e_flags` of the RISC-V ELF psABI. */
import { LinkFailure } from './link-error.ts';
import type { InputSection } from './live-sections.ts';
import {
  EF_RISCV_FLOAT_ABI,
  EF_RISCV_FLOAT_ABI_DOUBLE,
  EF_RISCV_FLOAT_ABI_SINGLE,
  EF_RISCV_FLOAT_ABI_SOFT,
  EF_RISCV_RVC,
  EF_RISCV_RVE,
  type ObjectFile,
} from './object.ts';

const CONVENTION = EF_RISCV_FLOAT_ABI | EF_RISCV_RVE;

const conventionNames = new Map([
  [EF_RISCV_FLOAT_ABI_SOFT, 'ilp32'],
  [EF_RISCV_FLOAT_ABI_SINGLE, 'ilp32f'],
  [EF_RISCV_FLOAT_ABI_DOUBLE, 'ilp32d'],
  [EF_RISCV_FLOAT_ABI_SOFT | EF_RISCV_RVE, 'ilp32e'],
]);

/** The name by which `-mabi` knows the calling convention. */
export function conventionName(flags: number): string {
  const convention = flags & CONVENTION;
  return conventionNames.get(convention) ?? `convention 0x${convention.toString(16)}`;
}

/**
 * `e_flags` of an image made of these sections.
 * @throws LinkFailure if their objects differ in the calling convention.
 */
export function combineFlags(live: readonly InputSection[]): number {
  let first: ObjectFile | undefined;
  let flags = 0;
  for (const object of new Set(live.map((input) => input.object))) {
    if (object.flags === undefined) continue;
    flags |= object.flags & EF_RISCV_RVC;
    const firstFlags = first?.flags ?? object.flags;
    if ((firstFlags & CONVENTION) !== (object.flags & CONVENTION)) {
      throw new LinkFailure(
        'calling convention',
        `${first?.name ?? ''} passes arguments as ${conventionName(firstFlags)} has it, ${object.name} ` +
          `as ${conventionName(object.flags)}: compile both with the same -mabi`,
      );
    }
    first ??= object;
  }
  return flags | ((first?.flags ?? 0) & CONVENTION);
}
