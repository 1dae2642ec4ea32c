/** Which disk sits in which of the board's virtio-mmio slots. */
import type { Disk } from '../devices/virtio/disk.ts';
import { VIRTIO_SLOTS } from './virt-memory-map.ts';

/** A disk of the machine. */
export interface VirtDrive {
  /** The host's end. */
  readonly disk: Disk;
  /** Slot 0 to 7; by default the drive's own position among the drives. */
  readonly slot?: number;
  /** Serial number, of which the guest sees 20 bytes; empty if absent. */
  readonly serial?: string;
}

/**
 * The drive of each slot: the n-th drive is in slot n − 1 unless it says otherwise.
 * @throws RangeError when a slot does not exist or two drives want the same one
 */
export function placeDrives(drives: readonly VirtDrive[]): readonly (VirtDrive | undefined)[] {
  const slots: (VirtDrive | undefined)[] = VIRTIO_SLOTS.map(() => undefined);
  for (const [position, drive] of drives.entries()) {
    const slot = drive.slot ?? position;
    if (!Number.isInteger(slot) || slot < 0 || slot >= slots.length) {
      throw new RangeError(
        `drive ${position + 1} in virtio slot ${slot}: there are 0 to ${slots.length - 1}`,
      );
    }
    if (slots[slot] !== undefined) {
      throw new RangeError(`drive ${position + 1} in virtio slot ${slot}, which is taken`);
    }
    slots[slot] = drive;
  }
  return slots;
}
