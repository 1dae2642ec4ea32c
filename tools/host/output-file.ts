/** Files that the command line names for results. */
import { writeFileSync } from 'node:fs';
import { InputError } from './command-error.ts';
import { errorCode } from './file-lock.ts';

/** @throws InputError naming the file if it cannot be written */
export function writeOutput(path: string, contents: Uint8Array | string): void {
  try {
    writeFileSync(path, contents);
  } catch (error) {
    const reason = errorCode(error) ?? String(error);
    throw new InputError(`${path} cannot be written (${reason})`, { cause: error });
  }
}
