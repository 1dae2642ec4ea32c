/** What must be said when no console can be reached: the kernel's log. */
export { log } from '../../runtime/objects';
