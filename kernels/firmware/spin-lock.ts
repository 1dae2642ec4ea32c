/** Locks between harts in M-mode, where nothing interrupts a holder. */
import { amoswap_w, csrr_mhartid, fence, sw } from '../../userland/abi/rv';
import { doWork } from './work';

const FREE: u32 = 0;
const HELD: u32 = 1;

/**
 * Waits until the lock, a word that is zero at first, is free, and takes it. Meanwhile the hart does
 * what others ask of it: the holder may be waiting for just that.
 */
export function acquire(lock: u32): void {
  while (amoswap_w(lock, HELD) != FREE) doWork(csrr_mhartid());
  fence();
}

export function release(lock: u32): void {
  fence();
  sw(lock, FREE);
}
