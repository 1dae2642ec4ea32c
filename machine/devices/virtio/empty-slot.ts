/**
 * A virtio-mmio slot with nothing in it, as most of the board's are: device 0, which drivers pass
 * over. It answers accesses of any width, and ignores writes.
 *
 * Source: Virtual I/O Device 1.2, 4.2.2; QEMU hw/virtio/virtio-mmio.c.
 */

import type { DeviceDeclaration } from '../device.ts';
import type { GuestErrorHook } from '../guest-error.ts';
import { RegisterDevice } from '../register-device.ts';
import {
  DEVICE_ID,
  MAGIC,
  MAGIC_VALUE,
  SLOT_ACCESS_WIDTHS,
  SLOT_SIZE,
  VENDOR,
  VENDOR_ID,
  VERSION,
  VERSION_NUMBERS,
  type VirtioVersion,
} from './mmio-registers.ts';

function declare(name: string) {
  const register = (title: string, offset: number, doc: string) =>
    ({ name: title, offset, width: 4, access: 'ro', doc }) as const;
  return {
    name,
    source: 'Virtual I/O Device 1.2, 4.2.2; QEMU hw/virtio/virtio-mmio.c',
    compatible: ['virtio,mmio'],
    size: SLOT_SIZE,
    accessWidths: SLOT_ACCESS_WIDTHS,
    registers: [
      register('MagicValue', MAGIC_VALUE, '0x74726976, "virt"'),
      register('Version', VERSION, '1 legacy, 2 modern'),
      register('DeviceID', DEVICE_ID, '0: the slot is empty'),
      register('VendorID', VENDOR_ID, '0x554d4551, "QEMU"'),
    ],
    state: [],
  } as const satisfies DeviceDeclaration;
}

export class EmptyVirtioSlot extends RegisterDevice<readonly []> {
  private readonly version: VirtioVersion;

  constructor(name: string, version: VirtioVersion, report: GuestErrorHook) {
    super(declare(name), report);
    this.version = version;
  }

  /** A narrow access gets the low bytes of the register. */
  override read(offset: number, width: number): number {
    return super.read(offset, width) % 2 ** (8 * width);
  }

  protected override readRegister(register: number): number {
    switch (register) {
      case MAGIC_VALUE:
        return MAGIC;
      case VERSION:
        return VERSION_NUMBERS[this.version];
      case VENDOR_ID:
        return VENDOR;
      default:
        return 0;
    }
  }

  protected override writeRegister(): void {
    // All registers are read-only.
  }

  protected override stateReplaced(): void {
    // An empty slot has no state.
  }
}
