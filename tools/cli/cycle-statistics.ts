/** `--stats`: where a run's cycles went. */
import type { Machine } from '../../machine/machine.ts';
import { REASON_NAMES } from '../../machine/timing/inorder/reasons.ts';
import { formatTable } from './table.ts';

const MODE_NAMES = ['user', 'supervisor', 'reserved', 'machine'] as const;
const SATP_ASID_SHIFT = 22;
const SATP_ASID_MASK = 0x1ff;
const SATP_PPN_MASK = 0x3f_ffff;
const PAGE_BYTES = 4096;
const SHOWN_MODES = [0, 1, 3] as const;

export interface CycleStatistics {
  /** The clock model, as `--cpu` names it. */
  readonly cpu: string;
  readonly cycles: number;
  readonly instructions: number;
  readonly exceptions: number;
  readonly interrupts: number;
  readonly modeSwitches: number;
  readonly addressSpaceSwitches: number;
  /** Cycles of all harts; empty in the functional model, where every instruction takes one. */
  readonly charged: readonly ChargedRow[];
}

export interface ChargedRow {
  readonly hart: number;
  /** `satp` of the address space, or 0. */
  readonly satp: number;
  readonly mode: string;
  readonly reason: string;
  readonly cycles: number;
}

export function collectStatistics(machine: Machine, cpu: string): CycleStatistics {
  const { statistics } = machine;
  return {
    cpu,
    cycles: machine.cycle,
    instructions: machine.instructionsRetired,
    exceptions: sum(statistics.exceptions),
    interrupts: sum(statistics.interrupts),
    modeSwitches: statistics.modeSwitches,
    addressSpaceSwitches: statistics.addressSpaceSwitches,
    charged: machine.harts.flatMap((_, hart) =>
      machine.chargedCycles(hart).map(({ satp, mode, reason, cycles }) => ({
        hart,
        satp,
        mode: MODE_NAMES[mode],
        reason: REASON_NAMES[reason],
        cycles,
      })),
    ),
  };
}

/** For people. */
export function formatStatistics(statistics: CycleStatistics): string {
  const { cpu, cycles, instructions, charged } = statistics;
  const { exceptions, interrupts, modeSwitches, addressSpaceSwitches } = statistics;
  const perInstruction = (cycles / instructions).toFixed(3);
  const head = [
    `${cpu}: ${show(cycles)} cycles, ${show(instructions)} instructions, ${perInstruction} cycles each`,
    `${show(exceptions)} exceptions, ${show(interrupts)} interrupts, ${show(modeSwitches)} changes of ` +
      `mode, ${show(addressSpaceSwitches)} writes to satp`,
  ].join('\n');
  return charged.length === 0 ? head : `${head}\n\n${byReason(charged)}\n\n${bySpace(charged)}`;
}

function byReason(rows: readonly ChargedRow[]): string {
  const total = cyclesOf(rows);
  const reasons = REASON_NAMES.map((reason) => rows.filter((row) => row.reason === reason))
    .filter((own) => own.length > 0)
    .map((own) => [own[0].reason, ...byMode(own), percent(cyclesOf(own), total)]);
  return formatTable(
    ['cycles', ...SHOWN_MODES.map((mode) => MODE_NAMES[mode]), 'all', ''],
    [...reasons, ['all', ...byMode(rows), percent(total, total)]],
  );
}

function bySpace(rows: readonly ChargedRow[]): string {
  const total = cyclesOf(rows);
  const spaces = [...new Set(rows.map(({ satp }) => satp))].map((satp) => {
    const own = rows.filter((row) => row.satp === satp);
    return [spaceName(satp), ...byMode(own), percent(cyclesOf(own), total)];
  });
  return formatTable(
    ['address space', ...SHOWN_MODES.map((mode) => MODE_NAMES[mode]), 'all', ''],
    spaces,
  );
}

/** `ASID 3, 0x80bff000`: the address of the page table (RISC-V Privileged 4.1.11). */
function spaceName(satp: number): string {
  if (satp === 0) return 'none';
  const asid = (satp >>> SATP_ASID_SHIFT) & SATP_ASID_MASK;
  const root = (satp & SATP_PPN_MASK) * PAGE_BYTES;
  return `ASID ${asid}, 0x${root.toString(16)}`;
}

/** Cycles in each mode, then in all. */
function byMode(rows: readonly ChargedRow[]): string[] {
  const modes = SHOWN_MODES.map((mode) =>
    cyclesOf(rows.filter((row) => row.mode === MODE_NAMES[mode])),
  );
  return [...modes, cyclesOf(rows)].map(show);
}

function cyclesOf(rows: readonly ChargedRow[]): number {
  return sum(rows.map(({ cycles }) => cycles));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function show(count: number): string {
  return count.toLocaleString('en-US');
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}
