/** The interrupt of the service's device. It arrives as a call of the service's `interrupt()`. */
import { completeServed } from '../../../kernels/inside/interrupts';
import { self } from './running';

/** Lets the interrupt come again, after the device was served. */
export function acknowledgeInterrupt(): void {
  completeServed(self());
}
