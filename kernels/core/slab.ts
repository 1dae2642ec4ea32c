/**
 * Kernel objects come from slabs, one for each type, which take whole frames and never return them:
 * memory that once held a thread always holds a thread. So a stale pointer with the generation
 * remembered beside it can always be checked, and never touches anything of another type.
 */
import { allocateFrame } from './frames';
import { PAGE_SIZE } from './paging';

/** Where a frame of a slab has its link to the next. */
const FRAME_LINK: u32 = PAGE_SIZE - sizeof<u32>();

/** What every kernel object starts with. */
@unmanaged
export class SlabObject {
  /** Of which type (the kernel's own numbering). */
  kind: u32;
  /** Grows when the object ends; references that remember an older one are stale. */
  generation: u32;
  /** References that keep the object alive. */
  references: u32;
  /** Next in the slab's free list, or in whatever list the object's end goes through. */
  link: SlabObject | null;
}

/** Objects of one type. */
@unmanaged
export class Slab {
  /** Bytes of an object, a multiple of 8. */
  size: u32;
  kind: u32;
  free: SlabObject | null;
  /** Objects in use. */
  used: u32;
  /** Frame taken last; the last word of each holds the one before it. For tools, which find all objects so. */
  frames: u32;

  initialise(kind: u32, size: u32): void {
    this.kind = kind;
    this.size = (size + 7) & ~7;
    this.free = null;
    this.used = 0;
    this.frames = 0;
  }

  /** A zeroed object of its current generation, or null when memory has run out. */
  allocate(): SlabObject | null {
    if (this.free == null && !this.grow()) return null;
    const object = this.free;
    if (object == null) return null;
    this.free = object.link;
    this.used++;
    const start = changetype<u32>(object);
    const head = offsetof<SlabObject>() as u32;
    memory.fill(start + head, 0, this.size - head);
    object.references = 0;
    object.link = null;
    return object;
  }

  /** Takes back an object; every reference to it is stale from here on. */
  release(object: SlabObject): void {
    object.generation++;
    object.link = this.free;
    this.free = object;
    this.used--;
  }

  private grow(): bool {
    const frame = allocateFrame();
    if (frame == 0) return false;
    // From the end, so that objects come out in the order of their addresses.
    let count = FRAME_LINK / this.size;
    while (count != 0) {
      count--;
      const object = changetype<SlabObject>(frame + count * this.size);
      object.kind = this.kind;
      object.generation = 1;
      object.link = this.free;
      this.free = object;
    }
    store<u32>(frame + FRAME_LINK, this.frames);
    this.frames = frame;
    return true;
  }
}
