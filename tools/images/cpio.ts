/**
 * The cpio archive in its "new ASCII" form (magic 070701), as Linux takes it for an initrd: see
 * Documentation/driver-api/early-userspace/buffer-format.rst in the Linux sources. Every header is
 * 110 bytes of ASCII, then the name with a NUL, then the contents, each padded to four bytes.
 */

const MAGIC = '070701';
/** The variant with a checksum of the contents; read, never written. */
const MAGIC_WITH_CHECKSUM = '070702';
const HEADER_BYTES = 110;
const TRAILER = 'TRAILER!!!';
/** cpio pads the whole archive to its block size. */
const BLOCK_BYTES = 512;

const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;

/** The header's fields after the magic, in order, eight hexadecimal digits each. */
const FIELDS = [
  'ino',
  'mode',
  'uid',
  'gid',
  'nlink',
  'mtime',
  'filesize',
  'devmajor',
  'devminor',
  'rdevmajor',
  'rdevminor',
  'namesize',
  'check',
] as const;
type Header = Record<(typeof FIELDS)[number], number>;

export interface CpioFile {
  /** Path from the root of the archive, with `/` and without a leading one. */
  readonly path: string;
  readonly contents: Uint8Array;
  readonly executable: boolean;
}

/** What is wrong with an archive, and at which byte. */
export class CpioError extends Error {
  constructor(
    readonly offset: number,
    reason: string,
  ) {
    super(`${reason} at byte ${offset}`);
    this.name = 'CpioError';
  }
}

/**
 * An archive of `files` in the order of their paths, each preceded by its directories. The same
 * files always give the same bytes: owner 0, time 0, inodes counted from 1.
 */
export function writeCpio(files: readonly CpioFile[]): Uint8Array<ArrayBuffer> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const paths = new Set(sorted.map((file) => file.path));
  if (paths.size < sorted.length) {
    const twice = sorted.find((file, index) => file.path === sorted[index + 1]?.path);
    throw new RangeError(`"${String(twice?.path)}" would be in the archive twice`);
  }
  const directories = new Set<string>();
  const chunks: Uint8Array[] = [];
  let inode = 0;
  const append = (path: string, mode: number, contents: Uint8Array): void => {
    inode += 1;
    chunks.push(entryBytes(path, { ino: inode, mode }, contents));
  };

  for (const file of sorted) {
    checkPath(file.path);
    for (const directory of parents(file.path)) {
      if (directories.has(directory)) continue;
      if (paths.has(directory)) {
        throw new RangeError(`"${directory}" would be both a file and a directory`);
      }
      directories.add(directory);
      append(directory, S_IFDIR | 0o755, new Uint8Array(0));
    }
    append(file.path, S_IFREG | (file.executable ? 0o755 : 0o644), file.contents);
  }
  chunks.push(entryBytes(TRAILER, { ino: 0, mode: 0 }, new Uint8Array(0)));

  const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const archive = new Uint8Array(roundUp(size, BLOCK_BYTES));
  let offset = 0;
  for (const chunk of chunks) {
    archive.set(chunk, offset);
    offset += chunk.length;
  }
  return archive;
}

/**
 * The regular files of an archive, in its order.
 * @throws CpioError if it is no archive in this form, or a damaged one.
 */
export function readCpio(archive: Uint8Array): CpioFile[] {
  const files: CpioFile[] = [];
  let offset = 0;
  for (;;) {
    const header = readHeader(archive, offset);
    const nameStart = offset + HEADER_BYTES;
    const nameEnd = nameStart + header.namesize;
    if (header.namesize === 0 || nameEnd > archive.length || archive[nameEnd - 1] !== 0) {
      throw new CpioError(offset, 'a file name that does not end');
    }
    const path = new TextDecoder().decode(archive.subarray(nameStart, nameEnd - 1));
    if (path === TRAILER) return files;

    const start = roundUp(nameEnd, 4);
    const end = start + header.filesize;
    if (end > archive.length) {
      throw new CpioError(offset, `"${path}" is said to be ${header.filesize} bytes, which ends`);
    }
    if ((header.mode & S_IFMT) === S_IFREG) {
      const contents = archive.subarray(start, end);
      files.push({ path, contents, executable: (header.mode & 0o111) !== 0 });
    }
    offset = roundUp(end, 4);
  }
}

function readHeader(archive: Uint8Array, offset: number): Header {
  const bytes = archive.subarray(offset, offset + HEADER_BYTES);
  const text = String.fromCharCode(...bytes);
  if (!text.startsWith(MAGIC) && !text.startsWith(MAGIC_WITH_CHECKSUM)) {
    const reason = offset === 0 ? 'no cpio header (070701)' : 'no further header or trailer';
    throw new CpioError(offset, reason);
  }
  if (bytes.length < HEADER_BYTES) throw new CpioError(offset, 'a header that is cut off');
  const digits = text.slice(MAGIC.length);
  if (!/^[0-9a-fA-F]+$/.test(digits)) {
    throw new CpioError(offset, 'a header with something else than hexadecimal digits');
  }
  const values = FIELDS.map((name, index) => {
    return [name, Number.parseInt(digits.slice(index * 8, index * 8 + 8), 16)] as const;
  });
  return Object.fromEntries(values) as Header;
}

function entryBytes(
  path: string,
  { ino, mode }: Pick<Header, 'ino' | 'mode'>,
  contents: Uint8Array,
): Uint8Array {
  const name = new TextEncoder().encode(`${path}\0`);
  const values: Header = {
    ino,
    mode,
    uid: 0,
    gid: 0,
    nlink: (mode & S_IFMT) === S_IFDIR ? 2 : 1,
    mtime: 0,
    filesize: contents.length,
    devmajor: 0,
    devminor: 0,
    rdevmajor: 0,
    rdevminor: 0,
    namesize: name.length,
    check: 0,
  };
  const digits = FIELDS.map((field) => values[field].toString(16).padStart(8, '0')).join('');
  const start = roundUp(HEADER_BYTES + name.length, 4);
  const entry = new Uint8Array(roundUp(start + contents.length, 4));
  entry.set(new TextEncoder().encode(MAGIC + digits), 0);
  entry.set(name, HEADER_BYTES);
  entry.set(contents, start);
  return entry;
}

/** `a/b/c` has the directories `a` and `a/b`. */
function parents(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function checkPath(path: string): void {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..') || path === TRAILER) {
    throw new RangeError(`"${path}" is no path for an archive`);
  }
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
