/** A program's data page (abi/program.structs.ts), filled before the program starts. */
import { Errno } from '../../abi/errno.enums';
import { Text } from '../../abi/message.structs';
import {
  DESCRIPTORS,
  FOLDER_BYTES,
  PROGRAM_DATA,
  PROGRAM_DATA_BYTES,
  ProgramData,
} from '../../abi/program.structs';
import { MapAccess, StartHandle } from '../../abi/syscall.enums';
import { startsWithText } from '../../runtime/bytes';
import { createMemory, mapInto, mapWhole, release, unmap } from '../../runtime/objects';

/** Where page `index` lies while it is filled. */
const WINDOWS: usize = 0x5100_0000;
const DESCRIPTOR_TABLE: u32 = offsetof<ProgramData>();
const START_HANDLES: u32 = DESCRIPTOR_TABLE + DESCRIPTORS * 4;
const FOLDER: u32 = START_HANDLES + <u32>StartHandle.Count * 4;
const TEXTS: u32 = FOLDER + FOLDER_BYTES + 1;
/** Bytes of texts that a page has room for, were it not for their tables. */
export const TEXTS_ROOM: u32 = PROGRAM_DATA_BYTES - TEXTS;
/** The environment's text that says where the program is. */
const FOLDER_TEXT: string = 'PWD=';

/** A data page that is not the program's yet. */
@unmanaged
export class DataPage {
  private pages: u32;
  private address: usize;

  private get data(): ProgramData {
    return changetype<ProgramData>(this.address);
  }

  /** Makes an empty page, one of those that are filled at the same time. ENOMEM. */
  create(index: u32): i32 {
    const pages = createMemory(PROGRAM_DATA_BYTES);
    if (pages < 0) return pages;
    this.address = WINDOWS + <usize>index * PROGRAM_DATA_BYTES;
    const error = mapWhole(pages, this.address, MapAccess.Read | MapAccess.Write);
    if (error < 0) {
      release(pages);
      return error;
    }
    this.pages = pages;
    return 0;
  }

  /**
   * Fills in what was read behind the page's tables by `textsAt`: `words` bytes of arguments, then
   * `environment` bytes. E2BIG: there is no room for the tables; EINVAL: a text does not end.
   */
  setTexts(words: u32, environment: u32): i32 {
    const start = this.address + TEXTS;
    const bytes = words + environment;
    if (bytes != 0 && load<u8>(start + bytes - 1) != 0) return -Errno.EINVAL;
    if (words != 0 && load<u8>(start + words - 1) != 0) return -Errno.EINVAL;
    const data = this.data;
    const table = (TEXTS + bytes + 3) & ~3;
    const argc = countTexts(start, words);
    const envc = countTexts(start + words, environment);
    // The table ends with an element of zeros.
    if (table + (argc + envc + 1) * <u32>offsetof<Text>() > PROGRAM_DATA_BYTES) return -Errno.E2BIG;
    data.argc = argc;
    data.argv = PROGRAM_DATA + table;
    data.envp = data.argv + argc * <u32>offsetof<Text>();
    data.handles = PROGRAM_DATA + START_HANDLES;
    this.fillTable(table, bytes);
    this.setFolder(start + words, environment);
    return 0;
  }

  /** Where arguments and environment are to be read to, TEXTS_ROOM bytes at most. */
  get textsAt(): usize {
    return this.address + TEXTS;
  }

  /** Tells the program its process's number. */
  setNumber(number: u32): void {
    this.data.process = number;
  }

  setDescriptor(slot: u32, handle: u32): void {
    store<u32>(this.address + DESCRIPTOR_TABLE + slot * 4, handle);
  }

  setStartHandle(place: StartHandle, handle: u32): void {
    store<u32>(this.address + START_HANDLES + <u32>place * 4, handle);
  }

  /** Gives the page to its program. */
  moveTo(process: u32): i32 {
    const access = MapAccess.Read | MapAccess.Write;
    return min(0, mapInto(process, this.pages, PROGRAM_DATA, 0, 0, access));
  }

  /** This side needs the page no more. */
  drop(): void {
    if (this.pages == 0) return;
    unmap(this.address, PROGRAM_DATA_BYTES);
    release(this.pages);
    this.pages = 0;
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
    store<u8>(folder, 0x2f);
    this.data.folderLength = 1;
    let start: u32 = 0;
    for (let at: u32 = 0; at < bytes; at++) {
      if (load<u8>(environment + at) != 0) continue;
      const length = at - start;
      if (startsWithText(environment + start, length, FOLDER_TEXT)) {
        const skip = <u32>FOLDER_TEXT.length;
        if (length > skip && length - skip <= FOLDER_BYTES) {
          memory.copy(folder, environment + start + skip, length - skip);
          this.data.folderLength = length - skip;
        }
      }
      start = at + 1;
    }
  }
}

function countTexts(address: usize, bytes: u32): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < bytes; i++) {
    if (load<u8>(address + i) == 0) count += 1;
  }
  return count;
}
