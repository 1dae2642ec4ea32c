import { describe, expect, it } from 'vitest';
import { describeWithWitness } from '../../test/witness.ts';
import { assemble, formatAssemblyError } from '../assembler/assemble.ts';
import { GNU_ASSEMBLER, linkWithGnu } from '../assembler/gnu-witness.ts';
import { link, type LinkedImage, type LinkRequest } from './link.ts';
import type { ObjectFile, ObjectSection } from './object.ts';

const TEXT_ORIGIN = 0x80000000;
const PAGE = 0x1000;

function assembled(source: string, name = 'test.s'): ObjectFile {
  const { object, errors } = assemble(source, name);
  if (errors !== undefined) throw new Error(errors.map(formatAssemblyError).join('\n'));
  return object;
}

const placement = { entry: '_start', textOrigin: TEXT_ORIGIN };

function linked(objects: readonly ObjectFile[], request: Partial<LinkRequest> = {}): LinkedImage {
  const { image, errors } = link({ ...placement, objects, ...request });
  if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  return image;
}

function errorsOf(objects: readonly ObjectFile[], request: Partial<LinkRequest> = {}): string[] {
  const { errors = [] } = link({ ...placement, objects, ...request });
  return errors.map(({ message }) => message);
}

function addressOf(image: LinkedImage, name: string): number {
  const symbol = image.symbols.find((candidate) => candidate.name === name);
  if (symbol === undefined) throw new Error(`no symbol ${name}`);
  return symbol.address;
}

function wordAt(image: LinkedImage, address: number): number {
  for (const segment of image.segments) {
    const offset = address - segment.address;
    if (offset < 0 || offset >= segment.memorySize) continue;
    const view = new DataView(segment.bytes.buffer, segment.bytes.byteOffset);
    return offset < segment.bytes.length ? view.getUint32(offset, true) : 0;
  }
  throw new Error(`nothing at ${address}`);
}

/** An object with data at fixed addresses, as the compiler makes it. */
function staticData(
  ...places: readonly { address: number; bytes?: readonly number[]; zeros?: number }[]
): ObjectFile {
  const sections = places.map(({ address, bytes = [], zeros }): ObjectSection => ({
    name: `.data.${address.toString(16)}`,
    kind: zeros === undefined ? 'data' : 'bss',
    align: 4,
    bytes: Uint8Array.from(bytes),
    size: zeros ?? bytes.length,
    address,
    keep: true,
    relocations: [],
    positions: [],
    trapSites: [],
  }));
  return { name: 'module.ts', sections, symbols: [] };
}

const START = assembled('.globl _start\n_start: ret', 'start.s');

