/**
 * What `--drive` says: `FILE[,snapshot=on][,readonly=on][,serial=TEXT][,bus=virtio-mmio-bus.N]`. As
 * on QEMU, a comma in a value is written twice, and `file=FILE` and `format=raw` may be there.
 */
import { InputError } from './command-error.ts';
import { parseBus, splitKey, splitOption } from './option-list.ts';

export interface DriveOption {
  /** The host's file. */
  readonly path: string;
  /** Writes stay in memory, and are gone at the end. */
  readonly snapshot: boolean;
  readonly readOnly: boolean;
  readonly serial?: string;
  /** The virtio slot, 0 to 7; by default the drive's place among the drives. */
  readonly slot?: number;
  /** The file comes out of our own build: what is written there is not kept. */
  readonly isBuilt?: boolean;
}

/** Longest serial number that a virtio driver sees, in bytes. */
const SERIAL_BYTES = 20;
const KEYS = 'snapshot, readonly, serial, bus, file and format';

/**
 * @param name of the option, for messages
 * @throws InputError naming the option and what is wrong with it
 */
export function parseDriveOption(text: string, name = '--drive'): DriveOption {
  const fail = (problem: string) => new InputError(`${name} ${text}: ${problem}`);
  const [first, ...rest] = splitOption(text);
  const path = first.startsWith('file=') ? first.slice('file='.length) : first;
  if (path === '') throw fail(`the file comes first, as in ${name} disk.img,snapshot=on`);

  const isOn = (key: string, value: string): boolean => {
    if (value !== 'on' && value !== 'off') throw fail(`${key} is on or off, not "${value}"`);
    return value === 'on';
  };
  const option: { -readonly [Key in keyof DriveOption]: DriveOption[Key] } = {
    path,
    snapshot: false,
    readOnly: false,
  };
  for (const part of rest) {
    const { key, value } = splitKey(part, fail);
    switch (key) {
      case 'snapshot':
        option.snapshot = isOn(key, value);
        break;
      case 'readonly':
        option.readOnly = isOn(key, value);
        break;
      case 'serial':
        if (Buffer.byteLength(value) > SERIAL_BYTES) {
          throw fail(`a serial number has at most ${SERIAL_BYTES} bytes`);
        }
        option.serial = value;
        break;
      case 'bus':
        option.slot = parseBus(value, fail);
        break;
      case 'format':
        if (value !== 'raw') throw fail(`the format is raw, not "${value}"`);
        break;
      default:
        throw fail(`"${key}" is none of ${KEYS}`);
    }
  }
  return option;
}
