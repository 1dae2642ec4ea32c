/**
 * Device interrupts as objects. An interrupt is claimed at the controller, signalled, and stays
 * silent there until its driver acknowledges it.
 */
import { Errno } from '../../userland/abi/errno.enums';
import { ObjectKind, Rights } from '../../userland/abi/syscall.enums';
import { Hart } from '../core/hart';
import {
  claimInterrupt,
  completeInterrupt,
  disableInterrupt,
  enableInterrupt,
  lastInterruptSource,
} from '../core/plic';
import { failure, isError } from '../core/result';
import { HandleEntry } from './handle-entry';
import { findHandle } from './handles';
import { signalBits } from './notifications';
import { Irq, MicroThread, Notification } from './objects';
import { allocateObject } from './object-slabs';

/** The controller's specification knows no more. */
const MAXIMUM_SOURCES: u32 = 1024;
/** Irq objects by source, in one frame. */
let irqs: u32 = 0;

/** `frame` is zeroed memory for the table of sources. */
export function initialiseInterrupts(frame: u32): void {
  irqs = frame;
}

function irqAt(source: u32): Irq | null {
  return changetype<Irq | null>(load<u32>(irqs + source * sizeof<u32>()));
}

/** Takes every interrupt that is pending at the controller. */
export function takeExternalInterrupts(hart: Hart): void {
  let source = claimInterrupt();
  while (source != 0) {
    const irq = source < MAXIMUM_SOURCES ? irqAt(source) : null;
    if (irq == null) {
      completeInterrupt(source);
      disableInterrupt(source);
    } else {
      irq.isClaimed = true;
      const notification = irq.notification;
      if (notification != null && notification.generation == irq.notificationGeneration) {
        signalBits(hart, notification, irq.bits);
      }
    }
    source = claimInterrupt();
  }
}

/**
 * Makes the Irq for PLIC source a1, which sets bits a3 of notification a2 (right Signal); t1 is the
 * root object. The object's address, or EBADF, EACCES, EINVAL, EBUSY if the source is taken, ENOMEM.
 */
export function createIrq(thread: MicroThread): u32 {
  const process = thread.process;
  const root = findHandle(process, thread.t1, ObjectKind.Irq, Rights.Derive);
  if (isError(root)) return root;
  const found = findHandle(process, thread.a2, ObjectKind.Notification, Rights.Signal);
  if (isError(found)) return found;
  const notification = changetype<Notification>(changetype<HandleEntry>(found).object);
  return makeIrq(thread.a1, notification, thread.a3);
}

/** An Irq for a PLIC source, which sets bits of a notification: its address, or EINVAL, EBUSY, ENOMEM. */
export function makeIrq(source: u32, notification: Notification, bits: u32): u32 {
  if (source == 0 || source > lastInterruptSource() || source >= MAXIMUM_SOURCES) {
    return failure(Errno.EINVAL);
  }
  if (irqAt(source) != null) return failure(Errno.EBUSY);
  const object = allocateObject(ObjectKind.Irq);
  if (object == null) return failure(Errno.ENOMEM);
  const irq = changetype<Irq>(object);
  irq.source = source;
  irq.notification = notification;
  irq.notificationGeneration = notification.generation;
  irq.bits = bits;
  store<u32>(irqs + source * sizeof<u32>(), changetype<u32>(irq));
  enableInterrupt(source);
  return changetype<u32>(irq);
}

/** Syscall.AcknowledgeIrq. */
export function acknowledgeIrq(thread: MicroThread): i32 {
  const found = findHandle(thread.process, thread.t1, ObjectKind.Irq, 0);
  if (isError(found)) return found as i32;
  complete(changetype<Irq>(changetype<HandleEntry>(found).object));
  return 0;
}

function complete(irq: Irq): void {
  if (!irq.isClaimed) return;
  irq.isClaimed = false;
  completeInterrupt(irq.source);
}

/** Silences the interrupt of an object that ends. The controller wants completion before that. */
export function endIrq(irq: Irq): void {
  if (irq.source == 0) return;
  complete(irq);
  disableInterrupt(irq.source);
  store<u32>(irqs + irq.source * sizeof<u32>(), 0);
}
