/**
 * Interrupts: the timer wakes threads and ends turns; a device's goes to its service, whose
 * `interrupt()` runs at once, on the stack of whoever was interrupted, and may not sleep. Interrupts are
 * taken on the way in from user mode and where nobody has anything to do, never while a lock is held.
 */
import { csrr_sip } from '../../userland/abi/rv';
import { InterruptCause } from '../../userland/abi/riscv.enums';
import { Hart, currentHart } from '../core/hart';
import { claimInterrupt, completeInterrupt, disableInterrupt, enableInterrupt } from '../core/plic';
import { endTurn } from '../core/scheduler';
import { NEVER, now } from '../core/time';
import { restartTimer, setTimerIfSooner, takeExpired } from '../core/timers';
import { wake } from './run';
import { Service } from './service';
import { serviceAt, serviceCount } from './services';
import { runningService, setInterrupting, setRunningService } from './service-context';
import { KernelThread } from './thread';

/** Calls `interrupt()` of a service (the image's binding). */
declare function interrupt_service(number: u32): void;
/** Calls `alarm()` of a service. */
declare function alarm_service(number: u32): void;

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

/** Has a service be woken at `time`, in mtime ticks, and not at the time that it named before; NEVER. */
export function setServiceAlarm(service: Service, time: u64): void {
  service.alarm = time;
  if (time != NEVER) setTimerIfSooner(currentHart(), time);
}

/** Runs the service's `interrupt()`. */
function serveInterrupt(service: Service): void {
  const before = enterInterrupt(service);
  interrupt_service(service.number);
  leaveInterrupt(before);
}

/** Wakes a service if its time has come. */
function serveAlarm(hart: Hart, service: Service, time: u64): void {
  if (service.alarm > time) {
    setTimerIfSooner(hart, service.alarm);
    return;
  }
  service.alarm = NEVER;
  const before = enterInterrupt(service);
  alarm_service(service.number);
  leaveInterrupt(before);
}

function enterInterrupt(service: Service): u32 {
  const before = runningService();
  setRunningService(changetype<u32>(service));
  setInterrupting(true);
  return before;
}

function leaveInterrupt(before: u32): void {
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
  wakeServices(hart, time);
}

/** Wakes the services whose time has come, and sees to it that the timer fires for the others. */
export function wakeServices(hart: Hart, time: u64): void {
  for (let number: u32 = 0; number < serviceCount(); number++) {
    const service = serviceAt(number);
    if (service.alarm != NEVER) serveAlarm(hart, service, time);
  }
}

function takeExternalInterrupts(): void {
  let source = claimInterrupt();
  while (source != 0) {
    serveSource(source);
    source = claimInterrupt();
  }
}

/** An interrupt was claimed: its service hears of it, and one without a service is silenced. */
export function serveSource(source: u32): void {
  const found = source < SOURCES ? load<u32>(services + (source << 2)) : 0;
  const service = changetype<Service>(found);
  if (found == 0 || !service.isRunning) {
    completeInterrupt(source);
    disableInterrupt(source);
  } else {
    service.isClaimed = true;
    serveInterrupt(service);
  }
}
