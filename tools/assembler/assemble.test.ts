import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { type ObjectFile, RelocationType, TrapReason } from '../linker/object.ts';
import { assemble, type AssemblyOptions, formatAssemblyError } from './assemble.ts';
import { assembleWithGnu, GNU_ASSEMBLER } from './gnu-witness.ts';

function assembled(source: string, options?: AssemblyOptions): ObjectFile {
  const { object, errors } = assemble(source, 'test.s', options);
  if (errors !== undefined) throw new Error(errors.map(formatAssemblyError).join('\n'));
  return object;
}

function errorsOf(source: string): string[] {
  const { errors = [] } = assemble(source, 'test.s');
  return errors.map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

function sectionOf(source: string, name: string, options?: AssemblyOptions) {
  const section = assembled(source, options).sections.find((candidate) => candidate.name === name);
  if (section === undefined) throw new Error(`no section ${name}`);
  return section;
}

/** The words of `.text`. */
function wordsOf(source: string, options?: AssemblyOptions): number[] {
  const { bytes } = sectionOf(source, '.text', options);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(4 * index, true));
}

function bytesOf(source: string): number[] {
  return [...sectionOf(`.data\n${source}`, '.data').bytes];
}

const NOP = 0x00000013;

describe('labels and branches', () => {
  it('finds numeric labels in both directions', () => {
    expect(wordsOf('1: j 1f\n1: j 1b\n j 1b')).toEqual([0x0040006f, 0x0000006f, 0xffdff06f]);
  });

  it('turns a branch out of reach into the opposite branch over a jump', () => {
    const words = wordsOf('beq a0, a1, far\n.space 4096\nfar: nop');
    expect(words.slice(0, 2)).toEqual([0x00b51463, 0x0040106f]);
    expect(wordsOf('beq a0, a1, near\n.space 4088\nnear: nop')[0]).toBe(0x7eb50ee3);
  });

  it('does so where one expansion pushes another target out of reach', () => {
    const words = wordsOf('beq a0, a1, far\nbeq a0, a1, far\n.space 4088\nfar: nop');
    expect(words.length).toBe(2 + 1 + 1022 + 1);
    expect(words[2]).toBe(0x7eb50ee3);
  });

  it('leaves targets in other sections and files to the linker', () => {
    const { relocations, bytes } = sectionOf('beqz a0, other\nj other', '.text');
    expect(bytes.length).toBe(12);
    expect(relocations).toEqual([
      { offset: 4, type: RelocationType.R_RISCV_JAL, symbol: 'other', addend: 0 },
      { offset: 8, type: RelocationType.R_RISCV_JAL, symbol: 'other', addend: 0 },
    ]);
  });
});

describe('symbols', () => {
  it('have the binding, type and size that directives give them', () => {
    const { symbols } = assembled(`
      .globl f
      .type f, @function
    f: nop
      ret
      .size f, . - f
      .weak g
    g: .equ LIMIT, 64
    .Lprivate: nop
    `);
    const text = { section: '.text' };
    expect(symbols.find(({ name }) => name === 'f')).toEqual({
      ...text,
      ...{ name: 'f', value: 0, size: 8, binding: 'global', type: 'func' },
    });
    expect(symbols.find(({ name }) => name === 'g')).toMatchObject({ ...text, binding: 'weak' });
    expect(symbols.find(({ name }) => name === 'LIMIT')).toMatchObject({
      section: '*ABS*',
      value: 64,
    });
    expect(symbols.some(({ name }) => name === '.Lprivate')).toBe(false);
  });

  it('may be used before they are set', () => {
    expect(wordsOf('li a0, SIZE\n.set SIZE, 3')).toEqual([0x00300513]);
  });

  it('may come from the caller', () => {
    expect(wordsOf('li a0, SIZE', { symbols: { SIZE: 3 } })).toEqual([0x00300513]);
  });

  it('are linked by name if they are weak or defined elsewhere, else by section', () => {
    const { relocations } = sectionOf(
      'nop\n.weak w\nw: la a0, w\n la a0, elsewhere\nhere: .word here + 4',
      '.text',
    );
    expect(relocations.filter(({ type }) => type !== RelocationType.R_RISCV_PCREL_LO12_I)).toEqual([
      { offset: 4, type: RelocationType.R_RISCV_PCREL_HI20, symbol: 'w', addend: 0 },
      { offset: 12, type: RelocationType.R_RISCV_PCREL_HI20, symbol: 'elsewhere', addend: 0 },
      { offset: 20, type: RelocationType.R_RISCV_32, symbol: '.text', addend: 24 },
    ]);
  });
});

