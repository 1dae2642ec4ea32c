/**
 * A whole machine in a file. All numbers are little-endian.
 *
 *     0   16 bytes  "VITRINE-MACHINE" and a zero
 *     16  u32       version
 *     20  u32       length of the header in bytes
 *     24  u64       length of the whole file in bytes
 *     32            header: JSON in UTF-8
 *                   data: what the host keeps for devices, piece after piece, then the clock
 *                   model's cells, then pages of RAM
 *     end 32 bytes  SHA-256 of everything before
 *
 * The header has `run`, which says of what machine and files the state is; `machine` and `harts`:
 * cells by name, as hexadecimal digits; `devices`: name, base, values by name, and the numbers and
 * lengths of the host's pieces by name; `events`, `runaways`, `end`; `clock`, the clock model
 * (saved-clock-model.ts), null for the functional one; and `pages`: the first page and the number of
 * pages of each range of RAM that is not zero. 64-bit integers are text; "never" is null.
 */
import type { StateValues } from '../devices/device.ts';
import type { HostPicture } from '../devices/host-end.ts';
import { PAGE_SIZE } from '../hart/state-layout.ts';
import type { SavedCells, SavedState } from './machine-state.ts';
import { formatTiming, parseTiming } from './saved-clock-model.ts';
import {
  asCount,
  asInteger,
  asList,
  asObject,
  asText,
  PieceReader,
  PieceWriter,
  StateFileError,
} from './state-pieces.ts';

export const STATE_FILE_VERSION = 2;

const MAGIC = 'VITRINE-MACHINE\0';
const VERSION_OFFSET = 16;
const LENGTH_OFFSET = 20;
const SIZE_OFFSET = 24;
const HEADER_OFFSET = 32;
const DIGEST_BYTES = 32;
const HEX = 16;

/** A machine as a file has it. */
export interface SavedMachine {
  /** What the state is of, as its maker describes it. */
  readonly run: unknown;
  readonly state: SavedState;
  /** RAM, of which what is missing at the end is zero. */
  readonly ram: Uint8Array;
}

