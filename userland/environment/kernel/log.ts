/** What must be said when no console can be reached: the kernel's log. */
import { logBytes } from '../../../kernels/core/log';

export function log(address: usize, length: u32): void {
  logBytes(<u32>address, length);
}
