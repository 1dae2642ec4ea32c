/**
 * The record of a run: what the machine was given at the start, and every input from outside with the
 * instant at which it came. Replaying it on the same machine leads through the same states.
 *
 * A record is text in UTF-8, one JSON object in a line.
 *
 * - The first line is the header: `{"format": "vitrine-record", "version": 1, "machine": {…},
 *   "startTime": "…", "net": null | {"mac": […], "slot": n}, "files": [{"role", "name", "sha256"}…]}`.
 *   `machine` has what the machine was made of, by name; `startTime` is what the real-time clock said
 *   at cycle 0, in nanoseconds since 1970.
 * - `{"kind": "serial" | "console" | "frame", "resets": n, "at": [start, hart, local, phase],
 *   "bytes": "…"}` is an input: how often the machine had been reset, the instant as `Instant` has it,
 *   and the bytes as hexadecimal digits.
 * - The last line is `{"kind": "end", "resets": n, "at": […]}`: where the run was left. It is missing
 *   if the recording process was killed; all before it holds nevertheless.
 */
import { INPUT_KINDS, type Input } from './input.ts';
import type { Instant, Phase } from './instant.ts';

export const RECORD_FORMAT = 'vitrine-record';
export const RECORD_VERSION = 1;

const HEX = 16;
const LAST_PHASE = 2;
const MAC_BYTES = 6;

/** An image or drive that a run started from. */
export interface RecordedFile {
  /** What it is to the machine: `kernel`, `drive 1`, … */
  readonly role: string;
  /** Its name, for people. */
  readonly name: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

export interface RecordHeader {
  /** What the machine is made of; values are compared as JSON. */
  readonly machine: Readonly<Record<string, unknown>>;
  /** Nanoseconds since 1970. */
  readonly startTime: bigint;
  readonly net: { readonly mac: readonly number[]; readonly slot?: number } | undefined;
  readonly files: readonly RecordedFile[];
}

/** When something came: how often the machine had been reset by then, and the instant since. */
export interface RecordedMoment {
  readonly resets: number;
  readonly at: Instant;
}

export interface RecordedInput extends RecordedMoment {
  readonly input: Input;
}

export interface InputRecord {
  readonly header: RecordHeader;
  readonly inputs: readonly RecordedInput[];
  /** Undefined: the recording process was killed. */
  readonly end: RecordedMoment | undefined;
}

/** A record that cannot be used: the line, from 1 on, and what is wrong with it. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
  constructor(
    readonly line: number,
    problem: string,
  ) {
    super(problem);
  }
}

export function formatHeader(header: RecordHeader): string {
  const described = describeHeader(header);
  return `${JSON.stringify({ format: RECORD_FORMAT, version: RECORD_VERSION, ...described })}\n`;
}

/** What a run started from, as JSON has it. */
export function describeHeader({ machine, startTime, net, files }: RecordHeader) {
  return { machine, startTime: String(startTime), net: net ?? null, files };
}

export function formatInput({ resets, at, input }: RecordedInput): string {
  const bytes = [...input.bytes].map((byte) => byte.toString(HEX).padStart(2, '0')).join('');
  return `${JSON.stringify({ kind: input.kind, resets, at: listOf(at), bytes })}\n`;
}

export function formatEnd({ resets, at }: RecordedMoment): string {
  return `${JSON.stringify({ kind: 'end', resets, at: listOf(at) })}\n`;
}

const listOf = ({ start, hart, local, phase }: Instant): readonly number[] => [
  start,
  hart,
  local,
  phase,
];

/** @throws RecordError */
export function parseRecord(text: string): InputRecord {
  const lines = text.split('\n');
  // What a process that is killed leaves unfinished is the last line, which has no end.
  lines.pop();
  const [first = ''] = lines;
  const header = parseHeader(first);
  const inputs: RecordedInput[] = [];
  let end: RecordedMoment | undefined;
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue;
    const number = index + 1;
    if (end !== undefined) throw new RecordError(number, 'there is something behind the end');
    const entry = parseObject(line, number);
    const moment = parseMoment(entry, number);
    if (entry['kind'] === 'end') end = moment;
    else inputs.push({ ...moment, input: parseInput(entry, number) });
  }
  return { header, inputs, end };
}

type Entry = Readonly<Record<string, unknown>>;

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(line: string, number: number): Entry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  if (!isEntry(value)) throw new RecordError(number, 'it is no JSON object');
  return value;
}

function parseHeader(line: string): RecordHeader {
  const fail = (problem: string) => new RecordError(1, problem);
  const entry = parseObject(line, 1);
  const { format, version } = entry;
  if (format !== RECORD_FORMAT) throw fail('it is no record of a run');
  if (version !== RECORD_VERSION) {
    throw fail(`it has version ${String(version)}, and this program knows ${RECORD_VERSION}`);
  }
  return readHeader(entry, fail);
}

/** The inverse of `describeHeader`; `fail` makes the error that is thrown. */
export function readHeader(value: unknown, fail: (problem: string) => Error): RecordHeader {
  const { machine, startTime, net, files }: Entry = isEntry(value) ? value : {};
  if (!isEntry(machine)) throw fail('machine is no object');
  if (typeof startTime !== 'string' || !/^\d{1,20}$/.test(startTime)) {
    throw fail('startTime is no number of nanoseconds');
  }
  if (!Array.isArray(files) || !files.every(isRecordedFile)) {
    throw fail('files is no list of roles, names and hashes');
  }
  const card = net === null ? undefined : parseNet(net, fail);
  return { machine, startTime: BigInt(startTime), net: card, files };
}

function parseNet(net: unknown, fail: (problem: string) => Error): RecordHeader['net'] {
  const { mac, slot }: Entry = isEntry(net) ? net : {};
  const isMac = Array.isArray(mac) && mac.length === MAC_BYTES && mac.every(isByte);
  if (!isMac) throw fail('net.mac is no hardware address');
  if (slot === undefined) return { mac };
  if (!isCount(slot)) throw fail('net.slot is no number');
  return { mac, slot };
}

function isRecordedFile(value: unknown): value is RecordedFile {
  return (
    isEntry(value) &&
    typeof value['role'] === 'string' &&
    typeof value['name'] === 'string' &&
    typeof value['sha256'] === 'string'
  );
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
const isByte = (value: unknown): value is number => isCount(value) && value <= 0xff;
const isPhase = (value: number): value is Phase => value <= LAST_PHASE;

function parseMoment({ resets, at }: Entry, number: number): RecordedMoment {
  const list: readonly unknown[] = Array.isArray(at) ? at : [];
  const [start, hart, local, phase] = list.filter(isCount);
  if (!isCount(resets) || list.length !== 4 || !isCount(phase) || !isPhase(phase)) {
    throw new RecordError(number, 'it does not say when');
  }
  return { resets, at: { start, hart, local, phase } };
}

function parseInput({ kind, bytes }: Entry, number: number): Input {
  const known = INPUT_KINDS.find((each) => each === kind);
  if (known === undefined) throw new RecordError(number, `nothing is known of ${String(kind)}`);
  if (typeof bytes !== 'string' || !/^([0-9a-f]{2})*$/.test(bytes)) {
    throw new RecordError(number, 'bytes are no hexadecimal digits');
  }
  const pairs = bytes.match(/../g) ?? [];
  return { kind: known, bytes: Uint8Array.from(pairs, (pair) => parseInt(pair, HEX)) };
}
