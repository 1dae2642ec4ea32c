/** Random 16-bit instructions that compute: neither jumps nor accesses. */
import fc from 'fast-check';
import { encodeInstruction, type Mnemonic } from '../../tools/assembler/encode.ts';

/** The registers that three bits can name. */
export const shortRegister = fc.integer({ min: 8, max: 15 });

const signed = fc.integer({ min: -32, max: 31 });
const amount = fc.integer({ min: 0, max: 31 });
const upper = fc.oneof(
  fc.integer({ min: 1, max: 31 }),
  fc.integer({ min: 0xf_ffe0, max: 0xf_ffff }),
);
const source = fc.integer({ min: 1, max: 31 });

/** Encoded; results go to registers below `limit`. */
export function shortInstruction(limit: number): fc.Arbitrary<number> {
  const destination = fc.integer({ min: 0, max: limit - 1 });
  const encode = (
    mnemonics: readonly Mnemonic[],
    operands: Readonly<Record<string, fc.Arbitrary<number>>>,
  ): fc.Arbitrary<number> =>
    fc
      .tuple(fc.constantFrom(...mnemonics), fc.record(operands))
      .map(([mnemonic, values]) => encodeInstruction(mnemonic, values));
  return fc.oneof(
    encode(['c.addi', 'c.li'], { rd: destination, immediate: signed }),
    encode(['c.lui'], { rd: destination.filter((rd) => rd !== 2), immediate: upper }),
    encode(['c.addi4spn'], {
      rd: shortRegister,
      immediate: fc.integer({ min: 1, max: 255 }).map((words) => words * 4),
    }),
    encode(['c.addi16sp'], {
      immediate: fc.constantFrom(-512, -256, -16, 16, 32, 64, 128, 256, 496),
    }),
    encode(['c.srli', 'c.srai'], { rd: shortRegister, immediate: amount }),
    encode(['c.andi'], { rd: shortRegister, immediate: signed }),
    encode(['c.sub', 'c.xor', 'c.or', 'c.and'], { rd: shortRegister, rs2: shortRegister }),
    encode(['c.slli'], { rd: destination, immediate: amount }),
    encode(['c.mv', 'c.add'], { rd: destination, rs2: source }),
    encode(['c.nop'], {}),
  );
}
