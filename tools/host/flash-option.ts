/**
 * What `--pflash` says: the file of a bank of flash, `FILE[,snapshot=on][,readonly=on]`; the first is
 * bank 0, from which the machine then starts, the second bank 1.
 */
import { FLASH_BANK_BYTES } from '../../machine/devices/cfi-flash-registers.ts';
import type { Disk } from '../../machine/devices/virtio/disk.ts';
import { InputError } from './command-error.ts';
import { parseDriveOption } from './drive-option.ts';
import { openDrives } from './drives.ts';

/** The banks, as the machine takes them. */
export interface OpenFlash {
  readonly banks: readonly [Disk | undefined, Disk | undefined];
  close(): void;
}

const MOST_BANKS = 2;

/**
 * Opens all banks, or none.
 * @param onError told in one line what the host could not do for the guest
 * @throws InputError naming the file and what is wrong
 */
export function openFlash(texts: readonly string[], onError: (message: string) => void): OpenFlash {
  if (texts.length > MOST_BANKS) throw new InputError(`--pflash: there are ${MOST_BANKS} banks`);
  const options = texts.map((text) => parseDriveOption(text, '--pflash'));
  for (const { slot, serial } of options) {
    if (slot !== undefined || serial !== undefined) {
      throw new InputError('--pflash: a bank of flash has neither bus nor serial');
    }
  }
  const open = openDrives(options, onError);
  const disks = open.drives.map(({ disk }) => disk);
  for (const [bank, { bytes }] of disks.entries()) {
    if (bytes === FLASH_BANK_BYTES) continue;
    open.close();
    const remedy = `make it so with: truncate -s ${FLASH_BANK_BYTES / 2 ** 20}M`;
    throw new InputError(
      `${options[bank].path} has ${bytes} bytes, a bank of flash ${FLASH_BANK_BYTES}: ${remedy}`,
    );
  }
  const [first, second] = [...disks, undefined, undefined];
  return {
    banks: [first, second],
    close: () => {
      open.close();
    },
  };
}
