/** Random programs leave the same RAM on our machine and on QEMU. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { QEMU } from '../qemu-boot.ts';
import { describeWithWitness } from '../witness.ts';
import { assembleHarness } from './harness.ts';
import { COMPARED_BYTES, describeOffset, layOut } from './image.ts';
import { bundle, type PlantedFault } from './planted-faults.ts';
import { randomProgram } from './program.ts';
import { runOnQemu } from './qemu.ts';
import type { runOnVitrine } from './vitrine.ts';

const PROGRAMS_PER_IMAGE = 48;
/** `npm run fuzz` runs the campaign, CI a twentieth of it. */
const IMAGES = process.env['VITRINE_CAMPAIGN'] === 'full' ? 400 : 20;

const ENTRY = 'test/random-programs/vitrine.ts';
const INTERPRETER = 'machine/engine/interpreter.ts';

/** One fault of each class that the programs claim to catch. */
const FAULTS: readonly PlantedFault[] = [
  {
    name: 'ALU: division by zero gives zero',
    file: INTERPRETER,
    original: 'divisor === 0 ? -1 : (x[words[record + Record.B]] / divisor) | 0',
    faulty: 'divisor === 0 ? 0 : (x[words[record + Record.B]] / divisor) | 0',
  },
  {
    name: 'branch: bltu compares as signed',
    file: INTERPRETER,
    original: 'x[words[record + Record.A]] >>> 0 < x[words[record + Record.B]] >>> 0\n',
    faulty: 'x[words[record + Record.A]] < x[words[record + Record.B]]\n',
  },
  {
    name: 'memory: lh does not extend the sign',
    file: INTERPRETER,
    original: '(halves[(address + words[entry + 1]) >>> 1] << 16) >> 16',
    faulty: 'halves[(address + words[entry + 1]) >>> 1]',
  },
  {
    name: 'memory: a store across pages misplaces its second part',
    file: 'machine/hart/memory-unit.ts',
    original: 'const rest = value >>> (firstSize * BYTE_BITS);',
    faulty: 'const rest = value;',
  },
  {
    name: 'float: a double across pages is loaded from one',
    file: 'machine/hart/memory-unit.ts',
    original:
      'this.#doubleBytes[i] = this.#ram.bytes[i < firstSize ? first + i : second + i - firstSize]',
    faulty: 'this.#doubleBytes[i] = this.#ram.bytes[first + i]',
  },
  {
    name: 'float: a single in a register without its box counts',
    file: 'machine/hart/floating-point/float-registers.ts',
    original: 'return this.#words[low + 1] === BOX ? this.floats[low] : NaN;',
    faulty: 'return this.floats[low];',
  },
  {
    name: 'float: a fused operation adds what it should subtract',
    file: 'machine/hart/floating-point/plain.ts',
    original: 'const NEGATES_ADDEND = 0x04;',
    faulty: 'const NEGATES_ADDEND = 0;',
  },
  {
    name: 'float: FS Off forbids nothing',
    file: 'machine/hart/csr-floating-point.ts',
    original: '(words[HartWord.Mstatus] & Mstatus.FS) !== 0',
    faulty: 'true',
  },
  {
    name: 'bits: orc.b leaves bytes as they are',
    file: 'machine/hart/bit-manipulation.ts',
    original: 'return Math.imul(combined & 0x0101_0101, LOW_BYTE);',
    faulty: 'return combined;',
  },
  {
    name: 'bits: bclri clears all other bits',
    file: 'machine/engine/decode-bit-manipulation.ts',
    original: '~(1 << bit)',
    faulty: '1 << bit',
  },
  {
    name: 'compressed: c.swsp loses the upper bits of its offset',
    file: 'machine/engine/decode-compressed.ts',
    original: 'bits(half, 12, 9, 2) | bits(half, 8, 7, 6)',
    faulty: 'bits(half, 12, 9, 2)',
  },
  {
    name: 'compressed: reserved shifts by 32 and more do not trap',
    file: 'machine/engine/decode-compressed.ts',
    original: 'return isWide ? NO_EXPANSION : typeI(Opcode.OpImm, Funct3.ShiftLeft, rd, rd, rs2);',
    faulty: 'return typeI(Opcode.OpImm, Funct3.ShiftLeft, rd, rd, rs2);',
  },
  {
    name: 'compressed: a trap takes all instructions for long ones',
    file: 'machine/engine/block-cache.ts',
    original: 'return HALF_BYTES * (2 * index - short);',
    faulty: 'return 2 * HALF_BYTES * index;',
  },
  {
    name: 'trap: mret leaves MPIE clear',
    file: 'machine/hart/trap-unit.ts',
    original: '| enabled | Mstatus.MPIE',
    faulty: '| enabled',
  },
  {
    name: 'page walk: MXR does not make executable pages readable',
    file: 'machine/hart/page-table-walk.ts',
    original: '|| (mode.mxr && (entry & Pte.X) !== 0)',
    faulty: '',
  },
  {
    name: 'page walk: a load sets D',
    file: 'machine/hart/page-table-walk.ts',
    original: '(access === Access.Store ? Pte.D : 0)',
    faulty: 'Pte.D',
  },
  {
    name: 'code: a store leaves decoded blocks in place',
    file: 'machine/engine/block-cache.ts',
    original: 'this.#dropOverlapping(page, offset, offset + length);',
    faulty: '',
  },
];

