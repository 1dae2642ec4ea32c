/**
 * Which register a guest's access reaches, from the register declarations. An access reaches the
 * register that begins at its offset, whatever the access's width; arrays are expanded, so a
 * look-up is one probe of a table.
 */

import type { RegisterDeclaration } from './device.ts';

/** Where an access lands. */
export interface RegisterSlot {
  /** Offset of the register, of element 0 for an array: the constant that the device switches on. */
  readonly register: number;
  /** Index into an array of registers, row by row where it has several dimensions; else 0. */
  readonly element: number;
  /** Name of the register, or of both if one offset reads and writes different ones. */
  readonly name: string;
  readonly readable: boolean;
  readonly writable: boolean;
}

export type RegisterMap = ReadonlyMap<number, RegisterSlot>;

interface Element {
  readonly offset: number;
  readonly element: number;
}

/** Offset and index of every element of a register, row by row. */
function elementsOf(register: RegisterDeclaration): Element[] {
  let elements: Element[] = [{ offset: register.offset, element: 0 }];
  for (const { count, stride } of register.dimensions ?? []) {
    elements = elements.flatMap(({ offset, element }) =>
      Array.from({ length: count }, (_, index) => ({
        offset: offset + index * stride,
        element: element * count + index,
      })),
    );
  }
  return elements;
}

/**
 * Builds the table. Registers may share an offset (RBR and THR, or one behind a bank switch):
 * the offset is then readable, and writable, if any of them is.
 */
export function createRegisterMap(registers: readonly RegisterDeclaration[]): RegisterMap {
  const map = new Map<number, RegisterSlot>();
  for (const register of registers) {
    for (const { offset, element } of elementsOf(register)) {
      const earlier = map.get(offset);
      map.set(offset, {
        register: register.offset,
        element,
        name: earlier === undefined ? register.name : `${earlier.name}/${register.name}`,
        readable: (earlier?.readable ?? false) || register.access !== 'wo',
        writable: (earlier?.writable ?? false) || register.access !== 'ro',
      });
    }
  }
  return map;
}
