/**
 * The table `.trap_sites` of the kernel's own image: for every instruction that can stop it, the
 * reason and the line it was compiled from. Written by the linker; layout in its README.
 */
import { imageLayout } from './image-layout';

/** "TRAP" */
const MAGIC: u32 = 0x5041_5254;

@unmanaged
class Header {
  magic: u32;
  count: u32;
  fileCount: u32;
  stringBytes: u32;
}

/** One instruction; the entries are sorted by pc. */
@unmanaged
export class TrapSite {
  pc: u32;
  line: u16;
  file: u8;
  /** TrapReason. */
  reason: u8;
}

/** Name of a source file, in the bytes after the last of these. */
@unmanaged
class SourceName {
  offset: u32;
  length: u32;
}

function header(): Header | null {
  const layout = imageLayout();
  if (layout.trapSitesEnd - layout.trapSitesStart < offsetof<Header>()) return null;
  const found = changetype<Header>(layout.trapSitesStart);
  return found.magic == MAGIC ? found : null;
}

function siteAt(table: Header, index: u32): TrapSite {
  return changetype<TrapSite>(
    changetype<u32>(table) + offsetof<Header>() + index * offsetof<TrapSite>(),
  );
}

/** The entry for the instruction at `pc`, or null. */
export function findTrapSite(pc: u32): TrapSite | null {
  const table = header();
  if (table == null) return null;
  let low: u32 = 0;
  let high = table.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    const site = siteAt(table, middle);
    if (site.pc == pc) return site;
    if (site.pc < pc) low = middle + 1;
    else high = middle;
  }
  return null;
}

/** Address of the bytes of a site's file name. */
export function fileNameAddress(site: TrapSite): u32 {
  const name = fileName(site);
  const table = header();
  if (name == null || table == null) return 0;
  const names = changetype<u32>(siteAt(table, table.count));
  return names + table.fileCount * offsetof<SourceName>() + name.offset;
}

/** Number of bytes of a site's file name. */
export function fileNameLength(site: TrapSite): u32 {
  const name = fileName(site);
  return name == null ? 0 : name.length;
}

function fileName(site: TrapSite): SourceName | null {
  const table = header();
  if (table == null || (site.file as u32) >= table.fileCount) return null;
  const names = changetype<u32>(siteAt(table, table.count));
  return changetype<SourceName>(names + (site.file as u32) * offsetof<SourceName>());
}
