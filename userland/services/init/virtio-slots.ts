/**
 * Which of the machine's virtio-mmio slots has the device wanted: the tree lists slots, and only their
 * registers say what is in them (Virtual I/O Device 1.2, section 4.2.2).
 */
import { MapAccess, StartHandle } from '../../abi/syscall.enums';
import { lw } from '../../abi/rv';
import { deriveMemory, mapWhole, PAGE_BYTES, release, unmap } from '../../runtime/objects';
import { startHandle } from '../../runtime/start-information';

/** Nothing else lies there while init looks into a slot. */
const WINDOW: usize = 0x6000_0000;
const MAGIC_VALUE: u32 = 0x000;
const DEVICE_ID: u32 = 0x008;
/** "virt" */
const MAGIC: u32 = 0x7472_6976;

/** The DeviceID of the slot whose registers lie at a physical address; 0: it is empty, or no slot. */
export function deviceIdAt(address: u32): u32 {
  const page = address & ~(PAGE_BYTES - 1);
  const registers = deriveMemory(startHandle(StartHandle.DeviceMemory), page, PAGE_BYTES);
  if (registers < 0) return 0;
  let id: u32 = 0;
  if (mapWhole(registers, WINDOW, MapAccess.Read) > 0) {
    const slot = WINDOW + (address - page);
    if (lw(slot + MAGIC_VALUE) == MAGIC) id = lw(slot + DEVICE_ID);
    unmap(WINDOW, PAGE_BYTES);
  }
  release(registers);
  return id;
}
