/** What the firmware does when a trap reaches M-mode. */
import { csrr_mcause, csrr_mepc, csrr_mhartid, csrr_mtval } from '../../userland/abi/rv';
import { CAUSE_INTERRUPT, ExceptionCause, InterruptCause } from '../../userland/abi/riscv.enums';
import { print, printHex } from './console';
import { fail } from './finisher';
import { answerCall } from './sbi';
import { passTimerInterruptOn } from './timer';
import { TrapFrame } from './trap-frame';
import { doWork } from './work';

/** Called by trap.s for traps from S- and U-mode. */
export function handle_trap(frame: TrapFrame): void {
  const cause = csrr_mcause();
  if (cause == ExceptionCause.EnvironmentCallFromS) {
    answerCall(frame);
  } else if (cause == (CAUSE_INTERRUPT | InterruptCause.MachineTimer)) {
    passTimerInterruptOn();
  } else if (cause == (CAUSE_INTERRUPT | InterruptCause.MachineSoftware)) {
    doWork(csrr_mhartid());
  } else {
    report_unexpected_trap();
  }
}

/** Called for a trap that nothing expects, the firmware's own among them. Does not return. */
export function report_unexpected_trap(): void {
  print('firmware: unexpected trap: mcause ');
  printHex(csrr_mcause());
  print(', mepc ');
  printHex(csrr_mepc());
  print(', mtval ');
  printHex(csrr_mtval());
  print('\n');
  fail();
}
