/** Time since the machine started. */
export { ticks, TICKS_PER_MILLISECOND, TICKS_PER_SECOND } from '../../runtime/clock';
