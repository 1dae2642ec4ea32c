/** What the machine and the kernel have counted up to one instruction, and between two. */
import type { Machine } from '../../machine/machine.ts';
import type { KernelCounters } from './kernel-counters.ts';

/** Exception code of `ecall` from U-mode. */
const ECALL_FROM_U = 8;
/** The kernel's counts have 32 bits. */
const toUnsigned = (value: number): number => value >>> 0;

export interface Sample {
  readonly cycles: number;
  readonly instructions: number;
  readonly modeSwitches: number;
  /** Writes of satp, counted by the machine. */
  readonly addressSpaceSwitches: number;
  readonly systemCalls: number;
  /** Exceptions that are no system calls of programs. */
  readonly otherExceptions: number;
  readonly interrupts: number;
  /** The next three are the kernel's own counts. */
  readonly kernelAddressSpaceSwitches: number;
  readonly messages: number;
  readonly bytesCopied: number;
}

const sum = (counts: readonly number[]): number =>
  counts.reduce((total, count) => total + count, 0);

/** Everything since reset. */
export function takeSample(machine: Machine, counters: KernelCounters): Sample {
  const { exceptions, interrupts, modeSwitches, addressSpaceSwitches } = machine.statistics;
  const kernel = counters.read();
  const systemCalls = exceptions.at(ECALL_FROM_U) ?? 0;
  return {
    cycles: machine.cycle,
    instructions: machine.instructionsRetired,
    modeSwitches,
    addressSpaceSwitches,
    systemCalls,
    otherExceptions: sum(exceptions) - systemCalls,
    interrupts: sum(interrupts),
    kernelAddressSpaceSwitches: kernel.addressSpaceSwitches,
    messages: kernel.messages,
    bytesCopied: kernel.bytesCopied,
  };
}

/** What was counted from `from` to `to`. */
export function difference(from: Sample, to: Sample): Sample {
  return {
    cycles: to.cycles - from.cycles,
    instructions: to.instructions - from.instructions,
    modeSwitches: to.modeSwitches - from.modeSwitches,
    addressSpaceSwitches: to.addressSpaceSwitches - from.addressSpaceSwitches,
    systemCalls: to.systemCalls - from.systemCalls,
    otherExceptions: to.otherExceptions - from.otherExceptions,
    interrupts: to.interrupts - from.interrupts,
    kernelAddressSpaceSwitches: toUnsigned(
      to.kernelAddressSpaceSwitches - from.kernelAddressSpaceSwitches,
    ),
    messages: toUnsigned(to.messages - from.messages),
    bytesCopied: toUnsigned(to.bytesCopied - from.bytesCopied),
  };
}
