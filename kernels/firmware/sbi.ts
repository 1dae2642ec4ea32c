/** SBI calls of the kernel: which extension answers what. */
import { csrr_marchid, csrr_mimpid, csrr_mvendorid } from '../../userland/abi/rv';
import {
  SbiBase,
  SbiDebugConsole,
  SbiError,
  SbiExtension,
  SbiReset,
  SbiResetReason,
  SbiResetType,
  SbiTime,
} from '../../userland/abi/sbi.enums';
import { readConsole, writeConsole } from './debug-console';
import { fail, powerOff, reboot } from './finisher';
import { answerHartState } from './hart-state';
import { answerIpi } from './inter-processor-interrupt';
import { answerLegacyCall } from './legacy';
import { answerRemoteFence } from './remote-fence';
import { setTimer } from './timer';
import { ECALL_BYTES, TrapFrame } from './trap-frame';
import { transmit } from './uart';

/** 2.0: major number in bits 24–30. */
const SPEC_VERSION: u32 = 0x0200_0000;
/** "VITR"; the SBI document assigns small numbers only. */
const IMPLEMENTATION_ID: u32 = 0x5649_5452;
const IMPLEMENTATION_VERSION: u32 = 0x0001_0000;

/** Answers the SBI call in `frame` and steps over its `ecall`. */
export function answerCall(frame: TrapFrame): void {
  frame.mepc += ECALL_BYTES;
  if (answerLegacyCall(frame)) return;
  switch (frame.a7) {
    case SbiExtension.Base:
      answerBase(frame);
      break;
    case SbiExtension.Time:
      if (frame.a6 == SbiTime.SetTimer) {
        setTimer(frame.a0, frame.a1);
        frame.answer(SbiError.Success, 0);
      } else {
        frame.answer(SbiError.NotSupported, 0);
      }
      break;
    case SbiExtension.SystemReset:
      answerSystemReset(frame);
      break;
    case SbiExtension.DebugConsole:
      answerDebugConsole(frame);
      break;
    case SbiExtension.Ipi:
      answerIpi(frame);
      break;
    case SbiExtension.RemoteFence:
      answerRemoteFence(frame);
      break;
    case SbiExtension.HartState:
      answerHartState(frame);
      break;
    default:
      frame.answer(SbiError.NotSupported, 0);
  }
}

function isImplemented(extension: u32): bool {
  switch (extension) {
    case SbiExtension.Base:
    case SbiExtension.Time:
    case SbiExtension.SystemReset:
    case SbiExtension.DebugConsole:
    case SbiExtension.Ipi:
    case SbiExtension.RemoteFence:
    case SbiExtension.HartState:
      return true;
    default:
      return extension <= (SbiExtension.LegacyShutdown as u32);
  }
}

function answerBase(frame: TrapFrame): void {
  switch (frame.a6) {
    case SbiBase.GetSpecVersion:
      frame.answer(SbiError.Success, SPEC_VERSION);
      break;
    case SbiBase.GetImplId:
      frame.answer(SbiError.Success, IMPLEMENTATION_ID);
      break;
    case SbiBase.GetImplVersion:
      frame.answer(SbiError.Success, IMPLEMENTATION_VERSION);
      break;
    case SbiBase.ProbeExtension:
      frame.answer(SbiError.Success, isImplemented(frame.a0) ? 1 : 0);
      break;
    case SbiBase.GetMvendorid:
      frame.answer(SbiError.Success, csrr_mvendorid());
      break;
    case SbiBase.GetMarchid:
      frame.answer(SbiError.Success, csrr_marchid());
      break;
    case SbiBase.GetMimpid:
      frame.answer(SbiError.Success, csrr_mimpid());
      break;
    default:
      frame.answer(SbiError.NotSupported, 0);
  }
}

function answerSystemReset(frame: TrapFrame): void {
  if (frame.a6 != SbiReset.SystemReset) {
    frame.answer(SbiError.NotSupported, 0);
    return;
  }
  const type = frame.a0;
  const reason = frame.a1;
  if (type > (SbiResetType.WarmReboot as u32) || reason > (SbiResetReason.SystemFailure as u32)) {
    frame.answer(SbiError.InvalidParam, 0);
    return;
  }
  if (type != SbiResetType.Shutdown) reboot();
  if (reason == SbiResetReason.SystemFailure) fail();
  powerOff();
}

function answerDebugConsole(frame: TrapFrame): void {
  switch (frame.a6) {
    case SbiDebugConsole.Write:
      writeConsole(frame);
      break;
    case SbiDebugConsole.Read:
      readConsole(frame);
      break;
    case SbiDebugConsole.WriteByte:
      transmit(frame.a0 & 0xff);
      frame.answer(SbiError.Success, 0);
      break;
    default:
      frame.answer(SbiError.NotSupported, 0);
  }
}
