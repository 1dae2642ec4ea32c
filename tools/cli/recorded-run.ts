/** What `boot` records, replays, saves and resumes: which options go together, and what a run is of. */
import type { VirtNet } from '../../machine/boards/virtio-slots.ts';
import type { InputRecord, RecordHeader } from '../../machine/history/input-record.ts';
import { NO_KERNEL } from '../host/boot-files.ts';
import { InputError } from '../host/command-error.ts';
import type { DriveOption } from '../host/drive-option.ts';
import { parseFlashOptions } from '../host/flash-option.ts';
import { identifyFile } from '../host/replay.ts';
import type { Resumable } from '../host/saved-machine.ts';
import type { BootInputs } from './boot-inputs.ts';
import type { BootOptions } from './boot-options.ts';
import { readDevices } from './machine-options.ts';

/** @throws InputError about what goes with no replay */
export function checkReplay({ replay, record, exec, net }: BootOptions): void {
  if (replay === undefined) return;
  if (record !== undefined) throw new InputError('--record and --replay exclude each other');
  if (exec !== undefined)
    throw new InputError('--replay: what is typed is in the record, leave --exec out');
  if (net !== undefined) {
    throw new InputError('--replay: what came over the wire is in the record, leave --net out');
  }
}

/** @throws InputError about what does not go with a saved machine */
export function checkResume({ resume, exec }: BootOptions): void {
  if (resume !== undefined && exec !== undefined) {
    throw new InputError('--resume: the shell has begun already, leave --exec out');
  }
}

/** What a run starts from, as a record says it; the time and the network card are added to it. */
export function describeRun(
  { kernel, firmware, initrd }: BootInputs,
  drives: readonly DriveOption[],
  options: BootOptions,
): RecordHeader {
  const files = [
    ...(kernel === NO_KERNEL ? [] : [identifyFile('kernel', kernel.file.path)]),
    ...(firmware === undefined ? [] : [identifyFile('firmware', firmware.file.path)]),
    ...(initrd === undefined ? [] : [identifyFile('initrd', initrd.path)]),
    ...(options.dtb === undefined ? [] : [identifyFile('device tree', options.dtb)]),
    ...drives.map(({ path }, index) => identifyFile(`drive ${index + 1}`, path)),
    ...parseFlashOptions(options.pflash ?? []).map(({ path, unit }) =>
      identifyFile(`flash ${unit}`, path),
    ),
  ];
  const machine = {
    memory: options.memory,
    smp: options.smp,
    cpu: options.cpu.inorder ?? options.cpu.name,
    aclint: options.machine.aclint,
    virtio: options.virtio,
    diskSpeed: options.diskSpeed,
    append: options.append ?? null,
    drives: drives.map(({ slot, serial, readOnly }) => ({ slot, serial, readOnly })),
    devices: readDevices(options).map((device) =>
      device.kind === 'entropy' ? device : { kind: device.kind, slot: device.slot },
    ),
  };
  return { machine, startTime: 0n, net: undefined, files };
}

/** What is recorded or replayed: a header without a record is that of one to be written. */
export interface Recording {
  readonly record: InputRecord | undefined;
  readonly resumed: Resumable | undefined;
  readonly header: RecordHeader | undefined;
}

/** The network card of a recorded run, on no wire. */
export function recordedCard({ header: { net } }: InputRecord): VirtNet | undefined {
  if (net === undefined) return undefined;
  const port = { send: () => undefined, received: () => undefined };
  return { ...net, mac: Uint8Array.from(net.mac), port };
}

export function describeCard(card: VirtNet | undefined): RecordHeader['net'] {
  if (card === undefined) return undefined;
  return { mac: [...card.mac], ...(card.slot === undefined ? {} : { slot: card.slot }) };
}

/** The same with the file of the machine that the run goes on with. */
export function withSavedMachine(header: RecordHeader, path: string): RecordHeader {
  return { ...header, files: [...header.files, identifyFile('saved machine', path)] };
}
