/** A serial line whose output is written to a file. Nothing ever comes in. */
import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { InputError, RunError } from './command-error.ts';
import { errorCode } from './file-lock.ts';
import type { SerialLine } from './serial-line.ts';

export class FileLine implements SerialLine {
  readonly hasArrived = false;
  readonly inputEnded = true;
  private readonly descriptor: number;
  private output: number[] = [];

  /** @throws InputError if the file cannot be written */
  constructor(private readonly path: string) {
    this.descriptor = openForWriting(path);
  }

  get place(): string {
    return this.path;
  }

  takeArrived(): undefined {
    return undefined;
  }

  put(byte: number): void {
    this.output.push(byte);
  }

  /** @throws RunError if the host cannot write any more */
  flush(): void {
    const bytes = Uint8Array.from(this.output);
    this.output = [];
    writeAll(this.path, this.descriptor, bytes);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/**
 * Opens a file anew, or a device or pipe that is there, without waiting for anybody.
 * @throws InputError naming the file and what is wrong
 */
export function openForWriting(path: string): number {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOCTTY, O_NONBLOCK } = constants;
  const flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_NONBLOCK;
  try {
    const descriptor = openSync(path, flags, 0o666);
    if (fstatSync(descriptor).isDirectory()) throw new InputError(`${path} is a directory`);
    return descriptor;
  } catch (error) {
    if (error instanceof InputError) throw error;
    const reason = errorCode(error) ?? String(error);
    throw new InputError(`${path} cannot be written (${reason})`, { cause: error });
  }
}

/** @throws RunError naming the file if the host cannot write */
export function writeAll(path: string, descriptor: number, bytes: Uint8Array): void {
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
  } catch (error) {
    const reason = errorCode(error) ?? String(error);
    throw new RunError(`${path} cannot be written (${reason})`, { cause: error });
  }
}
