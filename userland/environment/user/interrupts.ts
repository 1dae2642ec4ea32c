/** The interrupt of the service's device. It arrives as a call of the service's `interrupt()`. */
import { StartHandle } from '../../abi/syscall.enums';
import { acknowledgeInterrupt as acknowledge } from '../../runtime/objects';
import { startHandle } from '../../runtime/start-information';

/**
 * Lets the interrupt come again, after the device was served. Once at the start, too: a driver that
 * died may have left an interrupt unanswered.
 */
export function acknowledgeInterrupt(): void {
  acknowledge(startHandle(StartHandle.Interrupt));
}
