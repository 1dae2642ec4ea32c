/**
 * Interrupts: the timer wakes threads and ends turns; a device's goes to its service, whose
 * `interrupt()` runs at once, on the stack of whoever was interrupted, and may not sleep.
 */
import { csrr_sip } from '../../userland/abi/rv';
import { InterruptCause } from '../../userland/abi/riscv.enums';
import { Hart } from '../core/hart';
import { claimInterrupt, completeInterrupt, disableInterrupt, enableInterrupt } from '../core/plic';
import { endTurn } from '../core/scheduler';
import { now } from '../core/time';
import { restartTimer, takeExpired } from '../core/timers';
import { wake } from './run';
import { Service } from './service';
import { runningService, setInterrupting, setRunningService } from './service-context';
import { KernelThread } from './thread';

/** Calls `interrupt()` of a service (the image's binding). */
declare function interrupt_service(number: u32): void;

const TIMER_PENDING: u32 = 1 << InterruptCause.SupervisorTimer;
const EXTERNAL_PENDING: u32 = 1 << InterruptCause.SupervisorExternal;
/** Sources of the board and a few more; a word for each. */
const SOURCES: u32 = 128;
const services = memory.data(512, 4) as u32;

/** Lets a service hear of interrupt `source`; false if there is no such source. */
export function connectInterrupt(source: u32, service: Service): bool {
  if (source == 0 || source >= SOURCES) return false;
  service.source = source;
  store<u32>(services + (source << 2), changetype<u32>(service));
  enableInterrupt(source);
  return true;
}

/** Takes the interrupts that are pending. */
export function take_interrupts(hart: Hart): void {
  const pending = csrr_sip();
  if ((pending & TIMER_PENDING) != 0) takeTimerInterrupt(hart);
  if ((pending & EXTERNAL_PENDING) != 0) takeExternalInterrupts();
}

/** Runs the service's `interrupt()`, now or when the caller inside has left. */
export function serveInterrupt(service: Service): void {
  service.isInterrupted = service.entry.isHeld;
  if (service.isInterrupted) return;
  const before = runningService();
  setRunningService(changetype<u32>(service));
  setInterrupting(true);
  interrupt_service(service.number);
  setInterrupting(false);
  setRunningService(before);
}

/** The running service has served its device, whose interrupt may come again. */
export function completeServed(service: Service): void {
  if (!service.isClaimed) return;
  service.isClaimed = false;
  completeInterrupt(service.source);
}

function takeTimerInterrupt(hart: Hart): void {
  const time = now();
  let thread = takeExpired(hart, time);
  while (thread != null) {
    wake(changetype<KernelThread>(thread));
    thread = takeExpired(hart, time);
  }
  endTurn(hart, time);
  restartTimer(hart);
}

function takeExternalInterrupts(): void {
  let source = claimInterrupt();
  while (source != 0) {
    const found = source < SOURCES ? load<u32>(services + (source << 2)) : 0;
    const service = changetype<Service>(found);
    if (found == 0 || !service.isRunning) {
      completeInterrupt(source);
      disableInterrupt(source);
    } else {
      service.isClaimed = true;
      serveInterrupt(service);
    }
    source = claimInterrupt();
  }
}
