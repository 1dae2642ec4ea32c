/** The kernel's own threads: they call services as programs do, and never see user mode. */
import { ConsoleClient } from 'stubs/console';
import { ProcessClient } from 'stubs/process';
import { findService } from 'environment/services';
import { Hart, currentHart } from '../core/hart';
import { panic } from '../core/panic';
import { createThread, endThread, wake } from '../inside/run';
import { serviceAt } from '../inside/services';
import { KernelThread } from '../inside/thread';
import { CONSOLE_PATH, PROCESS } from './own-services';
import { runSystem, startAllServices } from './start';

/** Before all programs. */
const PRIORITY: u32 = 20;

export const enum KernelThreadKind {
  /** Starts the services, and then the console's shell as often as it ends. */
  System = 0,
  /** Has programs in the foreground end when Ctrl-C is pressed. */
  Interrupter = 1,
}

/** A thread that was not started; without memory for it the system ends. */
export function createKernelThread(hart: Hart, kind: KernelThreadKind): KernelThread {
  const thread = createThread(hart);
  if (thread == null) panic('no memory for the threads of the kernel');
  const own = changetype<KernelThread>(thread);
  own.priority = PRIORITY;
  own.a0 = kind;
  return own;
}

/** Does not return. */
export function runKernelThread(kind: u32): void {
  if (kind == KernelThreadKind.System) {
    startAllServices();
    wake(createKernelThread(currentHart(), KernelThreadKind.Interrupter));
    runSystem();
  } else {
    passInterrupts();
    endThread();
  }
}

/** Returns when the console answers no more. */
function passInterrupts(): void {
  const found = findService(CONSOLE_PATH);
  if (found < 0) return;
  const console = ConsoleClient.at(<u32>found);
  const processes = ProcessClient.at(serviceAt(PROCESS).port);
  while (console.nextInterrupt() >= 0) processes.interrupt();
}
