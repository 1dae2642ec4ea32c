/** Read-only memory with contents fixed at construction. Not state: the board makes it again. */

import type { Device, DeviceDeclaration, StateValues } from './device.ts';
import type { GuestErrorHook } from './guest-error.ts';

export class Rom implements Device {
  readonly declaration: DeviceDeclaration;
  private readonly view: DataView;
  private readonly report: GuestErrorHook;

  /**
   * @param size bytes of address space; zeroes follow `contents`
   * @throws RangeError when `contents` is larger than `size`
   */
  constructor(name: string, size: number, contents: Uint8Array, report: GuestErrorHook) {
    if (contents.length > size) {
      throw new RangeError(`${name}: ${contents.length} bytes do not fit into ${size}`);
    }
    this.declaration = {
      name,
      source: 'QEMU hw/riscv/boot.c',
      compatible: [],
      size,
      accessWidths: [1, 2, 4, 8],
      registers: [],
      state: [],
    };
    const bytes = new Uint8Array(size);
    bytes.set(contents);
    this.view = new DataView(bytes.buffer);
    this.report = report;
  }

  read(offset: number, width: number): number {
    switch (width) {
      case 1:
        return this.view.getUint8(offset);
      case 2:
        return this.view.getUint16(offset, true);
      default:
        return this.view.getUint32(offset, true);
    }
  }

  write(offset: number, width: number, value: number): void {
    const device = this.declaration.name;
    this.report({ device, access: 'write', offset, width, value, problem: 'read-only memory' });
  }

  reset(): void {
    // Contents never change.
  }

  saveState(): StateValues {
    return {};
  }

  restoreState(): void {
    // Contents never change.
  }
}
