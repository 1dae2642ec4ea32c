/**
 * What `--pflash` says: the file of a bank of flash, `FILE[,unit=0|1][,snapshot=on][,readonly=on]`; the
 * first is bank 0 unless it says otherwise. From bank 0 the machine starts; in bank 1 is firmware for
 * supervisor mode, which finds the kernel under `fw_cfg`. That is as on QEMU.
 */
import { FLASH_BANK_BYTES } from '../../machine/devices/cfi-flash-registers.ts';
import type { Disk } from '../../machine/devices/virtio/disk.ts';
import { InputError } from './command-error.ts';
import { parseDriveOption, type DriveOption } from './drive-option.ts';
import { openDrives, type OpenDrives } from './drives.ts';
import { joinOption, splitOption } from './option-list.ts';

/** The banks, as the machine takes them. */
export interface OpenFlash {
  readonly banks: readonly [Disk | undefined, Disk | undefined];
  readonly overlays: OpenDrives['overlays'];
  close(): void;
}

/** A bank's file. */
export interface FlashOption extends DriveOption {
  readonly unit: FlashUnit;
}

type FlashUnit = 0 | 1;

/** The bank from which the machine starts. */
export const MACHINE_BANK = 0;
/** The bank with firmware that is started in the place of a kernel. */
export const SUPERVISOR_BANK = 1;

const MOST_BANKS = 2;
const UNIT = 'unit=';

/**
 * Which file is in which bank.
 * @throws InputError naming the option and what is wrong with it
 */
export function parseFlashOptions(texts: readonly string[]): readonly FlashOption[] {
  if (texts.length > MOST_BANKS) throw new InputError(`--pflash: there are ${MOST_BANKS} banks`);
  const options = texts.map(parseFlashOption);
  if (options.length === MOST_BANKS && options[0].unit === options[1].unit) {
    throw new InputError(`--pflash: two files for unit ${options[0].unit}`);
  }
  return options;
}

function parseFlashOption(text: string, position: number): FlashOption {
  const parts = splitOption(text);
  const named = parts.find((part) => part.startsWith(UNIT));
  const unit = named === undefined ? String(position) : named.slice(UNIT.length);
  if (unit !== '0' && unit !== '1') {
    throw new InputError(`--pflash ${text}: the units are 0 and 1, not "${unit}"`);
  }
  const rest = parts.filter((part) => !part.startsWith(UNIT));
  const option = parseDriveOption(joinOption(rest), '--pflash');
  if (option.slot !== undefined || option.serial !== undefined) {
    throw new InputError('--pflash: a bank of flash has neither bus nor serial');
  }
  return { ...option, unit: unit === '0' ? MACHINE_BANK : SUPERVISOR_BANK };
}

/**
 * Opens all banks, or none.
 * @param onError told in one line what the host could not do for the guest
 * @throws InputError naming the file and what is wrong
 */
export function openFlash(
  options: readonly FlashOption[],
  onError: (message: string) => void,
): OpenFlash {
  const open = openDrives(options, onError, (index) => `flash ${options[index].unit}`);
  const banks: [Disk | undefined, Disk | undefined] = [undefined, undefined];
  for (const [index, { disk }] of open.drives.entries()) {
    const { path, unit } = options[index];
    banks[unit] = disk;
    const { bytes } = disk;
    if (bytes === FLASH_BANK_BYTES) continue;
    open.close();
    const remedy = `make it so with: truncate -s ${FLASH_BANK_BYTES / 2 ** 20}M`;
    throw new InputError(
      `${path} has ${bytes} bytes, a bank of flash ${FLASH_BANK_BYTES}: ${remedy}`,
    );
  }
  return {
    banks,
    overlays: open.overlays,
    close: () => {
      open.close();
    },
  };
}
