/**
 * The two functions of SBI's debug console that touch the caller's memory: a0 bytes at the physical
 * address a1 (a2: its upper half). The caller must not make the firmware read or overwrite its own
 * memory, nor stop it with an address where nothing is.
 */
import { SbiError } from '../../userland/abi/sbi.enums';
import { FIRMWARE_BASE, FIRMWARE_SIZE } from './board';
import { guarded_load_byte, guarded_store_byte } from './guarded';
import { acquire, release } from './spin-lock';
import { TrapFrame } from './trap-frame';
import { receive, transmit } from './uart';

/** Whoever holds it writes: what harts say at the same time is not mixed. */
const writerLock = memory.data(4, 4) as u32;

/** Whether the range is outside the firmware and below 4 GiB. */
function isCallersMemory(frame: TrapFrame): bool {
  const length = frame.a0;
  const base = frame.a1;
  if (frame.a2 != 0 || length > ~base) return false;
  return base + length <= FIRMWARE_BASE || base >= FIRMWARE_BASE + FIRMWARE_SIZE;
}

/** Writes all the bytes; value: their number. */
export function writeConsole(frame: TrapFrame): void {
  acquire(writerLock);
  answerWrite(frame);
  release(writerLock);
}

function answerWrite(frame: TrapFrame): void {
  if (!isCallersMemory(frame)) {
    frame.answer(SbiError.InvalidParam, 0);
    return;
  }
  const length = frame.a0;
  for (let i: u32 = 0; i < length; i++) {
    const byte = guarded_load_byte(frame.a1 + i);
    if (byte < 0) {
      frame.answer(SbiError.InvalidParam, i);
      return;
    }
    transmit(byte as u32);
  }
  frame.answer(SbiError.Success, length);
}

/** Reads what has arrived, without waiting; value: the number of bytes. */
export function readConsole(frame: TrapFrame): void {
  if (!isCallersMemory(frame)) {
    frame.answer(SbiError.InvalidParam, 0);
    return;
  }
  const length = frame.a0;
  let i: u32 = 0;
  while (i < length) {
    const byte = receive();
    if (byte < 0) break;
    if (guarded_store_byte(frame.a1 + i, byte as u32) < 0) {
      frame.answer(SbiError.InvalidParam, i);
      return;
    }
    i++;
  }
  frame.answer(SbiError.Success, i);
}