describe('data', () => {
  it('is little-endian, with the escapes of strings', () => {
    expect(bytesOf('.byte 1, -1, 0xff\n.half 0x1234\n.word 0x12345678')).toEqual([
      ...[1, 255, 255],
      ...[0x34, 0x12],
      ...[0x78, 0x56, 0x34, 0x12],
    ]);
    expect(bytesOf(String.raw`.asciz "a\n\"\\\x41\101é"`)).toEqual([
      ...[0x61, 0x0a, 0x22, 0x5c, 0x41, 0x41, 0xc3, 0xa9],
      0,
    ]);
    expect(bytesOf('.dword 0x0102030405060708')).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(bytesOf(`.byte 'a', 'b, '\\n', '#', ';'`)).toEqual([0x61, 0x62, 10, 0x23, 0x3b]);
  });

  it('is aligned and filled', () => {
    expect(bytesOf('.byte 1\n.align 2\n.byte 2\n.balign 4, 0xee\n.fill 2, 2, 0x0102')).toEqual([
      ...[1, 0, 0, 0],
      ...[2, 0xee, 0xee, 0xee],
      ...[2, 1, 2, 1],
    ]);
    expect(wordsOf('.option norvc\nnop\n.p2align 3\nret')).toEqual([NOP, NOP, 0x8067]);
  });

  it('goes into the section of its name, flags and type', () => {
    const { sections } = assembled(`
      .section .text.boot, "ax", @progbits
      nop
      .section .rodata.names, "a"
      .byte 1
      .section .mine, "aw", @nobits
      .space 8
      .section .kept, "aR"
      .byte 1
      .bss
      .balign 16
      .space 3
    `);
    const kinds = sections.map(({ name, kind, keep = false }) => [name, kind, keep]);
    expect(kinds).toEqual([
      ['.text.boot', 'text', false],
      ['.rodata.names', 'rodata', false],
      ['.mine', 'bss', false],
      ['.kept', 'rodata', true],
      ['.bss', 'bss', false],
    ]);
    expect(sections.at(-1)).toMatchObject({ align: 16, size: 3 });
  });
});

describe('expressions', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['1 + 1 << 4', 17],
    ['4 | 1 + 1', 6],
    ['-7 / 2', -3],
    ['-7 % 3', -1],
    ['~0 & 0xff', 255],
    ['!0 + !5', 1],
    ['3 == 3', -1],
    ['1 < 2 && 2 < 1', 0],
    ["'a' + 1", 98],
    ['0b101 + 017', 20],
    ['end - start', 8],
  ])('%s is %i', (text, value) => {
    const bytes = sectionOf(`start: .word ${text}, 0\nend:`, '.text').bytes;
    expect(new DataView(bytes.buffer).getInt32(0, true)).toBe(value);
  });

  it('splits addresses into parts', () => {
    expect(wordsOf('lui a0, %hi(0x12345fff)\naddi a0, a0, %lo(0x12345fff)')).toEqual([
      0x12346537, 0xfff50513,
    ]);
  });
});

