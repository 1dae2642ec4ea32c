/** Calls to the firmware (SBI 2.0). */
import { ecall } from '../../userland/abi/rv';
import {
  SbiDebugConsole,
  SbiExtension,
  SbiReset,
  SbiResetReason,
  SbiResetType,
  SbiTime,
} from '../../userland/abi/sbi.enums';

/** A timer interrupt at `deadline` (mtime ticks); clears one that is pending. */
export function setTimer(deadline: u64): void {
  const low = deadline as u32;
  const high = (deadline >> 32) as u32;
  ecall(low, high, 0, 0, 0, 0, SbiTime.SetTimer, SbiExtension.Time);
}

/** Writes `length` bytes at the physical address `address` to the firmware's console. */
export function writeDebugConsole(address: u32, length: u32): void {
  while (length != 0) {
    const answer = ecall(
      length,
      address,
      0,
      0,
      0,
      0,
      SbiDebugConsole.Write,
      SbiExtension.DebugConsole,
    );
    if ((answer as u32) != 0) return;
    const written = (answer >> 32) as u32;
    address += written;
    length -= written;
  }
}

function reset(reason: u32): void {
  const type = SbiResetType.Shutdown;
  ecall(type, reason, 0, 0, 0, 0, SbiReset.SystemReset, SbiExtension.SystemReset);
}

/** Turns the machine off. Does not return. */
export function powerOff(): void {
  while (true) reset(SbiResetReason.NoReason);
}

/** Turns the machine off with the report that the system failed. Does not return. */
export function powerOffFailed(): void {
  while (true) reset(SbiResetReason.SystemFailure);
}