export async function formatMachine({ run, state, ram }: SavedMachine): Promise<Uint8Array> {
  const pieces = new PieceWriter();
  const devices = state.devices.map(({ name, base, values, ends }) => ({
    name,
    base,
    values: Object.fromEntries(
      Object.entries(values).map(([key, list]) => [key, list.map(toJson)]),
    ),
    ends: Object.fromEntries(
      [...ends].map(([end, picture]) => [
        end,
        [...picture].map(([number, bytes]) => {
          pieces.put(bytes);
          return [number, bytes.length];
        }),
      ]),
    ),
  }));
  const clock = formatTiming(state.timing, pieces);
  const pages = usedPages(ram);
  for (const [first, count] of pages) {
    pieces.put(ram.subarray(first * PAGE_SIZE, (first + count) * PAGE_SIZE));
  }
  const { events, runaways, end = null } = state;
  const header = new TextEncoder().encode(
    JSON.stringify({
      run,
      machine: cellsToJson(state.machine),
      harts: state.harts.map(cellsToJson),
      devices,
      events,
      runaways,
      end,
      clock,
      pages,
    }),
  );
  const length = HEADER_OFFSET + header.length + pieces.length;
  const file = new Uint8Array(length + DIGEST_BYTES);
  file.set(new TextEncoder().encode(MAGIC));
  const view = new DataView(file.buffer);
  view.setUint32(VERSION_OFFSET, STATE_FILE_VERSION, true);
  view.setUint32(LENGTH_OFFSET, header.length, true);
  view.setBigUint64(SIZE_OFFSET, BigInt(file.length), true);
  file.set(header, HEADER_OFFSET);
  let at = HEADER_OFFSET + header.length;
  for (const piece of pieces.pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  file.set(await digest(file.subarray(0, length)), length);
  return file;
}

/** @throws StateFileError saying what is wrong; nothing of a file that is not whole is used */
export async function parseMachine(file: Uint8Array<ArrayBuffer>): Promise<SavedMachine> {
  const end = file.length - DIGEST_BYTES;
  const magic = new TextDecoder('latin1').decode(file.subarray(0, MAGIC.length));
  if (magic !== MAGIC || end < HEADER_OFFSET) throw new StateFileError('it is no saved machine');
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const version = view.getUint32(VERSION_OFFSET, true);
  if (version !== STATE_FILE_VERSION) {
    throw new StateFileError(
      `it has version ${version}, and this program knows ${STATE_FILE_VERSION}`,
    );
  }
  const size = view.getBigUint64(SIZE_OFFSET, true);
  if (size !== BigInt(file.length)) {
    throw new StateFileError(`it is damaged: it has ${file.length} bytes instead of ${size}`);
  }
  const sum = await digest(file.subarray(0, end));
  if (!sum.every((byte, index) => byte === file[end + index])) {
    throw new StateFileError('it is damaged: its checksum is wrong');
  }
  const dataStart = HEADER_OFFSET + view.getUint32(LENGTH_OFFSET, true);
  if (dataStart > end) throw new StateFileError('its header is longer than the file');
  const data = new PieceReader(file.subarray(dataStart, end));
  const header = asObject('the header', parseJson(file.subarray(HEADER_OFFSET, dataStart)));
  const devices = asList('devices', header['devices']).map((device) => parseDevice(device, data));
  const state = {
    machine: cellsFromJson('machine', header['machine']),
    harts: asList('harts', header['harts']).map((hart) => cellsFromJson('harts', hart)),
    devices,
    events: asList('events', header['events']).map((event) => {
      const { name, due } = asObject('events', event);
      return { name: asText('events', name), due: asCount('events', due) };
    }),
    runaways: asList('runaways', header['runaways']).map((retired) =>
      asInteger('runaways', retired),
    ),
    end: parseEnd(header['end']),
    timing: parseTiming(header['clock'], data),
  };
  const ram = parsePages(header['pages'], data);
  data.end();
  return { run: header['run'], state, ram };
}

/** Ranges of pages that are not zero: the first, and how many. */
function usedPages(ram: Uint8Array): readonly (readonly [number, number])[] {
  const words = new Uint32Array(ram.buffer, ram.byteOffset, ram.length / 4);
  const wordsInPage = PAGE_SIZE / 4;
  const ranges: [number, number][] = [];
  for (let page = 0; page < ram.length / PAGE_SIZE; page++) {
    const start = page * wordsInPage;
    if (words.subarray(start, start + wordsInPage).every((word) => word === 0)) continue;
    const last = ranges[ranges.length - 1] as [number, number] | undefined;
    if (last !== undefined && last[0] + last[1] === page) last[1]++;
    else ranges.push([page, 1]);
  }
  return ranges;
}

function parsePages(value: unknown, data: PieceReader): Uint8Array {
  const ranges = asList('pages', value).map((range) => {
    const [first, count] = asList('pages', range);
    return {
      first: asCount('pages', first),
      bytes: data.take(asCount('pages', count) * PAGE_SIZE),
    };
  });
  const end = Math.max(0, ...ranges.map(({ first, bytes }) => first * PAGE_SIZE + bytes.length));
  if (end > 2 ** 31) throw new StateFileError('pages: more than any machine has');
  const ram = new Uint8Array(end);
  for (const { first, bytes } of ranges) ram.set(bytes, first * PAGE_SIZE);
  return ram;
}

function parseDevice(value: unknown, data: PieceReader): SavedState['devices'][number] {
  const { name, base, values, ends } = asObject('devices', value);
  const pictures = new Map<string, HostPicture>();
  for (const [end, pieces] of Object.entries(asObject('ends', ends))) {
    const picture = new Map<number, Uint8Array>();
    for (const piece of asList('ends', pieces)) {
      const [number, length] = asList('ends', piece);
      picture.set(asCount('ends', number), data.take(asCount('ends', length)));
    }
    pictures.set(end, picture);
  }
  const parsed: StateValues = Object.fromEntries(
    Object.entries(asObject('values', values)).map(([key, list]) => [
      key,
      asList(key, list).map(fromJson),
    ]),
  );
  return {
    name: asText('name', name),
    base: asCount('base', base),
    values: parsed,
    ends: pictures,
  };
}

function parseEnd(value: unknown): SavedState['end'] {
  if (value === null) return undefined;
  const { reason, code } = asObject('end', value);
  return reason === 'reset' ? { reason } : { reason: 'poweroff', code: asCount('end', code) };
}

const toJson = (value: number | bigint): unknown =>
  typeof value === 'bigint' ? String(value) : value === Infinity ? null : value;

function fromJson(value: unknown): number | bigint {
  if (value === null) return Infinity;
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value);
  return asCount('values', value);
}

const cellsToJson = (cells: SavedCells): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...cells].map(([name, bytes]) => [
      name,
      [...bytes].map((byte) => byte.toString(HEX).padStart(2, '0')).join(''),
    ]),
  );

function cellsFromJson(what: string, value: unknown): SavedCells {
  return new Map(
    Object.entries(asObject(what, value)).map(([name, digits]) => {
      const pairs = asText(name, digits).match(/[0-9a-f]{2}/g) ?? [];
      return [name, Uint8Array.from(pairs, (pair) => parseInt(pair, HEX))];
    }),
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes));
}
