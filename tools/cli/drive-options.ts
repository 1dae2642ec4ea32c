/** `--drive` and `--virtio`, which every command that starts a machine has. */
import { join } from 'node:path';
import { Option } from 'commander';
import { DISK_SPEEDS, type DiskSpeedName } from '../../machine/devices/virtio/disk-speed.ts';
import type { VirtioVersion } from '../../machine/devices/virtio/mmio-registers.ts';
import { InputError } from '../host/command-error.ts';
import { openDrives } from '../host/drives.ts';
import { parseDriveOption, type DriveOption } from '../host/drive-option.ts';
import { MICRO_FILES } from '../images/folders.ts';

/** In place of a file: no drive, not even the disk that our kernels have otherwise. */
const NO_DRIVE = 'none';

export interface MachineDriveOptions {
  readonly drive?: readonly string[];
  readonly virtio: VirtioVersion;
  readonly diskSpeed: DiskSpeedName;
}

/** The options, for a command's own list. */
export function driveOptions(): readonly Option[] {
  return [
    new Option(
      '--drive <file>',
      'a disk: FILE[,snapshot=on][,readonly=on][,bus=virtio-mmio-bus.N] (repeatable); or none',
    ).argParser(append),
    new Option('--disk-speed <disk>', 'how long disks take in guest time')
      .choices(Object.keys(DISK_SPEEDS))
      .default('instant'),
    new Option('--virtio <version>', 'version of the virtio transport')
      .choices(['legacy', 'modern'])
      .default('legacy'),
  ];
}

/**
 * Sees to it that drives which a person named can be used, before anything is built for them.
 * @throws InputError naming the file and what is wrong
 */
export function checkNamedDrives(
  { drive }: MachineDriveOptions,
  drives: readonly DriveOption[],
): void {
  if (drive !== undefined) openDrives(drives, () => undefined).close();
}

/** commander hands over what it has so far, undefined at first. */
function append(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/**
 * The drives that a command line asks for.
 *
 * @param isOwn the kernel is ours, which has the disk of userland/disk unless another is named; what
 *   it writes there is gone at the end
 * @throws InputError about an option that cannot be
 */
export function readDriveOptions(
  root: string,
  { drive }: MachineDriveOptions,
  isOwn: boolean,
): readonly DriveOption[] {
  if (drive === undefined) {
    return isOwn
      ? [{ path: join(root, MICRO_FILES.disk), snapshot: true, readOnly: false, isBuilt: true }]
      : [];
  }
  if (!drive.includes(NO_DRIVE)) return drive.map((text) => parseDriveOption(text));
  if (drive.length > 1) throw new InputError('--drive none goes with no other --drive');
  return [];
}
