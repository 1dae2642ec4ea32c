/** Registers as text. */
import { CSR_FIELDS } from '../../machine/hart/csr-fields.ts';
import type { CsrName } from '../../machine/hart/csr-addresses.ts';
import type { Hart } from '../../machine/hart/hart.ts';
import { registerName } from '../assembler/registers.ts';
import { EXCEPTION_NAMES, INTERRUPT_NAMES } from '../host/trap-names.ts';
import { digits, hexadecimal } from './hexadecimal.ts';

const REGISTERS = 32;
const INTERRUPT_BIT = 2 ** 31;
const NAME_WIDTH = 8;

/** Names of modes as `MPP` and `SPP` hold them. */
const MODES: Readonly<Record<number, string>> = { 0: 'U', 1: 'S', 3: 'M' };

/** The CSRs that tell most about where a guest stands, in the order in which they are read. */
export const TELLING_CSRS: readonly CsrName[] = [
  ...(['sstatus', 'scause', 'stval', 'sepc', 'stvec', 'satp', 'sie', 'sip', 'sscratch'] as const),
  ...(['mstatus', 'mcause', 'mtval', 'mepc', 'mtvec', 'mie', 'mip', 'medeleg', 'mideleg'] as const),
];

/** `a0   0000002a`, for the pc and x1 … x31, in `columns` columns that are read downwards. */
export function registerLines(
  pc: number,
  read: (index: number) => number,
  columns: number,
): string[] {
  const cells = [`pc   ${digits(pc)}`];
  for (let index = 1; index < REGISTERS; index++) {
    cells.push(`${registerName(index).padEnd(4)} ${digits(read(index))}`);
  }
  const rows = Math.ceil(cells.length / columns);
  return Array.from({ length: rows }, (_, row) =>
    cells.filter((_cell, index) => index % rows === row).join('  '),
  );
}

/** `mstatus  0x00001800  MPP=M`: fields that are not zero. */
export function csrLine(hart: Hart, name: CsrName): string {
  const value = hart.readCsr(name);
  if (value === undefined) return `${name.padEnd(NAME_WIDTH)} does not exist here`;
  return `${name.padEnd(NAME_WIDTH)} ${hexadecimal(value)}  ${csrMeaning(name, value)}`.trimEnd();
}

/** What a CSR's value means: a cause in words, or the fields that are not zero. */
export function csrMeaning(name: CsrName, value: number): string {
  if (name === 'mcause' || name === 'scause') return causeText(value);
  const fields = CSR_FIELDS[name] ?? [];
  return fields
    .map((field) => ({ field, content: Math.floor(value / 2 ** field.lsb) % 2 ** field.width }))
    .filter(({ content }) => content !== 0)
    .map(({ field, content }) => {
      if (field.width === 1) return field.name;
      const isMode = field.name === 'MPP' || field.name === 'SPP';
      return `${field.name}=${isMode ? (MODES[content] ?? content) : fieldText(content)}`;
    })
    .join(' ');
}

function fieldText(content: number): string {
  return content < 10 ? `${content}` : `0x${content.toString(16)}`;
}

function causeText(value: number): string {
  const isInterrupt = value >= INTERRUPT_BIT;
  const code = isInterrupt ? value - INTERRUPT_BIT : value;
  const names = isInterrupt ? INTERRUPT_NAMES : EXCEPTION_NAMES;
  return `${isInterrupt ? 'interrupt' : 'exception'} ${code}: ${names[code] ?? 'reserved'}`;
}
