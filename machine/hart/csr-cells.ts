/**
 * The CSRs that are nothing but a cell of the state: reading and writing them has no side effect,
 * so the engine does both by itself. They are those that trap handlers use most.
 */
import { CSR_ADDRESSES, type CsrName } from './csr-addresses.ts';
import { HartWord } from './state-layout.ts';

export interface CsrCell {
  readonly name: CsrName;
  readonly word: HartWord;
  /** The bits that can be written; the others stay zero. */
  readonly writable: number;
}

const ALL_BITS = -1;
/** Instructions are aligned to two bytes: the low bit of an epc is zero. */
export const EPC_WRITABLE = -2;

/** The cause registers are WLRL: they hold any value, so all that any cause needs. */
export const CSR_CELLS: readonly CsrCell[] = [
  { name: 'mscratch', word: HartWord.Mscratch, writable: ALL_BITS },
  { name: 'sscratch', word: HartWord.Sscratch, writable: ALL_BITS },
  { name: 'mepc', word: HartWord.Mepc, writable: EPC_WRITABLE },
  { name: 'sepc', word: HartWord.Sepc, writable: EPC_WRITABLE },
  { name: 'mcause', word: HartWord.Mcause, writable: ALL_BITS },
  { name: 'scause', word: HartWord.Scause, writable: ALL_BITS },
  { name: 'mtval', word: HartWord.Mtval, writable: ALL_BITS },
  { name: 'stval', word: HartWord.Stval, writable: ALL_BITS },
];

const BY_ADDRESS: ReadonlyMap<number, CsrCell> = new Map(
  CSR_CELLS.map((cell) => [CSR_ADDRESSES[cell.name], cell]),
);

/** The cell that a CSR is, by its number; undefined if it is more than that, or does not exist. */
export function csrCellAt(address: number): CsrCell | undefined {
  return BY_ADDRESS.get(address);
}
