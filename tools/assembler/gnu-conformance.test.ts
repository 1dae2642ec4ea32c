/** Every instruction, pseudo-instruction and register that there is, beside GNU as. */
import { describe, expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { CSR_ADDRESSES } from '../../machine/hart/csr-addresses.ts';
import { assemble } from './assemble.ts';
import {
  samplesOfInstruction,
  samplesOfPseudoInstructions,
  type StatementSamples,
} from './assembly-samples.ts';
import {
  assembleEachWithGnu,
  assembleWithGnu,
  GNU_ASSEMBLER,
  gnuCsrNames,
  gnuMnemonics,
} from './gnu-witness.ts';
import { immediateForm, isInstructionName, specialForms } from './instruction-statement.ts';
import { findInstruction, formatOf, instructions } from './instructions.ts';
import { pseudoInstructions } from './pseudo-instructions.ts';

/** Extensions younger than the oldest GNU as that the tests are run with. */
const YOUNG_EXTENSIONS = ['Zicond'];

/** Statements that are not compared, with the reason. */
const DIFFERENT: readonly (readonly [RegExp, string])[] = [
  [/^c\.(?:slli|srli|srai) \w+,0$/, 'a hint, which it calls c.slli64'],
  [/^c\.(?:slli|srli|srai) \w+,0x0$/, 'a hint, which it calls c.slli64'],
  [/^c\.addi zero,/, 'a hint, for which it has no name'],
  [/^c\.addi \w+,0$/, 'a hint, for which it has no name'],
  [/^li a0, (?:4294967296|-2147483649)$/, 'refused here; GNU as drops the bits above 32 silently'],
];

/** What GNU as knows and we do not, with the reason. */
const UNKNOWN_MNEMONICS: readonly (readonly [RegExp, string])[] = [
  [/^(?:hret|uret|sfence\.vm)$/, 'of drafts of the privileged architecture: removed before 1.12'],
  [/^dret$/, 'of debug mode, which the machine does not have'],
  [/^c\.s(?:ll|rl|ra)i64$/, 'of RV128; a hint here'],
  [/^la\.tls\./, 'images have no thread-local variables'],
];
const UNKNOWN_CSRS: readonly (readonly [RegExp, string])[] = [
  [/^(?:h|vs|mh)\w+|^(?:mtinst|mtval2)$/, 'of the hypervisor extension'],
  [/state(?:en)\d/, 'of Smstateen'],
  [/^[ms]?(?:i?select|ireg|topei|topi)$/, 'of the advanced interrupt architecture'],
  [
    /^m(?:vien|vip|ie|ip|ideleg)h?$|^midelegh$|^s(?:ie|ip)h$/,
    'of the advanced interrupt architecture',
  ],
  [/^v(?:l|lenb|type|start|csr|xrm|xsat)$/, 'of the vector extension'],
  [/^u(?:status|ie|tvec|scratch|epc|cause|tval|ip)$|^s[ei]deleg$/, 'of user-level traps, removed'],
  [/badaddr$|^sptbr$|^mbase$|^mbound$|^m[id]b(?:ase|ound)$|^m[su]counteren$/, 'of older drafts'],
  [/^scountovf$|^mhpmevent\d+h$/, 'of Sscofpmf'],
  [/^seed$/, 'of the entropy source, Zkr'],
  [/^d(?:csr|pc|scratch\d?)$/, 'of debug mode, which the machine does not have'],
  [
    /^(?:etrigger|icount|itrigger|tmexttrigger|mcontrol6?|textra(?:32|64)|tcontrol|tinfo|mscontext|tdata\d|tselect|mcontext)$/,
    'of the trigger module',
  ],
];

function hasReason(reasons: readonly (readonly [RegExp, string])[], text: string): boolean {
  return reasons.some(([pattern]) => pattern.test(text));
}

function assembledHere(statement: string): string {
  const { object, errors } = assemble(statement, 'one.s');
  if (errors !== undefined) return `refused: ${errors[0].message}`;
  const text = object.sections.find(({ name }) => name === '.text')?.bytes;
  return Buffer.from(text ?? []).toString('hex');
}

function flipFirstByte(code: string, bits: number): string {
  const bytes = Buffer.from(code, 'hex');
  bytes[0] ^= bits;
  return bytes.toString('hex');
}

interface Comparison {
  readonly statement: string;
  readonly ours: string;
  readonly theirs: string;
}

function compare(
  statements: readonly string[],
  assembleOne: (statement: string) => string,
): Comparison[] {
  const theirs = assembleEachWithGnu(statements);
  return statements.map((statement, index) => ({
    statement,
    ours: assembleOne(statement),
    theirs: theirs[index],
  }));
}

/** Statements that give other bytes here, or that only one of the two refuses. */
function findDifferences(
  samples: readonly StatementSamples[],
  assembleOne = assembledHere,
): string[] {
  const valid = samples.flatMap((sample) => sample.valid);
  const invalid = samples.flatMap((sample) => sample.invalid);
  const differences = compare([...valid, ...invalid], assembleOne).filter(
    ({ statement, ours, theirs }) => {
      if (hasReason(DIFFERENT, statement)) return false;
      const areBothRefused = ours.startsWith('refused') && theirs.startsWith('refused');
      return !areBothRefused && ours !== theirs;
    },
  );
  return differences.map(
    ({ statement, ours, theirs }) => `${statement}: ours ${ours}, GNU's ${theirs}`,
  );
}

/** Those that need more than a substitution: by name and number of operands. */
const specialSamples: Readonly<Record<string, readonly string[]>> = {
  'li/2': [
    ...[
      0, 1, -1, 31, 32, -32, -33, 2047, 2048, 2049, -2048, -2049, 4095, 4096, 0x7ff, 0x800, 0xfff,
    ],
    ...[0x7fffffff, 0x7ffff800, 0x7ffff7ff, -0x80000000, 0x80000000, 0xffffffff, 0xfffff800],
    ...[0x12345678, 0x12345fff, 0x1f000, 0x20000, 0xfffe0000, 0x100000000, -0x80000001],
  ].map((value) => `li a0, ${value}`),
  'la/2': ['la a0, elsewhere', 'la s11, elsewhere + 8', 'la a0, 0x12345'],
  'lla/2': ['lla a0, elsewhere', 'lla t0, elsewhere - 4'],
  'call/1': ['call elsewhere', 'call elsewhere + 4'],
  'call/2': ['call t0, elsewhere'],
  'tail/1': ['tail elsewhere'],
  'jump/2': ['jump elsewhere, t2'],
};

describeWithWitness(GNU_ASSEMBLER, 'GNU as and ours', () => {
  const known = gnuMnemonics();

  it('have the same instructions, byte for byte, with the same operands refused', () => {
    const table = instructions.filter(({ mnemonic, extension }) => {
      const isYoung = YOUNG_EXTENSIONS.includes(extension) && !known.includes(mnemonic);
      return !isYoung;
    });
    expect(table.length).toBeGreaterThan(instructions.length - YOUNG_EXTENSIONS.length * 2 - 1);
    expect(findDifferences(table.map(samplesOfInstruction))).toEqual([]);
  });

  it('differ where one bit of an encoding is wrong, or an operand is taken that does not fit', () => {
    const samples = ['addi', 'fmadd.d'].map((name) => {
      const instruction = findInstruction(name);
      if (instruction === undefined) throw new Error(`there is no ${name}`);
      return samplesOfInstruction(instruction);
    });
    const WRONG_BIT = 1 << 4;
    const flipped = (statement: string): string => {
      const code = assembledHere(statement);
      if (!statement.startsWith('fmadd.d')) return code;
      return code.startsWith('refused') ? code : flipFirstByte(code, WRONG_BIT);
    };
    const valid = samples[1].valid.length;
    expect(findDifferences(samples, flipped)).toHaveLength(valid);
    const lenient = (statement: string): string =>
      assembledHere(statement.replace(/,2048$/, ',2047'));
    expect(findDifferences(samples, lenient)).toEqual([expect.stringContaining(',2048: ours ')]);
  });

  it('have the same pseudo-instructions', () => {
    expect(findDifferences(samplesOfPseudoInstructions())).toEqual([]);
    const special = [...specialForms.keys()].map((key) => ({
      valid: specialSamples[key] ?? [`${key} has no sample`],
      invalid: [],
    }));
    expect(findDifferences(special)).toEqual([]);
  });

  it('take a number in the place of a register where there is a form with one', () => {
    const samples = Object.entries(immediateForm).map(([name, form]) => {
      const instruction = findInstruction(form);
      if (instruction === undefined) throw new Error(`there is no ${form}`);
      const { valid, invalid } = samplesOfInstruction(instruction);
      const rename = (text: string): string => text.replace(form, name);
      return { valid: valid.map(rename), invalid: invalid.map(rename) };
    });
    expect(findDifferences(samples)).toEqual([]);
  });

  it('load from and store to symbols alike', () => {
    const lines = instructions.flatMap(({ mnemonic, format }) => {
      switch (format) {
        case 'load':
          return [`${mnemonic} a0, elsewhere`];
        case 'S':
          return [`${mnemonic} a0, elsewhere, t0`];
        case 'floatLoad':
        case 'floatStore':
          return [`${mnemonic} fa0, elsewhere + 4, t0`];
        default:
          return [];
      }
    });
    expect(findDifferences([{ valid: lines, invalid: [] }])).toEqual([]);
  });

  it('know the same names', () => {
    expect(known.length).toBeGreaterThan(300);
    const unknown = known.filter((name) => !isInstructionName(name));
    expect(unknown.filter((name) => !hasReason(UNKNOWN_MNEMONICS, name))).toEqual([]);
    const more = [
      ...instructions.map(({ mnemonic }) => mnemonic),
      ...pseudoInstructions.map(([name]) => name),
    ];
    const young = instructions.filter(({ extension }) => YOUNG_EXTENSIONS.includes(extension));
    expect(
      more.filter(
        (name) => !known.includes(name) && !young.some(({ mnemonic }) => mnemonic === name),
      ),
    ).toEqual([]);
  });

  it('know the same registers by the same numbers', () => {
    const names = gnuCsrNames();
    expect(names.length).toBeGreaterThan(200);
    const ours = Object.keys(CSR_ADDRESSES);
    const unknown = names.filter((name) => !ours.includes(name));
    expect(unknown.filter((name) => !hasReason(UNKNOWN_CSRS, name))).toEqual([]);
    const shared = ours.filter((name) => names.includes(name));
    expect(
      findDifferences([{ valid: shared.map((name) => `csrr a0, ${name}`), invalid: [] }]),
    ).toEqual([]);
    expect(ours.filter((name) => !names.includes(name))).toEqual([]);
  });
});

/** Directives that courses use, each with what its bytes depend on. */
const DIRECTIVES = [
  '.byte 1, -1, 0xff; .half 0x1234; .short -2; .hword 3; .2byte 4',
  '.word 1, -1; .long 2; .int 3; .4byte 4; .dword -5; .quad 0x123456789abcdef0; .8byte 6; .octa 7',
  '.ascii "a", "b"; .asciz "c"; .string "d\\n\\t\\0\\101\\x41"',
  ".byte 'a', 'b', '\\n', '\\''",
  '.zero 3; .space 2, 5; .skip 3; .fill 2, 2, 0x0102; .fill 3; .fill 2, 8, 1',
  '.byte 1; .balign 4; .byte 2; .balign 8, 0xee; .p2align 4,,3; .byte 1; .p2align 3',
  '.uleb128 0; .uleb128 127; .uleb128 128; .uleb128 0x12345678; .uleb128 0xffffffff',
  '.sleb128 0; .sleb128 -1; .sleb128 63; .sleb128 64; .sleb128 -64; .sleb128 -65; .sleb128 0x7fffffff',
  '.float 1.5, -0.1, 1e10, 0f2.5, -1e-40; .single 3; .double 1.5, -0.1, 1e300, 0d2.5',
  '.set A, 5; .equ B, A * 2; C = B + 1; .equiv D, 4; .byte A, B, C, D; .set A, 6; .byte A',
  '.byte 1 + 2 * 3, (1 + 2) * 3, 1 + 1 << 4, 4 | 1 + 1, 7 & 3 ^ 1, -7 / 2, -7 % 3, ~0 & 0xff',
  '.byte 1 == 1, 1 != 1, 1 <> 2, 1 < 2, 2 <= 1, 1 > 2, 2 >= 1, 1 && 0, 1 || 0, !0, 1 << 3, 64 >> 2',
  '.irp x, 1, 2, 3\n.byte \\x\n.endr\n.irpc c, 456\n.byte \\c\n.endr\n.rept 3\n.byte 7\n.endr',
  '.macro m a, b=2, c:vararg\n.byte \\a, \\b, \\c\n.endm\nm 1, , 3, 4; m a=5, b=6, c=7; m 8, 9, 10',
  '.macro e n\n.byte \\n\n.if \\n > 1\n.exitm\n.endif\n.byte 99\n.endm\ne 1; e 2; e 3; .byte 4',
  '.macro u\nl\\@: .byte \\@\n.endm\nu; u\n.macro q x\n.ifnb \\x\n.byte \\x\n.endif\n.endm\nq; q 3',
  '.ifc abc, abc; .byte 1; .endif; .ifnc a, b; .byte 2; .endif; .ifc a, b; .byte 3; .else; .byte 4; .endif',
  '.ifeqs "x", "x"; .byte 1; .endif; .ifnes "x", "x"; .byte 2; .endif; .ifdef N; .byte 3; .endif',
  '.if 0; .byte 1; .elseif 1; .byte 2; .else; .byte 3; .endif; .ifeq 0; .byte 4; .endif; .ifge -1; .byte 5; .endif',
  'a: .word 1; .word b - a, . - a; b: .org 64; .byte b - a; .org b + 80, 0',
  '.byte 1 # one\n.byte 2\n.byte /* three */ 3; .byte 4 /* four\nlines */\n.byte 5',
  '1: .byte 1f - 1b; 1: .byte 1b - 1f; .byte 2; 1: .pushsection .rodata; .byte 9; .popsection; .byte 3',
];

describeWithWitness(GNU_ASSEMBLER, 'directives of GNU as and ours', () => {
  it.each(DIRECTIVES)('%j gives the same data', (source) => {
    const text = `.data\n${source}\n`;
    const { object, errors } = assemble(text, 'data.s');
    expect(errors?.map(({ message }) => message)).toBeUndefined();
    const data = object?.sections.find(({ name }) => name === '.data')?.bytes;
    expect(Buffer.from(data ?? []).toString('hex')).toBe(
      Buffer.from(assembleWithGnu(text, false, '.data')).toString('hex'),
    );
  });

  it('include bytes of files', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5);
    const { object } = assemble('.data\n.incbin "f.bin"\n.incbin "f.bin", 1, 2', 'data.s', {
      readBinary: (name) => (name === 'f.bin' ? bytes : undefined),
    });
    expect([...(object?.sections[0]?.bytes ?? [])]).toEqual([1, 2, 3, 4, 5, 2, 3]);
    const { errors } = assemble('.incbin "none"', 'data.s');
    expect(errors?.[0]?.message).toBe('.incbin: cannot read none');
  });
});

describe('the samples', () => {
  it('are there for every instruction, with every rounding mode, fence and ordering', () => {
    for (const instruction of instructions) {
      const { valid } = samplesOfInstruction(instruction);
      expect(valid.length, instruction.mnemonic).toBeGreaterThan(0);
      if (formatOf(instruction).ordering === true) {
        expect(valid.some((line) => line.startsWith(`${instruction.mnemonic}.aqrl `))).toBe(true);
      }
    }
  });
});
