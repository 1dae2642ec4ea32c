/** What a control and status register is to the instructions that touch it. */
import type { CsrName } from './csr-addresses.ts';

export interface CsrDefinition {
  readonly name: CsrName;
  read(): number;
  /** Absent for a register that is read-only by its number, whose writes never get here. */
  write?(value: number): void;
  /** The value that set and clear instructions start from, where it is not what is read. */
  readForModify?(): number;
  /** Whether the current mode may touch it, beyond what its number says. */
  isAccessible?(): boolean;
}
