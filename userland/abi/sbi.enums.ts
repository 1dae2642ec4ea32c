/**
 * The RISC-V Supervisor Binary Interface 2.0: what an S-mode kernel asks of M-mode firmware.
 * An `ecall` from S-mode carries the extension in a7, the function in a6 and arguments in a0–a5;
 * the answer is an error in a0 and a value in a1. Names are the specification's.
 */

/** Extension ids (a7). Those below 0x10 are the legacy ones, which answer in a0 alone. */
export const enum SbiExtension {
  LegacySetTimer = 0x00,
  LegacyConsolePutchar = 0x01,
  LegacyConsoleGetchar = 0x02,
  LegacyClearIpi = 0x03,
  LegacySendIpi = 0x04,
  LegacyRemoteFenceI = 0x05,
  LegacyRemoteSfenceVma = 0x06,
  LegacyRemoteSfenceVmaAsid = 0x07,
  LegacyShutdown = 0x08,
  Base = 0x10,
  /** "TIME" */
  Time = 0x5449_4d45,
  /** "sPI" */
  Ipi = 0x0073_5049,
  /** "RFNC" */
  RemoteFence = 0x5246_4e43,
  /** "HSM" */
  HartState = 0x0048_534d,
  /** "SRST" */
  SystemReset = 0x5352_5354,
  /** "DBCN" */
  DebugConsole = 0x4442_434e,
}

/** Errors (a0). */
export const enum SbiError {
  Success = 0,
  Failed = -1,
  NotSupported = -2,
  InvalidParam = -3,
  Denied = -4,
  InvalidAddress = -5,
  AlreadyAvailable = -6,
}

/** Functions (a6) of the base extension. */
export const enum SbiBase {
  GetSpecVersion = 0,
  GetImplId = 1,
  GetImplVersion = 2,
  ProbeExtension = 3,
  GetMvendorid = 4,
  GetMarchid = 5,
  GetMimpid = 6,
}

/** Functions of the timer extension. */
export const enum SbiTime {
  SetTimer = 0,
}

/** Functions of the inter-processor interrupt extension. */
export const enum SbiIpi {
  SendIpi = 0,
}

/** Functions of the remote fence extension that do not need the hypervisor extension. */
export const enum SbiRemoteFence {
  FenceI = 0,
  SfenceVma = 1,
  SfenceVmaAsid = 2,
}

/** Functions of the hart state management extension. */
export const enum SbiHartState {
  Start = 0,
  Stop = 1,
  GetStatus = 2,
  Suspend = 3,
}

/** What SbiHartState.GetStatus answers. */
export const enum HartStatus {
  Started = 0,
  Stopped = 1,
  StartPending = 2,
  StopPending = 3,
  Suspended = 4,
  SuspendPending = 5,
  ResumePending = 6,
}

/** First argument of SbiHartState.Suspend; all others are reserved or a platform's own. */
export const enum SuspendType {
  Retentive = 0,
  NonRetentive = 0x8000_0000,
}

/** Functions of the system reset extension. */
export const enum SbiReset {
  SystemReset = 0,
}

/** First argument of SbiReset.SystemReset. */
export const enum SbiResetType {
  Shutdown = 0,
  ColdReboot = 1,
  WarmReboot = 2,
}

/** Second argument of SbiReset.SystemReset. */
export const enum SbiResetReason {
  NoReason = 0,
  SystemFailure = 1,
}

/** Functions of the debug console extension. */
export const enum SbiDebugConsole {
  Write = 0,
  Read = 1,
  WriteByte = 2,
}
