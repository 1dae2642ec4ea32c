/**
 * A device's state from its declaration: an object with one property per declared piece, the values
 * after reset, and conversion to and from the form that is hashed and that snapshots keep.
 */

import type { StateDeclaration, StateValues } from './device.ts';

interface ScalarOf {
  u8: number;
  u32: number;
  u64: bigint;
  cycle: number;
}

interface ArrayOf {
  u8: Uint8Array;
  u32: Uint32Array;
  u64: BigUint64Array;
  cycle: Float64Array;
}

/** The state object of a list of declarations: scalars as numbers or bigints, arrays as typed arrays. */
export type StateOf<Declarations extends readonly StateDeclaration[]> = {
  -readonly [D in Declarations[number] as D['name']]: D extends { readonly length: number }
    ? ArrayOf[D['type']]
    : ScalarOf[D['type']];
};

type StateArray = ArrayOf[keyof ArrayOf];
type StateValue = number | bigint | StateArray;
type StateRecord = Record<string, StateValue>;

/** "Never", as the value of a `cycle`. */
export const NEVER = Infinity;

/** State that does not fit the declaration it is restored to. */
export class DeviceStateError extends Error {
  override readonly name = 'DeviceStateError';
}

function resetValue(declaration: StateDeclaration): number {
  return declaration.reset ?? (declaration.type === 'cycle' ? NEVER : 0);
}

function initialValue(declaration: StateDeclaration): StateValue {
  const value = resetValue(declaration);
  const { type, length } = declaration;
  if (length === undefined) return type === 'u64' ? BigInt(value) : value;
  switch (type) {
    case 'u8':
      return new Uint8Array(length).fill(value);
    case 'u32':
      return new Uint32Array(length).fill(value);
    case 'u64':
      return new BigUint64Array(length).fill(BigInt(value));
    case 'cycle':
      return new Float64Array(length).fill(value);
  }
}

/** Makes the state object of `declarations`, with the values after reset. */
export function createState<const Declarations extends readonly StateDeclaration[]>(
  declarations: Declarations,
): StateOf<Declarations> {
  const record: StateRecord = {};
  for (const declaration of declarations) record[declaration.name] = initialValue(declaration);
  return record as StateOf<Declarations>;
}

/** Puts every piece back to its value after reset; typed arrays stay the same objects. */
export function resetState(declarations: readonly StateDeclaration[], state: object): void {
  const record = state as StateRecord;
  for (const declaration of declarations) {
    const current = record[declaration.name];
    const value = resetValue(declaration);
    if (current instanceof BigUint64Array) current.fill(BigInt(value));
    else if (typeof current === 'object') current.fill(value);
    else record[declaration.name] = declaration.type === 'u64' ? BigInt(value) : value;
  }
}

/** A copy of every piece, by name. */
export function saveState(declarations: readonly StateDeclaration[], state: object): StateValues {
  const record = state as StateRecord;
  const values: Record<string, readonly (number | bigint)[]> = {};
  for (const { name } of declarations) {
    const value = record[name];
    values[name] = typeof value === 'object' ? Array.from<number | bigint>(value) : [value];
  }
  return values;
}

/** Largest value of each integer type. */
const LARGEST = { u8: 0xffn, u32: 0xffff_ffffn, u64: 0xffff_ffff_ffff_ffffn };

function check(declaration: StateDeclaration, value: number | bigint): void {
  const { type, name } = declaration;
  const fits =
    type === 'cycle'
      ? value === NEVER || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0)
      : (type === 'u64' ? typeof value === 'bigint' : Number.isInteger(value)) &&
        value >= 0 &&
        BigInt(value) <= LARGEST[type];
  if (!fits) throw new DeviceStateError(`state ${name}: ${value} is not a ${type}`);
}

/**
 * The inverse of `saveState`. Nothing is changed unless everything fits.
 * @throws DeviceStateError when a piece is missing, or has the wrong length or a value out of range.
 */
export function restoreState(
  declarations: readonly StateDeclaration[],
  state: object,
  values: StateValues,
): void {
  for (const declaration of declarations) {
    const { name, length = 1 } = declaration;
    const piece = Object.hasOwn(values, name) ? values[name] : [];
    if (piece.length !== length) {
      throw new DeviceStateError(`state ${name}: ${piece.length} values instead of ${length}`);
    }
    for (const value of piece) check(declaration, value);
  }
  const record = state as StateRecord;
  for (const { name } of declarations) {
    const current = record[name];
    if (current instanceof BigUint64Array) current.set(values[name].map(BigInt));
    else if (typeof current === 'object') current.set(values[name].map(Number));
    else record[name] = values[name][0];
  }
}
