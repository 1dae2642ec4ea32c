/** Objects of one size, from the service's memory; the same wherever that comes from. */
import { Lock } from 'environment/lock';
import { allocatePages, PAGE_BYTES } from 'environment/pages';

/** Objects are as aligned as the widest field. */
const ALIGNMENT: u32 = 8;

/** Grows by a page, or by as many as an object needs, and never shrinks. */
@unmanaged
export class Slab {
  // Where its Lock lies: a field of that type would be a reference.
  lockState: u32;
  /** Bytes of an object. */
  private size: u32;
  /** Objects that nobody has: the first word of each leads to the next. */
  private free: usize;

  /** Prepares a slab in zeroed memory. */
  static on(memoryOfSlab: usize, size: u32): Slab {
    const slab = changetype<Slab>(memoryOfSlab);
    slab.size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    return slab;
  }

  /**
   * An object, or 0: there is no memory left. It is zeroed when it is new; one that was given back comes
   * as it was left, except for its first word.
   */
  allocate(): usize {
    this.lock.acquire();
    if (this.free == 0) this.grow();
    const object = this.free;
    if (object != 0) this.free = load<usize>(object);
    this.lock.release();
    if (object != 0) store<usize>(object, 0);
    return object;
  }

  release(object: usize): void {
    this.lock.acquire();
    store<usize>(object, this.free);
    this.free = object;
    this.lock.release();
  }

  private grow(): void {
    const pages = (this.size + PAGE_BYTES - 1) / PAGE_BYTES;
    const start = allocatePages(pages);
    if (start == 0) return;
    // From the end, so that objects come out in the order of their addresses.
    for (let left = (pages * PAGE_BYTES) / this.size; left != 0; left--) {
      const object = start + <usize>(left - 1) * <usize>this.size;
      store<usize>(object, this.free);
      this.free = object;
    }
  }

  private get lock(): Lock {
    return changetype<Lock>(this);
  }
}
