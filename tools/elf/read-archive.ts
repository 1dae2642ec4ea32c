/**
 * Reads archives of objects (`.a`), as ar makes them: "!<arch>\n", then members with a header of 60
 * characters (System V ABI, "Archive File"); GNU's long names stand in the member `//`.
 */
import { ElfError } from './elf-error.ts';

const MAGIC = '!<arch>\n';
const HEADER_SIZE = 60;
const NAME_END = 16;
const SIZE_START = 48;
const SIZE_END = 58;
const HEADER_MARK = '`\n';

export interface ArchiveMember {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** True if the file begins as archives do. */
export function isArchive(file: Uint8Array): boolean {
  return text(file.subarray(0, MAGIC.length)) === MAGIC;
}

/**
 * The members of an archive, without its index of symbols.
 * @throws ElfError if it is broken.
 */
export function readArchive(file: Uint8Array): ArchiveMember[] {
  const members: ArchiveMember[] = [];
  let longNames = '';
  for (let offset = MAGIC.length; offset < file.length;) {
    const header = text(file.subarray(offset, offset + HEADER_SIZE));
    const size = Number(header.slice(SIZE_START, SIZE_END));
    const start = offset + HEADER_SIZE;
    const isValid =
      header.endsWith(HEADER_MARK) && header.slice(SIZE_START, SIZE_END).trim() !== '';
    if (!isValid || !Number.isInteger(size) || size < 0 || start + size > file.length) {
      throw new ElfError('truncated header', `broken archive: no valid member at offset ${offset}`);
    }
    const bytes = file.subarray(start, start + size);
    const name = header.slice(0, NAME_END).trimEnd();
    if (name === '//') longNames = text(bytes);
    else if (name !== '/' && name !== '/SYM64/') {
      members.push({ name: memberName(name, longNames), bytes });
    }
    // Members begin at even offsets.
    offset = start + size + (size % 2);
  }
  return members;
}

/** `name/`, or `/offset` into the long names, each of which ends in `/` and a line feed. */
function memberName(name: string, longNames: string): string {
  const reference = /^\/(\d+)$/.exec(name);
  if (reference === null) return name.replace(/\/$/, '');
  const start = Number(reference[1]);
  return longNames.slice(start).split('/\n', 1).join('');
}
