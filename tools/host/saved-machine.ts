/** `--save` and `--resume`: a machine in a file. */
import { DeviceStateError } from '../../machine/devices/device-state.ts';
import { HostEndError } from '../../machine/devices/host-end.ts';
import {
  describeHeader,
  readHeader,
  type RecordHeader,
} from '../../machine/history/input-record.ts';
import { MachineStateError } from '../../machine/history/machine-state.ts';
import {
  formatMachine,
  parseMachine,
  type SavedMachine,
} from '../../machine/history/state-file.ts';
import { StateFileError } from '../../machine/history/state-pieces.ts';
import type { Machine } from '../../machine/machine.ts';
import { readInputFile } from './boot-files.ts';
import { InputError } from './command-error.ts';
import { writeOutput } from './output-file.ts';

/** A machine to go on with, and what it was started from. */
export interface Resumable {
  readonly path: string;
  readonly header: RecordHeader;
  readonly saved: SavedMachine;
}

/** @throws InputError naming the file if it cannot be written */
export async function saveMachine(
  path: string,
  header: RecordHeader,
  machine: Machine,
): Promise<void> {
  const run = describeHeader(header);
  writeOutput(path, await formatMachine({ run, ...machine.snapshots.save() }));
}

/** @throws InputError naming the file and what is wrong with it */
export async function readSavedMachine(path: string): Promise<Resumable> {
  const file = readInputFile(path, 'saved machine');
  try {
    const saved = await parseMachine(new Uint8Array(file));
    const header = readHeader(saved.run, (problem) => new StateFileError(problem));
    return { path, header, saved };
  } catch (error) {
    if (!(error instanceof StateFileError)) throw error;
    throw new InputError(`${path}: ${error.message}`, { cause: error });
  }
}

/** @throws InputError naming the file if its state is not one of this machine */
export function resumeMachine({ path, saved }: Resumable, machine: Machine): void {
  try {
    machine.snapshots.load(saved);
  } catch (error) {
    const isForeign =
      error instanceof MachineStateError ||
      error instanceof DeviceStateError ||
      error instanceof HostEndError ||
      error instanceof RangeError;
    if (!isForeign) throw error;
    throw new InputError(`${path}: ${error.message}`, { cause: error });
  }
}
