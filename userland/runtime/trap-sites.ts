/**
 * From an address in code to its place in the source: `.trap_sites`, which the linker puts into every
 * image, sorted by pc. Here it is read from the file of an image, for a process that has died.
 */
import { Text } from '../abi/message.structs';

const TRAP_SITES_MAGIC: u32 = 0x5041_5254;

@unmanaged
class TrapSitesHeader {
  magic: u32;
  count: u32;
  fileCount: u32;
  stringBytes: u32;
}

@unmanaged
class TrapSiteEntry {
  pc: u32;
  line: u16;
  file: u8;
  reason: u8;
}

/** A file name's place in the strings at the table's end. */
@unmanaged
class FileEntry {
  offset: u32;
  length: u32;
}

/** A place in the source where code may stop. */
@unmanaged
export class TrapSite {
  file: Text;
  line: u32;
  /** TrapReason. */
  reason: u32;
}

const site = changetype<TrapSite>(memory.data(offsetof<TrapSite>()));
const siteFile = changetype<Text>(memory.data(offsetof<Text>()));

/**
 * The site whose pc is exactly `pc`, or null: the table is absent or damaged, or code stops there
 * for a reason that no source line has. The result is good until the next call.
 */
export function findTrapSite(table: usize, bytes: u32, pc: u32): TrapSite | null {
  if (table == 0 || bytes < offsetof<TrapSitesHeader>()) return null;
  const header = changetype<TrapSitesHeader>(table);
  if (header.magic != TRAP_SITES_MAGIC) return null;
  const entries = table + offsetof<TrapSitesHeader>();
  const files = <u64>header.count * <u64>offsetof<TrapSiteEntry>();
  const strings = files + <u64>header.fileCount * <u64>offsetof<FileEntry>();
  const end = strings + <u64>header.stringBytes;
  if (end > <u64>(bytes - <u32>offsetof<TrapSitesHeader>())) return null;
  const entry = search(entries, header.count, pc);
  if (entry === null || <u32>entry.file >= header.fileCount) return null;
  const place = <usize>entry.file * <usize>offsetof<FileEntry>();
  const file = changetype<FileEntry>(entries + <usize>files + place);
  if (<u64>file.offset + <u64>file.length > <u64>header.stringBytes) return null;
  siteFile.address = entries + <usize>strings + file.offset;
  siteFile.length = file.length;
  site.file = siteFile;
  site.line = entry.line;
  site.reason = entry.reason;
  return site;
}

function search(entries: usize, count: u32, pc: u32): TrapSiteEntry | null {
  let low: u32 = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = changetype<TrapSiteEntry>(
      entries + <usize>middle * <usize>offsetof<TrapSiteEntry>(),
    );
    if (entry.pc == pc) return entry;
    if (entry.pc < pc) low = middle + 1;
    else high = middle;
  }
  return null;
}
