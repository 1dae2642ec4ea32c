/**
 * The firmware: an SBI 2.0 implementation in M-mode for the `virt` board. It finds the kernel as
 * OpenSBI's fw_dynamic does, protects its own memory, and enters the kernel in S-mode with
 * a0 = hart id and a1 = device tree.
 */
import { csrc_mstatus, csrs_mstatus, csrw_mepc, csrw_satp } from '../../userland/abi/rv';
import { Status } from '../../userland/abi/riscv.enums';
import { VITRINE_VERSION } from '../../userland/abi/version';
import { print, printDecimal, printHex } from './console';
import { fail } from './finisher';
import { delegate, openMemory } from './protection';
import { disableTimer } from './timer';
import { initialiseUart } from './uart';

export { abort } from './abort';
export { handle_trap, report_unexpected_trap } from './trap';

/** start.s: `mret` with a0 and a1 as given. */
declare function enter_supervisor(hart: u32, deviceTree: u32): void;

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
  print('Vitrine firmware ');
  print(VITRINE_VERSION);
  print(': SBI 2.0 on hart ');
  printDecimal(hart);
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

  openMemory();
  delegate();
  disableTimer();
  csrw_satp(0);
  csrc_mstatus(Status.MPP | Status.MPIE | Status.MPRV);
  csrs_mstatus(Status.MPP_S);
  csrw_mepc(info.next_addr);
  enter_supervisor(hart, deviceTree);
}
