/** Names of the registers: RISC-V ELF psABI, "Register Convention". */

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

/** ABI name by number of the floating-point register. */
const floatRegisterNames = [
  ...['ft0', 'ft1', 'ft2', 'ft3', 'ft4', 'ft5', 'ft6', 'ft7', 'fs0', 'fs1'],
  ...['fa0', 'fa1', 'fa2', 'fa3', 'fa4', 'fa5', 'fa6', 'fa7'],
  ...['fs2', 'fs3', 'fs4', 'fs5', 'fs6', 'fs7', 'fs8', 'fs9', 'fs10', 'fs11'],
  ...['ft8', 'ft9', 'ft10', 'ft11'],
] as const;

const floatNumberByName = new Map<string, number>([
  ...floatRegisterNames.map((name, number): [string, number] => [name, number]),
  ...floatRegisterNames.map((_, number): [string, number] => [`f${number}`, number]),
]);

/** Number of the floating-point register called `name` (ABI name or `f0` … `f31`), or undefined. */
export function floatRegisterNumber(name: string): number | undefined {
  return floatNumberByName.get(name);
}

/** ABI name of floating-point register `number` (0 … 31). */
export function floatRegisterName(number: number): string {
  return floatRegisterNames[number] ?? `f${number}`;
}
