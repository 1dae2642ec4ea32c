/** What an executable's notes tell: its build id, and where its table of trap sites lies. */
import { BUILD_ID_SIZE } from '../core/address-space';
import { Process } from './process';

/** Note "GNU" of this type (System V ABI, build-id); "Vitrine" of this type: address, size. */
const NT_GNU_BUILD_ID: u32 = 3;
const NT_TRAP_SITES: u32 = 1;
const TRAP_SITES_NOTE_BYTES: u32 = 8;

/** Elf32_Nhdr; the name and the description follow, each padded to 4 bytes. */
@unmanaged
class NoteHeader {
  namesz: u32;
  descsz: u32;
  type: u32;
}

/** Reads `bytes` of notes that lie at `start`. */
export function readNotes(process: Process, start: u32, bytes: u32): void {
  let at = start;
  const end = start + bytes;
  while (end - at >= offsetof<NoteHeader>()) {
    const note = changetype<NoteHeader>(at);
    const room = end - at - offsetof<NoteHeader>();
    if (note.namesz > room || note.descsz > room) return;
    const name = at + offsetof<NoteHeader>();
    const description = name + padded(note.namesz);
    at = description + padded(note.descsz);
    if (at > end) return;
    takeNote(process, note, name, description);
  }
}

function takeNote(process: Process, note: NoteHeader, name: u32, description: u32): void {
  const isOfGnu = isName(name, note.namesz, 'GNU');
  if (isOfGnu && note.type == NT_GNU_BUILD_ID && note.descsz == BUILD_ID_SIZE) {
    const place = changetype<u32>(process) + offsetof<Process>('buildId0');
    memory.copy(place, description, BUILD_ID_SIZE);
  }
  const isOurs = isName(name, note.namesz, 'Vitrine');
  if (isOurs && note.type == NT_TRAP_SITES && note.descsz == TRAP_SITES_NOTE_BYTES) {
    process.trapSites = load<u32>(description);
    process.trapSiteBytes = load<u32>(description + 4);
  }
}

/** The size of a name counts the zero byte behind it. */
function isName(address: u32, size: u32, name: string): bool {
  if (size != <u32>name.length + 1) return false;
  for (let i = 0; i < name.length; i++) {
    if ((load<u8>(address + i) as i32) != name.charCodeAt(i)) return false;
  }
  return true;
}

function padded(size: u32): u32 {
  return (size + 3) & ~3;
}
