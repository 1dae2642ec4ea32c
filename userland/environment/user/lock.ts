/** Keeps the threads of a service apart: one at a time is between `acquire` and `release`. */

/**
 * In zeroed memory it is free. A process of one thread never finds it taken, unless the service
 * takes it twice, which would wait for ever where there are more.
 */
@unmanaged
export class Lock {
  private isHeld: bool;

  acquire(): void {
    assert(!this.isHeld, 'a lock is taken twice');
    this.isHeld = true;
  }

  release(): void {
    this.isHeld = false;
  }
}