describe('layout', () => {
  it('gives text, constants and data pages of their own', () => {
    const image = linked([
      assembled(`
        .globl _start
        _start: la a0, constant
        la a0, variable
        la a0, room
        .rodata
        constant: .word 1
        .data
        variable: .word 2
        .bss
        room: .space 100
      `),
    ]);
    expect(image.segments.map(({ permissions }) => permissions)).toEqual(['r-x', 'r--', 'rw-']);
    expect(image.segments.map(({ address }) => address)).toEqual([
      TEXT_ORIGIN,
      TEXT_ORIGIN + PAGE,
      TEXT_ORIGIN + 2 * PAGE,
    ]);
    expect(wordAt(image, addressOf(image, 'constant'))).toBe(1);
    expect(wordAt(image, addressOf(image, 'variable'))).toBe(2);
    expect(addressOf(image, '__text_start')).toBe(TEXT_ORIGIN);
    expect(addressOf(image, '__data_start')).toBe(TEXT_ORIGIN + 2 * PAGE);
    expect(addressOf(image, '__bss_start')).toBe(addressOf(image, 'room'));
    expect(addressOf(image, '__bss_end') % 16).toBe(0);
    expect(addressOf(image, '__image_end')).toBe(addressOf(image, '__bss_end'));
    expect(addressOf(image, '__global_pointer$')).toBe(addressOf(image, '__data_start') + 0x800);
  });

  it('begins the text with the section of the entry', () => {
    const other = assembled('.globl other\nother: ret', 'other.s');
    const start = assembled('.globl _start\n_start: j other', 'start.s');
    const image = linked([other, start]);
    expect(image.entry).toBe(TEXT_ORIGIN);
    expect(addressOf(image, 'other')).toBe(TEXT_ORIGIN + 4);
  });

  it('leaves static data where the compiler put it, and other data after it', () => {
    const start = assembled('.globl _start\n_start: la a0, v\n.data\nv: .word 7', 'start.s');
    const image = linked([
      start,
      staticData(
        { address: 0x80040000, bytes: [1, 2, 3, 4] },
        { address: 0x80040010, bytes: [5, 6, 7, 8] },
      ),
    ]);
    expect(wordAt(image, 0x80040000)).toBe(0x04030201);
    expect(wordAt(image, 0x80040004)).toBe(0);
    expect(wordAt(image, 0x80040010)).toBe(0x08070605);
    expect(addressOf(image, 'v')).toBe(0x80040014);
    expect(image.segments.at(-1)).toMatchObject({ address: 0x80040000, permissions: 'rw-' });
  });

  it('keeps long runs of zeros out of the file', () => {
    const start = assembled('.globl _start\n_start: la a0, v\n.data\nv: .word 7', 'start.s');
    const image = linked([
      start,
      staticData(
        { address: 0x80040000, bytes: [1, 2, 3, 4] },
        { address: 0x80040004, zeros: 0x10000 },
        { address: 0x80050004, bytes: [5, 6, 7, 8] },
        { address: 0x80050008, zeros: 0x10000 },
      ),
    ]);
    expect(wordAt(image, 0x80040000)).toBe(0x04030201);
    expect(wordAt(image, 0x80048000)).toBe(0);
    expect(wordAt(image, 0x80050004)).toBe(0x08070605);
    expect(wordAt(image, 0x80058000)).toBe(0);
    expect(addressOf(image, 'v')).toBe(0x80061000);
    const size = image.segments.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(size).toBeLessThan(PAGE);
    const starts = image.segments.slice(2).map(({ address }) => address);
    expect(starts).toEqual([0x80040000, 0x80050000, 0x80061000]);
  });

  it('drops what nothing refers to', () => {
    const image = linked([
      assembled(`
        .globl _start
        .section .text.start
        _start: call used
        .section .text.used
        used: ret
        .section .text.unused
        unused: call missing
        .section .rodata.kept, "aR"
        kept: .word unreferenced
        .section .data.unreferenced
        unreferenced: .word 0
        .section .data.dropped
        dropped: .word 0
      `),
    ]);
    const names = image.symbols.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['_start', 'used', 'kept', 'unreferenced']));
    expect(names).not.toContain('unused');
    expect(names).not.toContain('dropped');
  });

  it('takes from libraries what is needed', () => {
    const library = [
      assembled('.globl f\nf: tail g', 'f.s'),
      assembled('.globl g\ng: ret', 'g.s'),
      assembled('.globl h\nh: ret', 'h.s'),
    ];
    const start = assembled('.globl _start\n_start: call f\n.weak g', 'start.s');
    const image = linked([start], { libraries: library });
    const names = image.symbols.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['f', 'g']));
    expect(names).not.toContain('h');
  });

  it('gives the same image for the same input, and another build id for another', () => {
    const one = linked([START]);
    expect(linked([START])).toEqual(one);
    const other = linked([assembled('.globl _start\n_start: nop', 'start.s')]);
    expect(other.buildId).not.toEqual(one.buildId);
  });
});

describe('symbols', () => {
  it('of start-up code are supplied where nothing defines them', () => {
    const image = linked([assembled('.globl _start\n_start: call __wasm_start')]);
    expect(wordAt(image, addressOf(image, '__wasm_start'))).toBe(0x00008067);
  });

  it('prefer strong definitions to weak ones, and are 0 if weak and undefined', () => {
    const start = assembled(
      '.globl _start\n.weak handler, hook\n_start: ret\nhandler: ret\n.word handler, hook',
      'start.s',
    );
    const strong = assembled('.globl handler\nhandler: nop\nret', 'handler.s');
    const image = linked([start, strong]);
    expect(wordAt(image, TEXT_ORIGIN + 8)).toBe(TEXT_ORIGIN + 16);
    expect(wordAt(image, TEXT_ORIGIN + 12)).toBe(0);
  });

  it('of one object hide those of others', () => {
    const one = assembled('.globl _start\n_start: call helper\nhelper: ret', 'one.s');
    const two = assembled('.globl helper\nhelper: nop\nret', 'two.s');
    expect(errorsOf([one, two])).toEqual([]);
  });

  it('of functions reach up to the next one if no size is given', () => {
    const source =
      '.globl _start\n.type _start, @function\n_start: nop\nnop\n.type f, @function\nf: ret';
    const sizes = linked([assembled(source)])
      .symbols.filter(({ type }) => type === 'func')
      .map(({ name, size }) => [name, size]);
    expect(sizes).toEqual([
      ['_start', 8],
      ['f', 4],
    ]);
  });
});