interface Runner {
  readonly runOnVitrine: typeof runOnVitrine;
}

const batch = (seed: number) => fc.sample(randomProgram, { seed, numRuns: PROGRAMS_PER_IMAGE });

/** The first byte in which two memories differ, described; undefined if they are equal. */
function difference(ours: Uint8Array, theirs: Uint8Array): string | undefined {
  if (Buffer.compare(ours, theirs) === 0) return undefined;
  const offset = ours.findIndex((byte, index) => byte !== theirs[index]);
  return `${describeOffset(offset)}: here ${ours[offset]}, QEMU ${theirs[offset]}`;
}

describeWithWitness(QEMU, 'random programs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-machines-'));
  const images: Uint8Array[] = [];
  const expected: Uint8Array[] = [];
  let machine: Runner;

  const load = async (fault?: PlantedFault): Promise<Runner> => {
    const path = await bundle(ENTRY, folder, fault);
    return (await import(pathToFileURL(path).href)) as Runner;
  };

  beforeAll(async () => {
    const harness = assembleHarness();
    for (let seed = 1; seed <= IMAGES; seed++) {
      const image = layOut(harness, batch(seed));
      images.push(image);
      expected.push(runOnQemu(image));
    }
    machine = await load();
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('leave the RAM that they leave on QEMU', () => {
    images.forEach((image, index) => {
      const seed = `seed ${index + 1}`;
      expect(difference(machine.runOnVitrine(image), expected[index]), seed).toBeUndefined();
    });
  });

  it('leave the same RAM in slices of any length', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: images.length - 1 }),
        fc.integer({ min: 1, max: 1000 }),
        (index, slice) => {
          expect(
            difference(machine.runOnVitrine(images[index], slice), expected[index]),
          ).toBeUndefined();
        },
      ),
      { seed: 1, numRuns: 10 },
    );
  });

  it.each(FAULTS)('catch a planted fault: $name', async (fault) => {
    const faulty = await load(fault);
    const caught = images.some((image, index) => {
      try {
        return difference(faulty.runOnVitrine(image), expected[index]) !== undefined;
      } catch {
        return true; // It did not even end.
      }
    });
    expect(caught).toBe(true);
  });

  it('compare what the programs wrote', () => {
    // Registers, logs and data are in the image: it is not compared with itself.
    expect(images[0]).toHaveLength(COMPARED_BYTES);
    expect(difference(images[0], expected[0])).toBeDefined();
  });
});
