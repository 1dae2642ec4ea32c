/**
 * One number for a whole machine: SHA-256 over everything that decides its future. The serialised
 * form is walked from declarations (the layout of the state, each device's own), so nothing that is
 * declared can be left out; caches are not declared there.
 */
import type { PlacedDevice } from './bus/board.ts';
import type { Storage } from './devices/host-end.ts';
import { HART_CELLS, MACHINE_CELLS, type CellDeclaration } from './hart/state-layout.ts';

/** RAM is hashed in pieces of this size, and their digests in order. */
const CHUNK_BYTES = 1 << 22;
const DIGEST_BYTES = 32;
const HEX = 16;

/** The state of the in-order clock model. */
export interface HashedTiming {
  readonly parameters: object;
  readonly harts: readonly HashedCells[];
  readonly shared: HashedCells;
}

/** Cells, and the byte offset of the region that they lie in. */
export interface HashedCells {
  readonly region: number;
  readonly cells: readonly CellDeclaration[];
}

/** What is hashed beside RAM. */
export interface HashedParts {
  /** The machine's memory. */
  readonly buffer: ArrayBuffer;
  /** Byte offset of each hart's region, and of the machine's own. */
  readonly hartRegions: readonly number[];
  readonly machineRegion: number;
  readonly devices: readonly PlacedDevice[];
  /** Undefined in the functional clock model. */
  readonly timing?: HashedTiming | undefined;
  readonly alarms: readonly { readonly name: string; readonly due: number }[];
  /** RAM. */
  readonly ram: Uint8Array<ArrayBuffer>;
}

/** The state hash, as 64 hexadecimal digits. Nothing may run until it is there. */
export async function hashState(parts: HashedParts): Promise<string> {
  const ends = await describeHostEnds(parts.devices);
  const description = new TextEncoder().encode(`${describeState(parts)}${ends}`);
  const chunks = Math.ceil(parts.ram.length / CHUNK_BYTES);
  const whole = new Uint8Array(description.length + chunks * DIGEST_BYTES);
  whole.set(description);
  for (let chunk = 0; chunk < chunks; chunk++) {
    const bytes = parts.ram.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
    whole.set(await digest(bytes), description.length + chunk * DIGEST_BYTES);
  }
  return hexOf(await digest(whole));
}

/** The host could not read what a device keeps. */
export class UnreadableStorageError extends Error {
  override readonly name = 'UnreadableStorageError';
}

/**
 * What the host keeps for devices: input that waits, and the contents of disks, however they are
 * kept.
 */
async function describeHostEnds(devices: readonly PlacedDevice[]): Promise<string> {
  const lines: string[] = [];
  for (const { base, device } of devices) {
    const { storage, hostEnds = [] } = device;
    if (storage !== undefined) lines.push(`${base} contents ${await hashContents(base, storage)}`);
    for (const end of hostEnds) {
      if (end === storage?.written) continue;
      for (const [number, bytes] of [...end.save()].sort(([a], [b]) => a - b)) {
        lines.push(`${base} ${end.name} ${number} ${hexOf(await digest(new Uint8Array(bytes)))}`);
      }
    }
  }
  return lines.join('\n');
}

/** The digest of the digests of pieces, so that no disk need fit into memory. */
async function hashContents(base: number, storage: Storage): Promise<string> {
  const { bytes } = storage;
  const digests = new Uint8Array(Math.ceil(bytes / CHUNK_BYTES) * DIGEST_BYTES);
  const piece = new Uint8Array(Math.min(bytes, CHUNK_BYTES));
  for (let at = 0, place = 0; at < bytes; at += CHUNK_BYTES, place += DIGEST_BYTES) {
    const part = piece.subarray(0, Math.min(CHUNK_BYTES, bytes - at));
    if (!storage.read(at, part)) {
      throw new UnreadableStorageError(
        `the disk at 0x${base.toString(16)} cannot be read at byte ${at}, so there is no hash`,
      );
    }
    digests.set(await digest(part), place);
  }
  return hexOf(await digest(digests));
}

function hexOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(HEX).padStart(2, '0')).join('');
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes));
}

/** The canonical text of everything but RAM: what two machines that differ differ in. */
export function describeState(parts: Omit<HashedParts, 'ram'>): string {
  const { buffer } = parts;
  return JSON.stringify(
    {
      machine: readCells(buffer, parts.machineRegion, MACHINE_CELLS),
      harts: parts.hartRegions.map((region) => readCells(buffer, region, HART_CELLS)),
      devices: parts.devices.map(({ base, device }) => {
        const { name, state } = device.declaration;
        const values = device.saveState();
        return { name, base, state: state.map((piece) => [piece.name, values[piece.name]]) };
      }),
      alarms: parts.alarms,
      ...(parts.timing === undefined ? {} : { timing: describeTiming(buffer, parts.timing) }),
    },
    toJson,
  );
}

function describeTiming(buffer: ArrayBuffer, { parameters, harts, shared }: HashedTiming) {
  return {
    parameters,
    harts: harts.map(({ region, cells }) => readCells(buffer, region, cells)),
    shared: readCells(buffer, shared.region, shared.cells),
  };
}

/** JSON has neither bigints nor Infinity. */
function toJson(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' || value === Infinity ? String(value) : value;
}

function readCells(
  buffer: ArrayBuffer,
  region: number,
  cells: readonly CellDeclaration[],
): readonly [string, readonly (number | bigint)[]][] {
  return cells.map((cell) => [cell.name, readCell(buffer, region, cell)]);
}

function readCell(
  buffer: ArrayBuffer,
  region: number,
  { offset, type, count }: CellDeclaration,
): readonly (number | bigint)[] {
  switch (type) {
    case 'u32':
      return [...new Uint32Array(buffer, region + offset, count)];
    case 'u64':
      return [...new BigUint64Array(buffer, region + offset, count)];
    case 'f64':
      return [...new Float64Array(buffer, region + offset, count)];
  }
}