describe('macros and conditions', () => {
  it('substitutes arguments, defaults and the count', () => {
    const source = `
      .macro store register, offset=8, rest:vararg
      sw \\register, \\offset(sp)
      j .Ldone\\@
      .Ldone\\@: .word \\rest
      .endm
      store a0, 4, 1, 2
      store register=a1, rest=3
    `;
    expect(wordsOf(source)).toEqual([
      ...[0x00a12223, 0x0040006f, 1, 2],
      ...[0x00b12423, 0x0040006f, 3],
    ]);
  });

  it('repeats and iterates', () => {
    expect(wordsOf('.rept 2\n.rept 2\nnop\n.endr\n.endr')).toEqual([NOP, NOP, NOP, NOP]);
    expect(wordsOf('.irp value, 1, 2, 3\n.word \\value\n.endr')).toEqual([1, 2, 3]);
  });

  it('assembles one branch of a condition', () => {
    const source = (size: number): string => `
      .set SIZE, ${size}
      .if SIZE == 1
        .word 1
        .ifdef UNKNOWN
          .word 99
        .endif
      .elseif SIZE == 2
        .word 2
      .else
        .word 3
      .endif`;
    expect([1, 2, 3].map((size) => wordsOf(source(size)))).toEqual([[1], [2], [3]]);
  });

  it('places the lines of a macro where it is called', () => {
    const { positions } = sectionOf('.macro two\nnop\nnop\n.endm\nret\ntwo\nret', '.text');
    expect(positions.map(({ offset, line }) => [offset, line])).toEqual([
      [0, 5],
      [4, 6],
      [12, 7],
    ]);
  });

  it('includes files', () => {
    const readInclude = (name: string): string | undefined =>
      name === 'sizes.inc' ? '.set SIZE, 5' : undefined;
    expect(wordsOf('.include "sizes.inc"\n.word SIZE', { readInclude })).toEqual([5]);
  });
});

describe('comments and statements', () => {
  it('are told apart', () => {
    const source = "nop # one\nnop // two\n/* three\n lines */ nop; nop\n.word '#' # \"";
    expect(wordsOf(source)).toEqual([NOP, NOP, NOP, NOP, 0x23]);
    expect(sectionOf(source, '.text').positions.map(({ line }) => line)).toEqual([1, 2, 4]);
  });
});

describe('places of faults', () => {
  it('are loads, stores, atomics and ebreak', () => {
    const { trapSites } = sectionOf(
      'lw a0, (a1)\nnop\nsb a0, (a1)\nlr.w a0, (a1)\nebreak',
      '.text',
    );
    expect(trapSites).toEqual([
      { offset: 0, reason: TrapReason.MemoryAccess },
      { offset: 8, reason: TrapReason.MemoryAccess },
      { offset: 12, reason: TrapReason.MemoryAccess },
      { offset: 16, reason: TrapReason.Breakpoint },
    ]);
  });
});

