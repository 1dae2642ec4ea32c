/** Time since the machine started, and being woken at one. */
import { setServiceAlarm } from '../../../kernels/inside/interrupts';
import { self } from './running';

export { ticks, TICKS_PER_MILLISECOND, TICKS_PER_SECOND } from '../../runtime/clock';

/**
 * Has the service's `alarm()` called once `deadline` has come, in ticks, and no more at the one that was
 * set before. FOREVER (environment/request): not at all.
 */
export function setAlarm(deadline: u64): void {
  setServiceAlarm(self(), deadline);
}
