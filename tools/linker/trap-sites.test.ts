import { describe, expect, it } from 'vitest';
import { assemble } from '../assembler/assemble.ts';
import { link } from './link.ts';
import { type ObjectFile, type ObjectSection, TrapReason } from './object.ts';

const TEXT_ORIGIN = 0x80000000;

function section(name: string, fields: Partial<ObjectSection>): ObjectSection {
  return {
    ...{ name, kind: 'text', align: 4, bytes: new Uint8Array(16), size: 16 },
    ...{ keep: true, relocations: [], positions: [], trapSites: [] },
    ...fields,
  };
}

/** The table of an image, read by hand as its layout is documented. */
function readTable(objects: readonly ObjectFile[]) {
  const { image, errors } = link({ objects, entry: '_start', textOrigin: TEXT_ORIGIN });
  if (errors !== undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  const place = image.sections.find(({ name }) => name === '.trap_sites');
  const note = image.sections.find(({ name }) => name === '.note.vitrine');
  const segment = image.segments.find(({ permissions }) => permissions === 'r--');
  if (place === undefined || note === undefined || segment === undefined) throw new Error('lost');
  const view = new DataView(segment.bytes.buffer, place.address - segment.address, place.size);
  const word = (offset: number): number => view.getUint32(offset, true);
  const [magic, count, fileCount, stringBytes] = [0, 4, 8, 12].map(word);
  const sites = Array.from({ length: count }, (_, index) => {
    const offset = 16 + 8 * index;
    return {
      pc: word(offset),
      line: view.getUint16(offset + 4, true),
      file: view.getUint8(offset + 6),
      reason: view.getUint8(offset + 7),
    };
  });
  const filesStart = 16 + 8 * count;
  const stringsStart = filesStart + 8 * fileCount;
  const files = Array.from({ length: fileCount }, (_, index) => {
    const offset = stringsStart + word(filesStart + 8 * index);
    const length = word(filesStart + 8 * index + 4);
    return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + offset, length));
  });
  const noteView = new DataView(segment.bytes.buffer, note.address - segment.address, note.size);
  const noteWords = [0, 4, 8, 20, 24].map((offset) => noteView.getUint32(offset, true));
  return { magic, stringBytes, sites, files, size: place.size, address: place.address, noteWords };
}

const start: ObjectFile = {
  name: 'start',
  sections: [section('.text', {})],
  symbols: [
    {
      ...{ name: '_start', section: '.text', value: 0, size: 16 },
      ...{ binding: 'global', type: 'func' },
    },
  ],
};

describe('.trap_sites', () => {
  it('is there, and empty, in an image without sites', () => {
    const table = readTable([start]);
    expect(table).toMatchObject({ magic: 0x50415254, sites: [], files: [], size: 16 });
  });

  it('is found through its note', () => {
    const { noteWords, address, size } = readTable([start]);
    expect(noteWords).toEqual([8, 8, 1, address, size]);
  });

  it('names reason, file and line of every site, sorted by address', () => {
    const compiled: ObjectFile = {
      name: 'compiled',
      sections: [
        section('.text.late', {
          positions: [
            { offset: 0, file: 'kernels/ä.ts', line: 70000, column: 1 },
            { offset: 8, file: '', line: 0, column: 0 },
          ],
          trapSites: [
            { offset: 12, reason: TrapReason.Unreachable },
            { offset: 8, reason: TrapReason.MemoryAccess },
            { offset: 4, reason: TrapReason.DivisionByZero },
          ],
        }),
      ],
      symbols: [],
    };
    const { object } = assemble('nop\nlw a0, (a1)\n', 'kernels/trap.s');
    if (object === undefined) throw new Error('not assembled');
    const [text] = object.sections;
    const assembly = { ...object, sections: [{ ...text, keep: true }] };
    const table = readTable([start, compiled, assembly]);
    expect(table.files).toEqual(['', 'kernels/ä.ts', 'kernels/trap.s']);
    expect(table.stringBytes).toBe(27);
    expect(table.sites).toEqual([
      { pc: TEXT_ORIGIN + 20, line: 65535, file: 1, reason: TrapReason.DivisionByZero },
      { pc: TEXT_ORIGIN + 28, line: 0, file: 0, reason: TrapReason.Unreachable },
      { pc: TEXT_ORIGIN + 36, line: 2, file: 2, reason: TrapReason.MemoryAccess },
    ]);
  });

  it('cannot name more files than its entries count', () => {
    const sections = Array.from({ length: 257 }, (_, index) =>
      section(`.text.${index}`, {
        positions: [{ offset: 0, file: `${index}.ts`, line: 1, column: 0 }],
        trapSites: [{ offset: 0, reason: TrapReason.MemoryAccess }],
      }),
    );
    const many: ObjectFile = { name: 'many', sections, symbols: [] };
    expect(() => readTable([start, many])).toThrow('more than 256 files (the last one: 256.ts)');
  });
});