describe('errors', () => {
  it.each([
    ['nop\nbogus a0', "test.s:2: unknown instruction 'bogus'"],
    ['addi a0, a0, 5000', 'test.s:1: addi: immediate 5000 is out of range (-2048 … 2047)'],
    ['add a0, a1', 'test.s:1: add takes 3 operands, not 2'],
    ['mv a0', 'test.s:1: mv does not take 1 operands'],
    ['lw a0, 4[a1]', "test.s:1: unexpected character '['"],
    ['add a0, a1, q7', "test.s:1: expected a register or a number, found 'q7'"],
    ['add a0, q7, a1', "test.s:1: expected a register, found 'q7'"],
    ['csrr a0, nonsense', "test.s:1: unknown CSR 'nonsense'"],
    ['a: nop\na: nop', "test.s:2: symbol 'a' is already defined"],
    ['j 2f', 'test.s:1: there is no label 2 after this line'],
    ['j 1b', 'test.s:1: there is no label 1 before this line'],
    ['.bogus', 'test.s:1: unknown directive .bogus'],
    ['.byte 256', 'test.s:1: 256 does not fit in .byte'],
    ['.word 1 / 0', 'test.s:1: division by zero'],
    ['.word (1', "test.s:1: expected ')', found the end of the statement"],
    ['.asciz "abc', 'test.s:1: string without a closing quote'],
    ['.if 1\nnop', 'test.s:1: .if without .endif'],
    ['.endif', 'test.s:1: .endif without .if'],
    ['.macro m\nnop', 'test.s:1: .macro without its end'],
    ['.macro m a:req\nnop\n.endm\nm', 'test.s:4: macro m needs its argument a'],
    ['.macro m\nm\n.endm\nm', 'test.s:4: more than'],
    ['.rept 100000000\nnop\n.endr', 'test.s:1: .rept 100000000 is out of range'],
    ['.space 0x7fffffff', 'test.s:1: section .text would be larger'],
    ['.bss\n.word 1', 'test.s:2: section .bss is bss'],
    ['.byte 1\nnop', 'test.s:2: an instruction must lie at a multiple of 2'],
    ['c.j elsewhere', 'test.s:1: c.j reaches only labels of its own section'],
    ['c.lwsp a0, 0(a1)', 'test.s:1: this operand can only be sp'],
    ['fadd.s fa0, fa1, a2', 'test.s:1: expected a floating-point register'],
    ['fadd.s fa0, fa1, fa2, up', 'test.s:1: expected a rounding mode'],
    ['.if later - . < 4\n.space 4\n.endif\nlater:', 'test.s:1: the addresses do not settle'],
    ['beq a0, a1, 8', 'test.s:1: beq needs a label'],
    ['.include "x"', 'test.s:1: .include: cannot read x'],
    ['.error "no such thing"', 'test.s:1: no such thing'],
  ])('%j is reported', (source, message) => {
    expect(errorsOf(source)).toEqual([expect.stringContaining(message)]);
  });

  it('all come at once, each with its source line', () => {
    const { errors = [] } = assemble('bogus\nnop\n  addi a0, a0, 5000 # why\n', 'boot.s');
    expect(errors.map(({ line }) => line)).toEqual([1, 3]);
    expect(formatAssemblyError(errors[1])).toBe(
      'boot.s:3: addi: immediate 5000 is out of range (-2048 … 2047)\n' +
        '    addi a0, a0, 5000 # why',
    );
  });
});

describe('any text', () => {
  const words = [
    ...['addi', 'lw', 'sw', 'beq', 'jal', 'la', 'li', 'call', 'csrw', 'fence', 'lr.w', 'label:'],
    ...[
      '.word',
      '.align',
      '.set',
      '.section',
      '.macro',
      '.endm',
      '.rept',
      '.endr',
      '.if',
      '.endif',
    ],
    ...['a0', 'sp', 'label', '1:', '1f', '1b', '%hi', '%lo', '(', ')', ',', '+', '-', '<<', '.'],
    ...['0', '7', '-1', '0x1000', "'a'", '"text"', '\\@', ';', '#', '/*', '*/', '\n'],
  ];

  it('gives an object or errors with their lines', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 3 })), {
          maxLength: 40,
        }),
        (parts) => {
          const source = parts.join(' ');
          const { object, errors } = assemble(source, 'any.s');
          expect(object === undefined).toBe(errors !== undefined);
          for (const { line, message } of errors ?? []) {
            expect(line).toBeGreaterThan(0);
            expect(message).not.toBe('');
          }
        },
      ),
      { numRuns: process.env['VITRINE_CAMPAIGN'] === 'full' ? 50_000 : 1000 },
    );
  });
});

