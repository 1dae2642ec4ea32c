/**
 * The firmware: an SBI 2.0 implementation in M-mode for the `virt` board. It finds the kernel as
 * OpenSBI's fw_dynamic does, protects its own memory, and enters the kernel in S-mode with
 * a0 = hart id and a1 = device tree.
 */
import { HartStatus } from '../../userland/abi/sbi.enums';
import { VITRINE_VERSION } from '../../userland/abi/version';
import { print, printDecimal, printHex } from './console';
import { hartsInTree, reserveFirmware } from './device-tree';
import { fail } from './finisher';
import { waitForStart } from './hart-state';
import { allHarts, initialiseHarts, interrupt, isPresent, setStatus, MAXIMUM_HARTS } from './harts';
import { enterKernel, prepareHart } from './supervisor';
import { initialiseUart } from './uart';

export { abort } from './abort';
export { handle_trap, report_unexpected_trap } from './trap';

/** start.s: lets the other harts call `join`. */
declare function admit_harts(): void;

/** What the stage before leaves for the firmware (OpenSBI, include/sbi/fw_dynamic.h). */
@unmanaged
class FwDynamicInfo {
  magic: u32;
  version: u32;
  next_addr: u32;
  next_mode: u32;
  options: u32;
  /** From version 2 on. */
  boot_hart: u32;
}

/** "OSBI" */
const FW_DYNAMIC_MAGIC: u32 = 0x4942_534f;
const NEXT_MODE_S: u32 = 1;

/** Called by start.s on the hart that starts the system. */
export function main(hart: u32, deviceTree: u32, info: FwDynamicInfo): void {
  initialiseUart();
  initialiseHarts(hart, hartsInTree(deviceTree));
  print('Vitrine firmware ');
  print(VITRINE_VERSION);
  print(': SBI 2.0 on hart ');
  printDecimal(hart);
  const count = popcnt(allHarts());
  if (count > 1) {
    print(' of ');
    printDecimal(count);
  }
  print('\n');
  if (changetype<usize>(info) == 0 || info.magic != FW_DYNAMIC_MAGIC) {
    print('firmware: a2 points to no fw_dynamic information\n');
    fail();
  }
  // QEMU passes 0 when it was given no kernel.
  if (info.next_addr == 0) {
    print('firmware: there is no kernel to start\n');
    fail();
  }
  if (info.next_mode != NEXT_MODE_S) {
    print('firmware: the kernel wants a mode other than S: ');
    printDecimal(info.next_mode);
    print('\n');
    fail();
  }
  print('Kernel at ');
  printHex(info.next_addr);
  print(' starts in S-mode with the device tree.\n');

  for (let other: u32 = 0; other < MAXIMUM_HARTS; other++) {
    if (isPresent(other)) setStatus(other, HartStatus.Stopped);
  }
  setStatus(hart, HartStatus.Started);
  admit_harts();
  for (let other: u32 = 0; other < MAXIMUM_HARTS; other++) {
    if (isPresent(other) && other != hart) interrupt(other);
  }
  reserveFirmware(deviceTree);
  prepareHart();
  enterKernel(hart, info.next_addr, deviceTree);
}

/** Called by start.s on every other hart, once the first one has prepared what all of them use. */
export function join(hart: u32): void {
  waitForStart(hart);
}
