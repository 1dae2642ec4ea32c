/**
 * The devices of services inside: found in the device tree by what they are compatible with, their
 * registers mapped into a window of the kernel's half.
 */
import { lw } from '../../userland/abi/rv';
import { FdtCursor, FdtToken, bigEndian, isText, listHas } from '../core/device-tree';
import { kernelRoot } from '../core/kernel-space';
import { mapPage } from '../core/page-table';
import { PAGE_MASK, PAGE_SIZE, Pte, pageDown } from '../core/paging';

/** Behind the window of the kernel's own devices; one table, and as many devices as it has room for. */
const WINDOW: u32 = 0xf100_0000;
const DEVICE_PAGE: u32 = Pte.G | Pte.A | Pte.D | Pte.R | Pte.W;
/** Registers that a virtio-mmio slot begins with (Virtual I/O Device 1.2, section 4.2.2). */
const MAGIC_VALUE: u32 = 0x000;
const DEVICE_ID: u32 = 0x008;
/** "virt" */
const VIRTIO_MAGIC: u32 = 0x7472_6976;
/** `reg` of the nodes on the board's bus: two cells of address, two of size. */
const ADDRESS_LOW: u32 = 4;
const ADDRESS_BYTES: u32 = 8;

const cursor = changetype<FdtCursor>(memory.data(64, 8));
let tree: u32 = 0;
/** Pages in the window, and their physical addresses. */
let mapped: u32 = 0;
const MOST_PAGES: u32 = 32;
const pages = memory.data(128, 4) as u32;

/** The device that was found last. */
@unmanaged
class Device {
  address: u32;
  interrupt: u32;
  isCompatible: bool;
}

const device = changetype<Device>(memory.data(16, 4));

/** The device tree at `address` lists what there is. */
export function initialiseDevices(address: u32): void {
  tree = address;
}

/**
 * Where the registers of a device lie in the kernel's window; 0: there is no such device, or no memory.
 * `id`: of several virtio-mmio slots the one with this DeviceID; 0: the first device.
 */
export function deviceRegisters(compatible: string, id: u32): u32 {
  return find(compatible, id) ? mapRegisters(device.address) : 0;
}

/** The interrupt source of a device; 0: there is no such device. */
export function deviceInterrupt(compatible: string, id: u32): u32 {
  return find(compatible, id) ? device.interrupt : 0;
}

function find(compatible: string, id: u32): bool {
  if (!cursor.open(tree)) return false;
  clear();
  while (true) {
    const token = cursor.next();
    if (token == FdtToken.End) return false;
    if (token == FdtToken.Property) {
      readProperty(compatible);
      continue;
    }
    // The properties of a node come before its children.
    if (device.isCompatible && device.address != 0 && (id == 0 || deviceId() == id)) return true;
    clear();
  }
}

function clear(): void {
  device.address = 0;
  device.interrupt = 0;
  device.isCompatible = false;
}

function readProperty(compatible: string): void {
  const value = cursor.value;
  const length = cursor.length;
  if (isText(cursor.name, 'compatible')) {
    device.isCompatible = listHas(value, length, compatible);
  } else if (isText(cursor.name, 'reg') && length >= ADDRESS_BYTES) {
    device.address = bigEndian(value) == 0 ? bigEndian(value + ADDRESS_LOW) : 0;
  } else if (isText(cursor.name, 'interrupts') && length >= sizeof<u32>()) {
    device.interrupt = bigEndian(value);
  }
}

/** The DeviceID of the slot that was found; 0 if it is empty. */
function deviceId(): u32 {
  const slot = mapRegisters(device.address);
  if (slot == 0 || lw(slot + MAGIC_VALUE) != VIRTIO_MAGIC) return 0;
  return lw(slot + DEVICE_ID);
}

/** Maps the page of a physical address, unless it is mapped already. */
function mapRegisters(physical: u32): u32 {
  const page = pageDown(physical);
  for (let i: u32 = 0; i < mapped; i++) {
    if (pageAt(i) == page) return WINDOW + i * PAGE_SIZE + (physical & PAGE_MASK);
  }
  const virtual = WINDOW + mapped * PAGE_SIZE;
  if (mapped == MOST_PAGES || mapPage(kernelRoot(), virtual, page, DEVICE_PAGE) < 0) return 0;
  store<u32>(pages + mapped * sizeof<u32>(), page);
  mapped++;
  return virtual + (physical & PAGE_MASK);
}

function pageAt(index: u32): u32 {
  return load<u32>(pages + index * sizeof<u32>());
}