/** Every pseudo-instruction, and spellings that courses use. */
const COURSE_SOURCE = `
start:
  nop; mv a0, a1; move a0, a1; not a0, a1; neg a0, a1
  seqz a0, a1; snez a0, a1; sltz a0, a1; sgtz a0, a1
  sgt a0, a1, a2; sgtu a0, a1, a2
  zext.b a0, a1; zext.h a0, a1; sext.b a0, a1; sext.h a0, a1
  li a0, 0; li a0, -2048; li a0, 2047; li a0, 2048; li a0, 0x7ffff800; li a0, -1
  li a0, 0x80000000; li a0, 0xffffffff; li a0, 0xfffff800; li t0, 0x12345000
1: beqz a0, 1b; bnez a0, 1b; blez a0, 1b; bgez a0, 1f; bltz a0, 1f; bgtz a0, 1f
  bgt a0, a1, 1f; ble a0, a1, 1f; bgtu a0, a1, 1f; bleu a0, a1, 1f
1: j start; jal start; jal t0, start; jr a0; jr 4(a0); jalr a0; jalr 8(a0); jalr t0, a1
  jalr t0, 4(a1); jalr t0, a1, 4; ret
  csrr a0, mstatus; csrw mtvec, a0; csrs mie, a0; csrc mie, a0
  csrwi mie, 1; csrsi mstatus, 8; csrci mstatus, 8; csrw mie, 3; csrrw a0, mscratch, 4
  rdcycle a0; rdcycleh a0; rdtime a0; rdtimeh a0; rdinstret a0; rdinstreth a0
  fence; fence rw, rw; fence iorw, iorw; fence r, w; fence.i; fence.tso; pause
  unimp; ecall; ebreak; scall; sbreak; wfi; mret; sret
  sfence.vma; sfence.vma a0; sfence.vma a0, a1
  add a0, a1, 5; and a0, a0, -1; sll a0, a1, 3; slt a0, a1, 7; sltu a0, a0, 9
  lw a0, (a1); lw a0, 4*2(a1); sw a0, 4(sp); lb x5, -1(x6); lhu fp, 2(s1)
  lr.w a0, (a1); sc.w.aqrl a0, a1, (a2); amoswap.w.aq a0, a1, (a2); amomaxu.w.rl a0, a1, 0(a2)
  lui a0, 0xfffff; auipc a0, 1; addi a0, a0, %lo(0x12345fff)
  flw fa0, (a1); fsd ft0, -8(sp); flh f1, 2(a0); fadd.s fa0, fa1, fa2; fadd.d fa0, fa1, fa2, rtz
  fmadd.s fa0, fa1, fa2, fa3; fnmsub.h fa0, fa1, fa2, fa3, rup; fsqrt.d f31, f30; fcvt.d.s fa0, fa1
  fcvt.w.s a0, fa1; fcvt.wu.d a0, fa1, rtz; fcvt.s.w fa0, a1; fcvt.d.wu fa0, a1; fcvt.h.s ft0, ft1
  fmv.s fa0, fa1; fneg.d fa0, fa1; fabs.h fa0, fa1; fgt.s a0, fa1, fa2; fge.d a0, fa1, fa2
  fmv.x.w a0, fa0; fmv.w.x fa0, a0; fmv.x.s a0, fa0; fmv.s.x fa0, a0; fclass.d a0, fa0
  frcsr a0; fscsr a0; fscsr a0, a1; frrm a0; fsrm a0; fsrm a0, a1; fsrmi 1; fsrmi a0, 2
  frflags a0; fsflags a0; fsflags a0, a1; fsflagsi 1; fsflagsi a0, 3
  sh1add a0, a1, a2; andn a0, a1, a2; rori a0, a1, 5; ror a0, a1, 5; bset a0, a1, 3; clz a0, a1
  clmulr a0, a1, a2; pack a0, a1, a2; zip a0, a1; xperm8 a0, a1, a2; rev8 a0, a0; orc.b a0, a0
  .word 1 + 2 << 3, ~1, -5 % 3, 'x', 0b11, 017
  .align 4
  .half 1, 2; .byte 3; .zero 3; .asciz "text"; .zero 3
  .rept 3
  addi a0, a0, 1
  .endr
  .macro twice what, times=2
  \\what a0, a0, \\times
  \\what a1, a1, \\times
  .endm
  twice addi
  twice slli, 3
  beq a0, a1, far
  bltu a1, a2, far
  .space 5000
far:
  bne a0, a1, start
  jal start
`;

describeWithWitness(GNU_ASSEMBLER, 'assembly beside GNU as', () => {
  it('gives the same bytes for everything that courses use', () => {
    const ours = sectionOf(COURSE_SOURCE, '.text').bytes;
    expect(Buffer.from(ours).toString('hex')).toBe(
      Buffer.from(assembleWithGnu(COURSE_SOURCE)).toString('hex'),
    );
  });
});
