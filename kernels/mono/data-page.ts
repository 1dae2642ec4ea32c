/** A program's data page (abi/program.structs.ts), filled where the kernel sees it. */
import { Errno } from '../../userland/abi/errno.enums';
import { Text } from '../../userland/abi/message.structs';
import {
  DESCRIPTORS,
  FOLDER_BYTES,
  PROGRAM_DATA,
  PROGRAM_DATA_BYTES,
  ProgramData,
} from '../../userland/abi/program.structs';
import { StartHandle } from '../../userland/abi/syscall.enums';

const DESCRIPTOR_TABLE: u32 = offsetof<ProgramData>();
const START_HANDLES: u32 = DESCRIPTOR_TABLE + DESCRIPTORS * 4;
const FOLDER: u32 = START_HANDLES + <u32>StartHandle.Count * 4;
const TEXTS: u32 = FOLDER + FOLDER_BYTES + 1;
const SLASH: u8 = 0x2f;
/** The environment's text that says where the program is. */
const FOLDER_TEXT: string = 'PWD=';
/** Bytes of arguments and environment for which a page has room, were it not for their tables. */
export const TEXTS_ROOM: u32 = PROGRAM_DATA_BYTES - TEXTS;

/** The page: an object is its address. */
@unmanaged
export class DataPage extends ProgramData {
  static at(page: u32): DataPage {
    return changetype<DataPage>(page);
  }

  /** Where arguments and environment are to be put, TEXTS_ROOM bytes at most. */
  get texts(): usize {
    return this.address + TEXTS;
  }

  /**
   * Makes tables of `words` bytes of arguments and the `environment` bytes behind them. E2BIG: there
   * is no room for the tables; EINVAL: a text does not end.
   */
  setTexts(words: u32, environment: u32): i32 {
    const start = this.texts;
    const bytes = words + environment;
    if (bytes != 0 && load<u8>(start + bytes - 1) != 0) return -Errno.EINVAL;
    if (words != 0 && load<u8>(start + words - 1) != 0) return -Errno.EINVAL;
    const table = (TEXTS + bytes + 3) & ~3;
    const argc = countTexts(start, words);
    const envc = countTexts(start + words, environment);
    const size = <u32>offsetof<Text>();
    // The table ends with an element of zeros.
    if (table + (argc + envc + 1) * size > PROGRAM_DATA_BYTES) return -Errno.E2BIG;
    this.argc = argc;
    this.argv = PROGRAM_DATA + table;
    this.envp = this.argv + argc * size;
    this.handles = PROGRAM_DATA + START_HANDLES;
    this.fillTable(table, bytes);
    this.setFolder(start + words, environment);
    return 0;
  }

  setDescriptor(slot: u32, handle: u32): void {
    store<u32>(this.address + DESCRIPTOR_TABLE + slot * 4, handle);
  }

  setStartHandle(place: StartHandle, handle: u32): void {
    store<u32>(this.address + START_HANDLES + <u32>place * 4, handle);
  }

  private get address(): usize {
    return changetype<usize>(this);
  }

  /** Writes a Text for each of the texts, as it will lie in the program. */
  private fillTable(table: u32, bytes: u32): void {
    let start = TEXTS;
    for (let at = TEXTS; at < TEXTS + bytes; at++) {
      if (load<u8>(this.address + at) != 0) continue;
      const text = changetype<Text>(this.address + table);
      text.address = PROGRAM_DATA + start;
      text.length = at - start;
      table += offsetof<Text>();
      start = at + 1;
    }
  }

  /** The current folder: what PWD says, or the root. */
  private setFolder(environment: usize, bytes: u32): void {
    const folder = this.address + FOLDER;
    store<u8>(folder, SLASH);
    this.folderLength = 1;
    const skip = <u32>FOLDER_TEXT.length;
    let start: u32 = 0;
    for (let at: u32 = 0; at < bytes; at++) {
      if (load<u8>(environment + at) != 0) continue;
      const length = at - start;
      if (length > skip && length - skip <= FOLDER_BYTES && isFolder(environment + start)) {
        memory.copy(folder, environment + start + skip, length - skip);
        this.folderLength = length - skip;
      }
      start = at + 1;
    }
  }
}

function isFolder(text: usize): bool {
  for (let i = 0; i < FOLDER_TEXT.length; i++) {
    if ((load<u8>(text + i) as i32) != FOLDER_TEXT.charCodeAt(i)) return false;
  }
  return true;
}

function countTexts(address: usize, bytes: u32): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < bytes; i++) {
    if (load<u8>(address + i) == 0) count++;
  }
  return count;
}
