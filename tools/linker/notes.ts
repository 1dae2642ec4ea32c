/**
 * ELF notes of an image. Layout of a note: u32 name size, u32 descriptor size, u32 type, the name
 * with its final zero, the descriptor; both padded to 4 bytes (System V ABI, "Note Section").
 */

const NOTE_HEADER_SIZE = 12;
const NOTE_ALIGNMENT = 4;

export const GNU_NOTE_NAME = 'GNU';
export const NT_GNU_BUILD_ID = 3;
/** Bytes of a SHA-1. */
export const BUILD_ID_SIZE = 20;

export const VITRINE_NOTE_NAME = 'Vitrine';
/** Descriptor: u32 address and u32 size of `.trap_sites`. */
export const NT_VITRINE_TRAP_SITES = 1;
const TRAP_SITES_DESCRIPTOR_SIZE = 8;

function padded(size: number): number {
  return Math.ceil(size / NOTE_ALIGNMENT) * NOTE_ALIGNMENT;
}

function noteSize(name: string, descriptorSize: number): number {
  return NOTE_HEADER_SIZE + padded(name.length + 1) + padded(descriptorSize);
}

export const BUILD_ID_NOTE_SIZE = noteSize(GNU_NOTE_NAME, BUILD_ID_SIZE);
export const TRAP_SITES_NOTE_SIZE = noteSize(VITRINE_NOTE_NAME, TRAP_SITES_DESCRIPTOR_SIZE);

/** A whole note: name in ASCII, type, descriptor. */
function encodeNote(name: string, type: number, descriptor: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(noteSize(name, descriptor.length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, name.length + 1, true);
  view.setUint32(4, descriptor.length, true);
  view.setUint32(8, type, true);
  bytes.set(new TextEncoder().encode(name), NOTE_HEADER_SIZE);
  bytes.set(descriptor, NOTE_HEADER_SIZE + padded(name.length + 1));
  return bytes;
}

/** The GNU build-id note. */
export function encodeBuildIdNote(buildId: Uint8Array): Uint8Array {
  return encodeNote(GNU_NOTE_NAME, NT_GNU_BUILD_ID, buildId);
}

/** The note that says where the trap sites are. */
export function encodeTrapSitesNote(address: number, size: number): Uint8Array {
  const descriptor = new Uint8Array(TRAP_SITES_DESCRIPTOR_SIZE);
  const view = new DataView(descriptor.buffer);
  view.setUint32(0, address, true);
  view.setUint32(4, size, true);
  return encodeNote(VITRINE_NOTE_NAME, NT_VITRINE_TRAP_SITES, descriptor);
}
