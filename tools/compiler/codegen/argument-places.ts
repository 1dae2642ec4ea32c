/** Where arguments travel: registers, then the stack (RISC-V ELF psABI, ilp32 and ilp32d). */
import { ArgumentClass, type Instruction } from '../ir/instruction.ts';
import { type Place, PlaceKind, framePlace } from './place.ts';
import { ARGUMENT_REGISTERS, FLOAT_ARGUMENT_REGISTERS } from './registers.ts';

/**
 * The places of argument values: floating-point ones in fa0 … fa7, words in a0 … a7, then on the
 * stack, where a pair that lies there wholly is aligned to 8.
 */
export function argumentPlaces(classes: readonly ArgumentClass[], stack: PlaceKind): Place[] {
  const places: Place[] = [];
  let words = 0;
  let floats = 0;
  let stackWord = 0;
  const word = (): Place =>
    words < ARGUMENT_REGISTERS.length
      ? ARGUMENT_REGISTERS[words++]
      : framePlace(stack, stackWord++);
  for (const kind of classes) {
    switch (kind) {
      case ArgumentClass.Float:
        places.push(FLOAT_ARGUMENT_REGISTERS[floats++]);
        break;
      case ArgumentClass.Word:
        places.push(word());
        break;
      case ArgumentClass.Pair:
        if (words >= ARGUMENT_REGISTERS.length && stackWord % 2 === 1) stackWord++;
        places.push(word(), word());
        break;
    }
  }
  return places;
}

/** Argument places of a call, in the order of its argument operands. */
export function placesOfArguments(call: Instruction, count: number): Place[] {
  const classes = call.argumentClasses ?? new Array<ArgumentClass>(count).fill(ArgumentClass.Word);
  return argumentPlaces(classes, PlaceKind.Outgoing);
}
