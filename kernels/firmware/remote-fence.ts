/** RFENCE: fences on other harts (SBI 2.0, chapter 8). The calls return when all have been done. */
import { csrr_mhartid } from '../../userland/abi/rv';
import { SbiError, SbiRemoteFence } from '../../userland/abi/sbi.enums';
import { executeFence, FenceKind, pendingHarts, setRequest } from './fence-request';
import { hartsOf, isRunning, isValidMask } from './hart-mask';
import { HartWork, post, MAXIMUM_HARTS } from './harts';
import { acquire, release } from './spin-lock';
import { TrapFrame } from './trap-frame';

/** Whoever holds it owns the request of fence-request.ts. */
const requestLock = memory.data(4, 4) as u32;

/** Fences on a set of harts (bit n: hart n), this one perhaps among them. */
export function fenceOn(harts: u32, kind: u32, start: u32, size: u32, asid: u32): void {
  const self = csrr_mhartid();
  if ((harts & (1 << self)) != 0) executeFence(kind, start, size, asid);

  acquire(requestLock);
  let targets: u32 = 0;
  for (let hart: u32 = 0; hart < MAXIMUM_HARTS; hart++) {
    if ((harts & (1 << hart)) != 0 && hart != self && isRunning(hart)) targets |= 1 << hart;
  }
  setRequest(kind, start, size, asid, popcnt(targets));
  for (let hart: u32 = 0; hart < MAXIMUM_HARTS; hart++) {
    if ((targets & (1 << hart)) != 0) post(hart, HartWork.Fence);
  }
  // A target that stops meanwhile still does it, in its waiting loop.
  while (pendingHarts() != 0) {}
  release(requestLock);
}

export function answerRemoteFence(frame: TrapFrame): void {
  let kind: u32;
  switch (frame.a6) {
    case SbiRemoteFence.FenceI:
      kind = FenceKind.Instruction;
      break;
    case SbiRemoteFence.SfenceVma:
      kind = FenceKind.Translation;
      break;
    case SbiRemoteFence.SfenceVmaAsid:
      kind = FenceKind.TranslationOfAsid;
      break;
    // The others are the hypervisor extension's, which the hart has not.
    default:
      frame.answer(SbiError.NotSupported, 0);
      return;
  }
  const mask = frame.a0;
  const base = frame.a1;
  if (!isValidMask(mask, base)) {
    frame.answer(SbiError.InvalidParam, 0);
    return;
  }
  fenceOn(hartsOf(mask, base), kind, frame.a2, frame.a3, frame.a4);
  frame.answer(SbiError.Success, 0);
}
