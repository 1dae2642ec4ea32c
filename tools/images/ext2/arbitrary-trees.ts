/** Random trees for property tests, and contents for files. */
import fc from 'fast-check';
import type { DirectoryNode, TreeEntry, TreeNode } from './tree.ts';

/** Lower case only, so that the names stay apart on any host's file system. */
const NAME_CHARACTERS = ['a', 'b', 'z', '0', '-', '.', ' ', '+', 'é', 'ß', '日', '🦊', '\u{1}'];

const name = fc
  .string({ unit: fc.constantFrom(...NAME_CHARACTERS), minLength: 1, maxLength: 60 })
  .filter((text) => text !== '.' && text !== '..')
  .map((text) => new TextEncoder().encode(text));

const mtime = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** Mostly small; some reach into single and double indirect blocks; some have holes. */
const contents = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 3000 }) },
  {
    weight: 1,
    arbitrary: fc
      .record({
        size: fc.integer({ min: 0, max: 600_000 }),
        pieces: fc.array(fc.record({ at: fc.nat(599_999), byte: fc.nat(255) }), { maxLength: 40 }),
      })
      .map(({ size, pieces }) => {
        const bytes = new Uint8Array(size);
        for (const { at, byte } of pieces) bytes.fill(byte, at, at + 5000);
        return bytes;
      }),
  },
);

const target = fc
  .uint8Array({ min: 1, minLength: 1, maxLength: 300 })
  .map((bytes) => bytes.map((byte) => 0x61 + (byte % 26)));

const { directory } = fc.letrec<{ node: TreeNode; directory: DirectoryNode }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('file' as const),
      contents,
      // Owner-readable, so that a witness may read what it has written.
      mode: fc.nat(0o777).map((mode) => mode | 0o600),
      mtime,
    }),
    fc.record({
      kind: fc.constant('symlink' as const),
      target,
      mode: fc.constant(0o777),
      mtime,
    }),
    tie('directory'),
  ),
  directory: fc.record({
    kind: fc.constant('directory' as const),
    entries: fc.uniqueArray(fc.record<TreeEntry>({ name, node: tie('node') }), {
      maxLength: 12,
      selector: (entry) => Buffer.from(entry.name).toString('hex'),
    }),
    mode: fc.nat(0o777).map((mode) => mode | 0o700),
    mtime,
  }),
}));

export const arbitraryTree: fc.Arbitrary<DirectoryNode> = directory;

/** `size` bytes without a block of zeros among them, and each block unlike its neighbours. */
export function pattern(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let index = 0; index < size; index += 1) bytes[index] = 1 + (index % 251);
  return bytes;
}