describe('errors', () => {
  it('name an undefined symbol and who refers to it', () => {
    const object = assembled('.globl _start\n_start: nop\ncall missing\ncall missing', 'a.s');
    expect(errorsOf([object])).toEqual([
      'undefined symbol missing, referred to by a.s (.text + 0x4) and 1 more places',
    ]);
  });

  it('name both definitions of a symbol', () => {
    const one = assembled('.globl f\nf: ret', 'one.s');
    const two = assembled('.globl f\nf: ret', 'two.s');
    expect(errorsOf([START, one, two])).toEqual(['symbol f is defined by one.s and by two.s']);
  });

  it('name a missing entry', () => {
    expect(errorsOf([assembled('nop')])[0]).toContain('the entry symbol _start');
  });

  it('name static data that overlap', () => {
    const data = staticData(
      { address: 0x80040000, bytes: [1, 2, 3, 4] },
      { address: 0x80040002, bytes: [1] },
    );
    expect(errorsOf([START, data])[0]).toMatch(/0x80040000 – 0x80040004.*from 0x80040002.*overlap/);
  });

  it('name text that reaches into static data', () => {
    const start = assembled('.globl _start\n_start: .space 0x2000', 'start.s');
    expect(errorsOf([start, staticData({ address: 0x80002000, bytes: [1] })])[0]).toMatch(
      /text and constants .* reach into the static data .*module\.ts at 0x80002000/,
    );
    expect(errorsOf([start, staticData({ address: 0x80001000, bytes: [1] })])[0]).toMatch(
      /the text .* reach into the static data/,
    );
  });

  it('name an image that is too large', () => {
    const start = assembled('.globl _start\n_start: la a0, v\n.bss\nv: .space 0x10000', 'start.s');
    expect(errorsOf([start], { limit: TEXT_ORIGIN + 0x8000 })[0]).toMatch(
      /ends at 0x80012000, beyond its limit of 0x80008000: 40960 bytes too many/,
    );
  });

  it('name a jump out of reach', () => {
    const start = assembled(
      '.globl _start\n_start: j far\n.section .text.far\n.space 0x100000\nfar: ret',
      'start.s',
    );
    expect(errorsOf([start])[0]).toMatch(
      /^start\.s \(\.text \+ 0x0\): \.text\.far is 1048580 bytes away .* jal/,
    );
  });
});

/** Every relocation that the assembler makes, across two files and four sections. */
const FIRST = `
  .globl _start, table
_start:
  la a0, message
  lla a1, table
  lw a2, table
  sw a2, counter, t0
  lui a3, %hi(counter)
  lw a4, %lo(counter)(a3)
  sw a4, %lo(counter + 4)(a3)
  addi a3, a3, %lo(counter)
1: auipc a5, %pcrel_hi(message + 1)
  lbu a5, %pcrel_lo(1b)(a5)
2: auipc a5, %pcrel_hi(table)
  sb a5, %pcrel_lo(2b)(a5)
  call second
  tail second
  j second
  beqz a0, second
  bnez a0, _start
  la sp, stack + 64
  .section .rodata
message: .asciz "hello"
  .balign 4
  .word message, _start + 8, counter, second
  .data
table: .word 1, 2, table + 4
  .bss
counter: .space 8
stack: .space 64
`;
const SECOND = `
  .globl second
second:
  la a0, table
  lui a1, %hi(table)
  addi a1, a1, %lo(table)
  la a2, own
  ret
  .data
own: .word second, table
`;

describeWithWitness(GNU_ASSEMBLER, 'links beside GNU ld', () => {
  it('gives the same bytes for every relocation', () => {
    const sources = [FIRST, SECOND];
    const image = linked(sources.map((source, index) => assembled(source, `${index}.s`)));
    const names = ['.text', '.rodata', '.data', '.bss'];
    const places = image.sections.filter(({ name }) => names.includes(name));
    expect(places.map(({ name }) => name)).toContain('.rodata');
    const theirs = linkWithGnu(sources, places);
    for (const { name, address, size, hasContents } of places) {
      if (!hasContents) continue;
      const segment = image.segments.find(
        (candidate) =>
          address >= candidate.address && address < candidate.address + candidate.bytes.length,
      );
      const start = address - (segment?.address ?? 0);
      const ours = segment?.bytes.subarray(start, start + size) ?? [];
      const hex = (bytes: Iterable<number>): string => Buffer.from([...bytes]).toString('hex');
      expect(`${name} ${hex(ours)}`).toBe(`${name} ${hex(theirs.get(name) ?? [])}`);
    }
  });
});
