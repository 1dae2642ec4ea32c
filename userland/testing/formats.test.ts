/** What user space reads from outside, against the tools that write it, and against damage. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { detachedBoard } from '../../machine/boards/detached-board.ts';
import { writeCpio } from '../../tools/images/cpio.ts';
import { manifestText, parseSystemDescription } from '../../tools/images/manifest.ts';
import { TargetModule } from '../../tools/testing/target-module.ts';

const encoder = new TextEncoder();
let target: TargetModule;
let results: number;

beforeAll(async () => {
  target = await TargetModule.compile('userland/testing/probe.ts');
  results = target.call('resultsAddress');
});

const result = (place: number): number => target.word(results + 4 * place);

/** Calls a function with bytes that end where memory ends, and a name. */
function callWith(name: string, bytes: Uint8Array, argument: string): boolean {
  const address = target.putAtEnd(bytes);
  const text = encoder.encode(argument);
  target.put(target.scratch, text);
  return target.call(name, address, bytes.length, target.scratch, text.length) === 1;
}

/** Bytes with some of them replaced. */
const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
  minLength: 1,
  maxLength: 8,
});

function damaged(bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const copy = bytes.slice();
  for (const [place, value] of changes) copy[place % copy.length] = value;
  return copy;
}

describe('a cpio archive', () => {
  const files = ['boot/init', 'boot/manifest', 'motd', 'a/b/c'].map((path, index) => ({
    path,
    contents: encoder.encode(`${path}: `.repeat(index * 7)),
    executable: false,
  }));
  const archive = writeCpio(files);

  it('has every file that the writer put in', () => {
    for (const { path, contents } of files) {
      expect(callWith('findInCpio', archive, path), path).toBe(true);
      expect(target.bytes(result(0), result(1))).toEqual(contents);
      expect(result(2)).toBe(0);
    }
    expect(callWith('findInCpio', archive, 'a/b')).toBe(true);
    expect(result(2)).toBe(1);
  });

  it('has no other', () => {
    for (const name of ['boot', 'boot/ini', 'boot/init/', 'TRAILER!!!', '']) {
      const isFolder = name === 'boot';
      expect(callWith('findInCpio', archive, name), name).toBe(isFolder);
    }
  });

  it('leads nowhere outside itself when it is damaged or cut', () => {
    fc.assert(
      fc.property(damage, fc.nat(archive.length), (changes, cut) => {
        const bytes = damaged(archive, changes).subarray(0, archive.length - (cut % 600));
        const count = target.call('countCpio', target.putAtEnd(bytes), bytes.length);
        expect(count).toBeLessThan(bytes.length);
      }),
    );
  });
});

