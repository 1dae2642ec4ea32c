/**
 * Locks of services inside. Threads of the kernel change only where they sleep, and nobody sleeps with
 * such a lock: it is never found taken. What is left to do is to hold the services to that, since in a
 * process of their own the same locks keep threads apart.
 */

/** Locks that are held now, by the thread that runs or by what interrupted it. */
let held: u32 = 0;

export function locksHeld(): u32 {
  return held;
}

/** In zeroed memory it is free. */
@unmanaged
export class Lock {
  private isHeld: bool;

  acquire(): void {
    assert(!this.isHeld, 'a lock is taken twice');
    this.isHeld = true;
    held++;
  }

  release(): void {
    this.isHeld = false;
    held--;
  }
}
