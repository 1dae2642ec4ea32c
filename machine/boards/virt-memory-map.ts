/**
 * Where everything is on the `virt` board, and which interrupt it has. The addresses are those of
 * QEMU's board of the same name (hw/riscv/virt.c).
 */
import { RAM_BASE } from '../bus/physical-memory.ts';
import { FLASH_BANK_BYTES } from '../devices/cfi-flash-registers.ts';

/** A range of physical address space: first address and bytes. */
export interface MemoryRange {
  readonly base: number;
  readonly size: number;
}

/** Windows of the devices. A device may answer in the first part of its window only. */
export const VIRT_MEMORY_MAP = {
  resetRom: { base: 0x0000_1000, size: 0xf000 },
  testFinisher: { base: 0x0010_0000, size: 0x1000 },
  rtc: { base: 0x0010_1000, size: 0x1000 },
  clint: { base: 0x0200_0000, size: 0x1_0000 },
  plic: { base: 0x0c00_0000, size: 0x60_0000 },
  aclintSswi: { base: 0x02f0_0000, size: 0x4000 },
  uart: { base: 0x1000_0000, size: 0x100 },
  fwCfg: { base: 0x1010_0000, size: 0x18 },
} as const satisfies Record<string, MemoryRange>;

/** Windows of the virtio-mmio slots, in order of their numbers. */
export const VIRTIO_SLOTS: readonly MemoryRange[] = Array.from({ length: 8 }, (_, slot) => ({
  base: 0x1000_1000 + 0x1000 * slot,
  size: 0x1000,
}));

/** Windows of the banks of flash, one behind the other. */
export const FLASH_BANKS: readonly MemoryRange[] = [0, 1].map((bank) => ({
  base: 0x2000_0000 + bank * FLASH_BANK_BYTES,
  size: FLASH_BANK_BYTES,
}));

/** Interrupt sources of the PLIC; `virtio` is slot 0's, and the others' follow it. */
export const VIRT_INTERRUPTS = { virtio: 1, uart: 10, rtc: 11 } as const;

/** Where a hart goes from the reset ROM. */
export const START_ADDRESS = RAM_BASE;

/** Most harts that a board can have. */
export const MAXIMUM_HARTS = 8;

/** A device tree lies at a multiple of this, as on QEMU. */
const DEVICE_TREE_ALIGNMENT = 2 * 1024 * 1024;
/** Where RAM is too small for that, at a multiple of this. */
const PAGE = 4096;
/** A device tree ends below this even where RAM goes on, so that kernels can map it early. */
const DEVICE_TREE_LIMIT = 0xc000_0000;

const alignDown = (value: number, alignment: number) => value - (value % alignment);

/**
 * Where a device tree of `bytes` bytes lies: at the end of RAM or below 3 GiB, whichever is lower.
 * @throws RangeError when RAM cannot hold it
 */
export function deviceTreeAddress(ramBytes: number, bytes: number): number {
  const highest = Math.min(RAM_BASE + ramBytes, DEVICE_TREE_LIMIT) - bytes;
  const aligned = alignDown(highest, DEVICE_TREE_ALIGNMENT);
  const address = aligned > RAM_BASE ? aligned : alignDown(highest, PAGE);
  if (address < RAM_BASE) {
    throw new RangeError(`${ramBytes} bytes of RAM cannot hold the device tree of ${bytes} bytes`);
  }
  return address;
}
