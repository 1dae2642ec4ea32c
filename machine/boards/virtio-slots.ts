/** Which device sits in which of the board's virtio-mmio slots. */
import type { SerialPort } from '../devices/serial-port.ts';
import type { Disk } from '../devices/virtio/disk.ts';
import type { NetPort } from '../devices/virtio/net-link.ts';
import { VIRTIO_SLOTS } from './virt-memory-map.ts';

interface Plug {
  /** Slot 0 to 7; by default the device's own position. */
  readonly slot?: number;
}

/** A disk of the machine. */
export interface VirtDrive extends Plug {
  /** The host's end. */
  readonly disk: Disk;
  /** Serial number, of which the guest sees 20 bytes; empty if absent. */
  readonly serial?: string;
}

/** A network card of the machine. */
export interface VirtNet extends Plug {
  /** The host's end. */
  readonly port: NetPort;
  /** Hardware address: six bytes. */
  readonly mac: Uint8Array;
}

/** A console beside the UART. */
export interface VirtConsole extends Plug {
  readonly kind: 'console';
  /** The host's end. */
  readonly port: SerialPort;
}

/** A source of random bytes. */
export interface VirtEntropy extends Plug {
  readonly kind: 'entropy';
  /** What all bytes follow from: 0 to 2^32 - 1. */
  readonly seed: number;
}

/** What is in the virtio slots. */
export interface VirtioDevices {
  /** Disks; none if absent. */
  readonly drives?: readonly VirtDrive[];
  /** The network card; none if absent. */
  readonly net?: VirtNet;
  /** Others, at most one of each kind; none if absent. */
  readonly others?: readonly (VirtConsole | VirtEntropy)[];
}

export type SlotContents =
  | (VirtDrive & { readonly kind: 'drive' })
  | (VirtNet & { readonly kind: 'net' })
  | VirtConsole
  | VirtEntropy;

/**
 * The device of each slot: drives first, then the network card, then others, the n-th of all in slot
 * n − 1 unless it says otherwise.
 * @throws RangeError when a slot does not exist or two devices want the same one
 */
export function placeDevices({
  drives = [],
  net,
  others = [],
}: VirtioDevices): readonly (SlotContents | undefined)[] {
  const slots: (SlotContents | undefined)[] = VIRTIO_SLOTS.map(() => undefined);
  const place = (what: string, contents: SlotContents, position: number): void => {
    const slot = contents.slot ?? position;
    if (!Number.isInteger(slot) || slot < 0 || slot >= slots.length) {
      throw new RangeError(`${what} in virtio slot ${slot}: there are 0 to ${slots.length - 1}`);
    }
    if (slots[slot] !== undefined) {
      throw new RangeError(`${what} in virtio slot ${slot}, which is taken`);
    }
    slots[slot] = contents;
  };
  for (const [position, drive] of drives.entries()) {
    place(`drive ${position + 1}`, { kind: 'drive', ...drive }, position);
  }
  let position = drives.length;
  if (net !== undefined) place('the network card', { kind: 'net', ...net }, position++);
  for (const other of others) place(`the ${other.kind}`, other, position++);
  return slots;
}
