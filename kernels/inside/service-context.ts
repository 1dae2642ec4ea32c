/** For which service the kernel works: its code asks for registers, memory and the like without a name. */

/** Address of the Service whose code runs; 0: the kernel's own code. */
let running: u32 = 0;

export function runningService(): u32 {
  return running;
}

/** Notes whose code runs from here on. */
export function setRunningService(service: u32): void {
  running = service;
}

let interrupting: bool = false;

/** Whether a device's interrupt is being served: nothing may sleep. */
export function isInterrupting(): bool {
  return interrupting;
}

/** Notes that the service runs for its device, and not for a caller, or no more. */
export function setInterrupting(value: bool): void {
  interrupting = value;
}
