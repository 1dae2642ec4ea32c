/** Which thread goes on in a kernel all of whose threads run on stacks of their own. */
import { wfi } from '../../userland/abi/rv';
import { Hart } from '../core/hart';
import { takeNext } from '../core/scheduler';
import { KernelThread } from './thread';

/** Takes the interrupts that are pending (interrupts.ts). */
declare function take_interrupts(hart: Hart): void;

/** Takes the next thread from the run queues; takes interrupts until there is one. */
export function next_thread(hart: Hart): KernelThread {
  while (true) {
    const next = takeNext(hart);
    if (next != null) return changetype<KernelThread>(next);
    wfi();
    take_interrupts(hart);
  }
}
