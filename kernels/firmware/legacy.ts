/**
 * The calls of SBI 0.1. Only a0 changes; a6 means nothing. Masks of harts lie in the caller's memory,
 * at a virtual address, 0 meaning all harts.
 */
import {
  csrr_mcause,
  csrr_mtval,
  csrr_stvec,
  csrw_scause,
  csrw_sepc,
  csrw_stval,
} from '../../userland/abi/rv';
import { Status } from '../../userland/abi/riscv.enums';
import { SbiError, SbiExtension } from '../../userland/abi/sbi.enums';
import { FenceKind } from './fence-request';
import { powerOff } from './finisher';
import { guarded_load_supervisor_word } from './guarded';
import { hartsOf } from './hart-mask';
import { allHarts } from './harts';
import { clearInterrupt, interruptSupervisors } from './inter-processor-interrupt';
import { fenceOn } from './remote-fence';
import { setTimer } from './timer';
import { ECALL_BYTES, TrapFrame } from './trap-frame';
import { receive, transmit } from './uart';

/** Both bits that select the mode of stvec. */
const STVEC_MODE: u32 = 3;

/** Answers the call, if it is one of these. */
export function answerLegacyCall(frame: TrapFrame): bool {
  switch (frame.a7) {
    case SbiExtension.LegacySetTimer:
      setTimer(frame.a0, frame.a1);
      frame.a0 = SbiError.Success;
      return true;
    case SbiExtension.LegacyConsolePutchar:
      transmit(frame.a0 & 0xff);
      frame.a0 = SbiError.Success;
      return true;
    case SbiExtension.LegacyConsoleGetchar:
      frame.a0 = receive() as u32;
      return true;
    case SbiExtension.LegacyClearIpi:
      frame.a0 = clearInterrupt() ? 1 : 0;
      return true;
    case SbiExtension.LegacySendIpi:
    case SbiExtension.LegacyRemoteFenceI:
    case SbiExtension.LegacyRemoteSfenceVma:
    case SbiExtension.LegacyRemoteSfenceVmaAsid:
      answerWithMask(frame);
      return true;
    case SbiExtension.LegacyShutdown:
      powerOff();
      return true;
    default:
      return false;
  }
}

function answerWithMask(frame: TrapFrame): void {
  let harts = allHarts();
  if (frame.a0 != 0) {
    // The frame has a place that is the hart's own: a0's, which the answer replaces anyway.
    const place = changetype<u32>(frame) + (offsetof<TrapFrame>('a0') as u32);
    if (guarded_load_supervisor_word(frame.a0, place) < 0) {
      redirectFault(frame);
      return;
    }
    harts = hartsOf(load<u32>(place), 0);
  }
  switch (frame.a7) {
    case SbiExtension.LegacySendIpi:
      interruptSupervisors(harts);
      break;
    case SbiExtension.LegacyRemoteFenceI:
      fenceOn(harts, FenceKind.Instruction, 0, 0, 0);
      break;
    case SbiExtension.LegacyRemoteSfenceVma:
      fenceOn(harts, FenceKind.Translation, frame.a1, frame.a2, 0);
      break;
    default:
      fenceOn(harts, FenceKind.TranslationOfAsid, frame.a1, frame.a2, frame.a3);
  }
  frame.a0 = SbiError.Success;
}

/** The caller's `ecall` takes the fault that reading its memory took. */
function redirectFault(frame: TrapFrame): void {
  csrw_sepc(frame.mepc - ECALL_BYTES);
  csrw_scause(csrr_mcause());
  csrw_stval(csrr_mtval());
  let mstatus = frame.mstatus & ~((Status.SPIE | Status.SIE) as u32);
  if ((frame.mstatus & Status.SIE) != 0) mstatus |= Status.SPIE;
  frame.mstatus = mstatus | Status.SPP;
  frame.mepc = csrr_stvec() & ~STVEC_MODE;
}
