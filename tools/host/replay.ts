/** `--record` and `--replay`: files with records of runs, and the guest that repeats one. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { compareInstants } from '../../machine/history/instant.ts';
import {
  formatEnd,
  formatHeader,
  formatInput,
  parseRecord,
  RecordError,
  type InputRecord,
  type RecordedFile,
  type RecordedMoment,
  type RecordHeader,
} from '../../machine/history/input-record.ts';
import { readInputFile } from './boot-files.ts';
import { InputError } from './command-error.ts';
import { errorCode } from './file-lock.ts';
import type { Console, Guest, SliceEnd } from './run-loop.ts';
import type { VirtGuest } from './virt-guest.ts';

const PIECE_BYTES = 0x10_0000;

/** A file and the SHA-256 of what is in it. */
export function identifyFile(role: string, path: string): RecordedFile {
  const hash = createHash('sha256');
  const piece = new Uint8Array(PIECE_BYTES);
  const descriptor = openSync(path, 'r');
  try {
    for (let read = readSync(descriptor, piece); read > 0; read = readSync(descriptor, piece)) {
      hash.update(piece.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
  return { role, name: basename(path), sha256: hash.digest('hex') };
}

const momentOf = (guest: VirtGuest): RecordedMoment => ({
  resets: guest.resets,
  at: guest.machine.instant,
});

/** Writes a record while a guest runs. */
export class Recorder {
  private readonly descriptor: number;

  /** @throws InputError if the file cannot be written */
  constructor(
    private readonly path: string,
    header: RecordHeader,
    private readonly guest: VirtGuest,
  ) {
    this.descriptor = this.attempt(() => openSync(path, 'w'));
    this.write(formatHeader(header));
    guest.door.listen(({ input }) => {
      this.write(formatInput({ ...momentOf(guest), input }));
    });
  }

  /** The run is over. */
  close(): void {
    this.write(formatEnd(momentOf(this.guest)));
    closeSync(this.descriptor);
  }

  private write(line: string): void {
    this.attempt(() => writeSync(this.descriptor, line));
  }

  private attempt<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      const reason = errorCode(error) ?? String(error);
      throw new InputError(`${this.path} cannot be written (${reason})`, { cause: error });
    }
  }
}

/** @throws InputError naming the file, the line and what is wrong */
export function readRecord(path: string): InputRecord {
  const bytes = readInputFile(path, 'record');
  try {
    return parseRecord(new TextDecoder().decode(bytes));
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    throw new InputError(`${path}:${error.line}: ${error.message}`, { cause: error });
  }
}

/**
 * Sees to it that a record is one of this very machine.
 * @throws InputError naming the first thing that is another
 */
export function checkRecord(path: string, recorded: RecordHeader, here: RecordHeader): void {
  const roles = new Set([...recorded.files, ...here.files].map(({ role }) => role));
  for (const role of roles) {
    const theirs = recorded.files.find((file) => file.role === role);
    const ours = here.files.find((file) => file.role === role);
    if (theirs === undefined) throw new InputError(`${path} was recorded without ${role}`);
    if (ours === undefined) {
      throw new InputError(`${path} was recorded with ${role} ${theirs.name}, which is missing`);
    }
    if (ours.sha256 !== theirs.sha256) {
      throw new InputError(
        `${path} was recorded with another ${role}: ${theirs.name} had SHA-256 ${theirs.sha256}, ` +
          `${ours.name} has ${ours.sha256}`,
      );
    }
  }
  for (const name of new Set([...Object.keys(recorded.machine), ...Object.keys(here.machine)])) {
    const [theirs, ours] = [recorded.machine[name], here.machine[name]].map((value) =>
      JSON.stringify(value ?? null),
    );
    if (theirs !== ours) {
      throw new InputError(`${path} was recorded with ${name} ${theirs}, not ${ours}`);
    }
  }
}

/** A guest to which comes in what came in when the record was made, and nothing else. */
export class ReplayGuest implements Guest {
  private next = 0;
  private hasEnded = false;

  constructor(
    private readonly guest: VirtGuest,
    private readonly record: InputRecord,
  ) {
    guest.door.close();
  }

  /** The machine stands where the recorded run was left; or, if that is unknown, had its last input. */
  get isOver(): boolean {
    return this.hasEnded;
  }

  get cycle(): number {
    return this.guest.cycle;
  }

  get typedAhead(): number {
    return this.guest.typedAhead;
  }

  run(end: number): SliceEnd {
    this.repeatDue();
    if (this.hasEnded) return { kind: 'slice' };
    const { goal } = this;
    const at = goal?.resets === this.guest.resets ? goal.at : undefined;
    const isNear = at !== undefined && at.start <= end;
    const result = isNear ? this.guest.runToInstant(at) : this.guest.run(end);
    if (at === undefined || result.kind !== 'idle') return result;
    return { kind: 'idle', due: Math.min(result.due, at.start) };
  }

  /** The next input, or the end. */
  private get goal(): RecordedMoment | undefined {
    return this.record.inputs.at(this.next) ?? this.record.end;
  }

  private repeatDue(): void {
    const { guest, record } = this;
    const isDue = ({ resets, at }: RecordedMoment): boolean =>
      resets === guest.resets && compareInstants(at, guest.machine.instant) <= 0;
    for (let input = record.inputs.at(this.next); input !== undefined && isDue(input);) {
      guest.door.repeat(input.input);
      input = record.inputs.at(++this.next);
    }
    if (this.next < record.inputs.length) return;
    this.hasEnded = record.end === undefined || isDue(record.end);
  }

  advanceTo(cycle: number): void {
    this.guest.advanceTo(cycle);
  }

  requestStop(): void {
    this.guest.requestStop();
  }

  type(): void {
    // Only what is in the record comes in.
  }

  reset(): void {
    this.guest.reset();
  }
}

/** The person's end while a record is replayed: what is printed is seen, and Ctrl-A x leaves. */
export class ReplayConsole implements Console {
  readonly hasArrived = false;
  readonly inputEnded = true;
  readonly isInteractive = false;

  constructor(
    private readonly console: Console,
    private readonly isOver: () => boolean,
  ) {}

  get wantsToLeave(): boolean {
    // What has been typed must be looked at, so that the key that leaves is found.
    this.console.takeArrived();
    return this.isOver() || this.console.wantsToLeave;
  }

  get signalExitCode(): number | undefined {
    return this.console.signalExitCode;
  }

  takeArrived(): undefined {
    return undefined;
  }

  put(byte: number): void {
    this.console.put(byte);
  }

  flush(): Promise<void> {
    return this.console.flush();
  }
}
