/** What to say about a guest that does nothing but trap. */
import { SUPERVISOR_STORM_TRAPS, type Runaway } from '../../machine/hart/trap-unit.ts';
import type { SymbolTable } from './symbol-table.ts';
import { EXCEPTION_NAMES } from './trap-names.ts';

/** One line: what the guest does over and over, and where. */
export function describeRunaway({ kind, pc, cause }: Runaway, symbols: SymbolTable): string {
  const name = EXCEPTION_NAMES[cause] ?? 'unknown cause';
  const place = symbols.format(pc);
  return kind === 'machine-trap-loop'
    ? `the guest runs wild: ${name} (mcause ${cause}) at ${place}, the first instruction of its own M-mode trap handler`
    : `the guest runs wild: ${SUPERVISOR_STORM_TRAPS} traps to S-mode in a row, the last one ${name} (scause ${cause}) at ${place}`;
}