describe('the device tree of our board', () => {
  const { board } = detachedBoard({ ramBytes: 2 ** 27, harts: 1 });
  const tree = board.deviceTree.blob;

  it('says where the devices of our drivers are', () => {
    expect(callWith('findInTree', tree, 'ns16550a')).toBe(true);
    expect([result(0), result(1), result(2)]).toEqual([0x1000_0000, 0x100, 10]);
    expect(callWith('findInTree', tree, 'sifive,test1')).toBe(true);
    expect([result(0), result(1), result(2)]).toEqual([0x10_0000, 0x1000, 0]);
  });

  it('knows no others', () => {
    for (const name of ['ns16550', 'ns16550ab', 'nobody', '']) {
      expect(callWith('findInTree', tree, name), name).toBe(false);
    }
  });

  it('leads nowhere outside itself when it is damaged', () => {
    fc.assert(
      fc.property(damage, (changes) => {
        expect(() => callWith('findInTree', damaged(tree, changes), 'ns16550a')).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });
});

/** A table of trap sites as the linker lays it out (tools/linker/README.md). */
function trapSites(files: readonly string[], pcs: readonly number[]): Uint8Array {
  const strings = files.map((file) => encoder.encode(file));
  const stringBytes = strings.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(16 + 8 * pcs.length + 8 * files.length + stringBytes);
  const view = new DataView(bytes.buffer);
  [0x5041_5254, pcs.length, files.length, stringBytes].forEach((word, place) => {
    view.setUint32(4 * place, word, true);
  });
  pcs.forEach((pc, index) => {
    view.setUint32(16 + 8 * index, pc, true);
    view.setUint16(20 + 8 * index, 100 + index, true);
    bytes[22 + 8 * index] = index % files.length;
    bytes[23 + 8 * index] = index % 8;
  });
  let offset = 0;
  strings.forEach((string, index) => {
    const entry = 16 + 8 * pcs.length + 8 * index;
    view.setUint32(entry, offset, true);
    view.setUint32(entry + 4, string.length, true);
    bytes.set(string, 16 + 8 * pcs.length + 8 * files.length + offset);
    offset += string.length;
  });
  return bytes;
}

describe('trap sites', () => {
  const files = ['userland/a.ts', 'userland/b/c.ts', 'd.ts'];

  it('are found by their exact pc', () => {
    const addresses = fc.uniqueArray(fc.integer({ min: 0, max: 0x7fff_ffff }), { minLength: 1 });
    fc.assert(
      fc.property(addresses, (unsorted) => {
        const pcs = unsorted.toSorted((a, b) => a - b);
        const table = trapSites(files, pcs);
        const address = target.putAtEnd(table);
        pcs.forEach((pc, index) => {
          expect(target.call('findSite', address, table.length, pc)).toBe(1);
          expect(target.text(result(0), result(1))).toBe(files[index % files.length]);
          expect([result(2), result(3)]).toEqual([100 + index, index % 8]);
          const next = target.call('findSite', address, table.length, pc + 1);
          expect(next).toBe(pcs.includes(pc + 1) ? 1 : 0);
        });
      }),
    );
  });

  it('lead nowhere outside themselves when they are damaged', () => {
    const table = trapSites(files, [0x10000, 0x10004, 0x10010]);
    fc.assert(
      fc.property(damage, fc.nat(40), (changes, cut) => {
        const bytes = damaged(table, changes).subarray(0, table.length - cut);
        const address = target.putAtEnd(bytes);
        if (target.call('findSite', address, bytes.length, 0x10004) === 1) {
          expect(result(0) + result(1)).toBeLessThanOrEqual(address + bytes.length);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** An ELF file with one loaded segment that holds two notes, and a segment for the notes. */
function elfWithNotes(): { bytes: Uint8Array; sites: number } {
  const bytes = new Uint8Array(52 + 2 * 32 + 36 + 28 + 16);
  const view = new DataView(bytes.buffer);
  const words = (at: number, ...values: number[]): void => {
    values.forEach((value, index) => view.setUint32(at + 4 * index, value, true));
  };
  const [notes, sites, base] = [52 + 64, 52 + 64 + 36 + 28, 0x2_0000];
  words(0, 0x464c_457f, 0x0001_0101);
  words(16, 0x00f3_0002, 1, base + 4, 52, 0, 0, 0x0020_0034, 0x0000_0002);
  words(52, 1, 0, base, base, bytes.length, bytes.length, 4, 4096);
  words(52 + 32, 4, notes, base + notes, base + notes, 64, 64, 4, 4);
  words(notes, 4, 20, 3, 0x0055_4e47);
  bytes.set(
    Uint8Array.from({ length: 20 }, (_, index) => index),
    notes + 16,
  );
  words(notes + 36, 8, 8, 1);
  bytes.set(encoder.encode('Vitrine\0'), notes + 48);
  words(notes + 56, base + sites, 16);
  return { bytes, sites };
}

describe('an ELF file', () => {
  const { bytes, sites } = elfWithNotes();

  it('is found sound, with its notes', () => {
    const address = target.putAtEnd(bytes);
    expect(target.call('readElf', address, bytes.length)).toBe(0);
    expect([result(0), result(1)]).toEqual([0x2_0004, 2]);
    expect(target.bytes(result(2), 20)).toEqual(Uint8Array.from({ length: 20 }, (_, i) => i));
    expect([result(3), result(4)]).toEqual([address + sites, 16]);
  });

  it.each([
    ['another machine', 18, 0x28],
    ['64 bits', 4, 2],
    ['big-endian', 5, 2],
    ['an object file', 16, 1],
    ['headers beyond its end', 44, 200],
    ['a segment beyond its end', 52 + 18, 1],
  ])('is refused: %s', (_, place, value) => {
    const changed = damaged(bytes, [[place, value]]);
    expect(target.call('readElf', target.putAtEnd(changed), changed.length) | 0).toBe(-8);
  });

  it('leads nowhere outside itself when it is damaged or cut', () => {
    fc.assert(
      fc.property(damage, fc.nat(200), (changes, cut) => {
        const file = damaged(bytes, changes).subarray(0, bytes.length - (cut % bytes.length));
        const address = target.putAtEnd(file);
        if (target.call('readElf', address, file.length) === 0 && result(3) !== 0) {
          expect(result(3) + result(4)).toBeLessThanOrEqual(address + file.length);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the manifest', () => {
  const common = { place: 'user', threads: 1, memory: 16384, restart: 'always' };
  const services = [
    { name: 'init', source: 'u/init', priority: 20, protocol: 'init', ...common, restart: 'never' },
    {
      ...{ name: 'boss', source: 'u/supervisor', priority: 19, protocol: 'init', uses: ['init'] },
      ...{ grants: ['initrd', 'init'], ...common },
    },
    {
      ...{ name: 'lamp', source: 'u/lamp', priority: 9, protocol: 'lamp', kept: 8192, ...common },
      ...{ provides: ['/svc/lamp', '/dev/lamp'], registers: 'acme,lamp', arguments: ['a', 'bc'] },
    },
  ];
  const system = parseSystemDescription(JSON.stringify({ services }), 'test.json');
  const numbers = [
    { module: 'init', number: 3 },
    { module: 'lamp', number: 40 },
  ];
  const text = manifestText(system, numbers);

  const read = (manifest: string): number => {
    const bytes = encoder.encode(manifest);
    return target.call('readServices', target.putAtEnd(bytes), bytes.length);
  };
  const textAt = (place: number): string => target.text(result(place), result(place + 1));

  it('says to init what the image description says', () => {
    expect(read(text)).toBe(0);
    expect([result(0), result(1)]).toEqual([3, 2]);
    target.call('serviceAt', 1);
    expect([textAt(0), textAt(2)]).toEqual(['boss', 'boot/supervisor']);
    expect([4, 5, 6, 7].map(result)).toEqual([19, 16384, 0, 3]);
    expect([8, 9, 10, 11].map(result)).toEqual([1, 1, 1, 1]);
    target.call('serviceAt', 2);
    expect([textAt(0), textAt(12), textAt(14)]).toEqual(['lamp', 'acme,lamp', 'a bc']);
    expect([4, 5, 6, 7].map(result)).toEqual([9, 16384, 8192, 40]);
    expect([8, 9, 10, 11].map(result)).toEqual([1, 0, 0, 0]);
  });

  it.each([
    ['an unknown property', 'service a\ncolour red\n', 2],
    ['a property without value', 'service a\npriority \n', 2],
    ['a property before any service', 'priority 3\n', 1],
    ['a number that is none', 'service a\n\nstack lots\n', 3],
    ['a number that is too large', 'service a\nstack 4294967296\n', 2],
    ['an unknown grant', 'service a\ngrant everything\n', 2],
    ['nothing', '', 1],
  ])('is refused with the line: %s', (_, manifest, line) => {
    expect(read(manifest)).toBe(line);
  });
});
