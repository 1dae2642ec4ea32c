/** Names of the integer registers: RISC-V ELF psABI, "Integer Register Convention". */

/** ABI name by register number. */
export const abiRegisterNames = [
  ...['zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1'],
  ...['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'],
  ...['s2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11'],
  ...['t3', 't4', 't5', 't6'],
] as const;

/** Register numbers that code refers to by role. */
export const Register = {
  zero: 0,
  ra: 1,
  sp: 2,
  gp: 3,
  tp: 4,
  t0: 5,
  t1: 6,
} as const;

const numberByName = new Map<string, number>([
  ...abiRegisterNames.map((name, number): [string, number] => [name, number]),
  ...abiRegisterNames.map((_, number): [string, number] => [`x${number}`, number]),
  ['fp', 8],
]);

/** Number of the register called `name` (ABI name, `fp` or `x0` … `x31`), or undefined. */
export function registerNumber(name: string): number | undefined {
  return numberByName.get(name);
}

/** ABI name of register `number` (0 … 31). */
export function registerName(number: number): string {
  return abiRegisterNames[number] ?? `x${number}`;
}
