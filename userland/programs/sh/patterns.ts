/**
 * Words with `*` (any characters, or none) and `?` (any one) become the names of the files that match, in
 * order. Only the last component of a path is a pattern. Names that begin with a dot match only where the
 * pattern has the dot.
 */
import { OpenFlags } from '../../abi/files.enums';
import { FileClient, LIST_NAME_MAX } from 'stubs/file';
import { addPart, endWord } from '../../runtime/program/children';
import { openFile } from '../../runtime/program/files';
import { close_handle } from '../../runtime/program/libsys';
import { Token } from './tokens';

const MOST_NAMES: u32 = 128;
const NAMES_BYTES: u32 = 4096;
const SLASH: u8 = 0x2f;
const DOT: u8 = 0x2e;
const STAR: u8 = 0x2a;

@unmanaged
class Name {
  address: usize;
  length: u32;
}

const names = memory.data(<i32>MOST_NAMES * offsetof<Name>(), 4);
const texts = memory.data(<i32>NAMES_BYTES);
const entry = memory.data(<i32>LIST_NAME_MAX);
/** The folder of a word that names none. */
const here = memory.data<u8>([0x2e]);

function nameAt(index: u32): Name {
  return changetype<Name>(names + <usize>index * <usize>offsetof<Name>());
}

/**
 * Adds the words that a pattern stands for to those of the next child.
 *
 * @param wild for each byte of the word, whether it stands for other characters
 * @returns false if no file matches: the word then stands for itself
 */
export function addMatches(word: Token, wild: usize): bool {
  let folder = word.length;
  while (folder != 0 && load<u8>(word.address + folder - 1) != SLASH) folder -= 1;
  for (let i: u32 = 0; i < folder; i++) if (load<u8>(wild + i) != 0) return false;
  const opened = openFile(folder == 0 ? here : word.address, max(folder, 1), OpenFlags.Read);
  if (opened < 0) return false;
  const count = collect(
    FileClient.at(<u32>opened),
    word.address + folder,
    wild + folder,
    word.length - folder,
  );
  close_handle(<u32>opened);
  for (let i: u32 = 0; i < count; i++) {
    addPart(word.address, folder);
    addPart(nameAt(i).address, nameAt(i).length);
    endWord();
  }
  return count != 0;
}

/** Keeps the names in a folder that match, in the order of their bytes; how many. */
function collect(folder: FileClient, pattern: usize, wild: usize, length: u32): u32 {
  let count: u32 = 0;
  let used: u32 = 0;
  while (count < MOST_NAMES) {
    const got = folder.list(entry, LIST_NAME_MAX);
    if (got <= 0) break;
    // A folder's name ends in a slash.
    const bytes = <u32>got - (load<u8>(entry + got - 1) == SLASH ? 1 : 0);
    if (load<u8>(entry) == DOT && load<u8>(pattern) != DOT) continue;
    if (!matches(pattern, wild, length, entry, bytes)) continue;
    if (used + bytes > NAMES_BYTES) break;
    memory.copy(texts + used, entry, bytes);
    insert(count, texts + used, bytes);
    count += 1;
    used += bytes;
  }
  return count;
}

/** Puts a name in its place among the first `count`. */
function insert(count: u32, address: usize, length: u32): void {
  let place = count;
  while (place != 0 && isBefore(address, length, nameAt(place - 1))) {
    nameAt(place).address = nameAt(place - 1).address;
    nameAt(place).length = nameAt(place - 1).length;
    place -= 1;
  }
  nameAt(place).address = address;
  nameAt(place).length = length;
}

function isBefore(address: usize, length: u32, other: Name): bool {
  const order = memory.compare(address, other.address, min(length, other.length));
  return order < 0 || (order == 0 && length < other.length);
}

/**
 * Whether a name is one that the pattern stands for. Where it does not fit, the last `*` takes one
 * character more: those before it need not change.
 */
function matches(pattern: usize, wild: usize, length: u32, name: usize, nameLength: u32): bool {
  let at: u32 = 0;
  let inName: u32 = 0;
  let star = -1;
  let taken: u32 = 0;
  while (inName < nameLength) {
    const isWild = at < length && load<u8>(wild + at) != 0;
    if (isWild && load<u8>(pattern + at) == STAR) {
      star = <i32>at;
      taken = inName;
      at += 1;
    } else if (at < length && (isWild || load<u8>(pattern + at) == load<u8>(name + inName))) {
      at += 1;
      inName += 1;
    } else if (star >= 0) {
      taken += 1;
      inName = taken;
      at = <u32>star + 1;
    } else {
      return false;
    }
  }
  while (at < length && load<u8>(wild + at) != 0 && load<u8>(pattern + at) == STAR) at += 1;
  return at == length;
}
