/**
 * Ports, by which calls reach services, and a process's table of handles to them. A handle is the
 * index of an entry in its low 12 bits and the entry's generation above, so that it is stale once its
 * entry has been used again; bit 31 stays clear, so that no handle looks like an error.
 */
import { allocateFrame, releaseFrame } from '../core/frames';
import { PAGE_SIZE } from '../core/paging';
import { Slab, SlabObject } from '../core/slab';

const INDEX_MASK: u32 = 0xfff;
const FIRST_GENERATION: u32 = 0x1000;
const LAST_GENERATION: u32 = 0x7fff_f000;

/** In place of a service's number: the port leads out of the kernel. */
export const OUTSIDE: u32 = u32.MAX_VALUE;

/** A way into a service: SlabObject.references counts the handles, and services that hold it. */
@unmanaged
export class Port extends SlabObject {
  /** Number of the service, or OUTSIDE. */
  service: u32;
  /** What the service knows it by; 0: the service as a whole. What the kernel knows it by, if OUTSIDE. */
  badge: u32;

  get leadsOutside(): bool {
    return this.service == OUTSIDE;
  }
}

@unmanaged
class Entry {
  /** Null: the entry is free. */
  port: Port | null;
  /** Of the handle that stands for it now, or did last. */
  generation: u32;
}

/** A page of entries; the first word of an entry is the port. */
const ENTRIES: u32 = PAGE_SIZE / offsetof<Entry>();

const slab = changetype<Slab>(memory.data(24, 8));

/** Prepares the slab of ports. */
export function initialisePorts(): void {
  slab.initialise(0, offsetof<Port>());
}

/** A port with one reference, or null when memory has run out. */
export function createPort(service: u32, badge: u32): Port | null {
  const object = slab.allocate();
  if (object == null) return null;
  const port = changetype<Port>(object);
  port.service = service;
  port.badge = badge;
  port.references = 1;
  return port;
}

/** Takes back a port that nobody refers to. */
export function destroyPort(port: Port): void {
  slab.release(port);
}

/** What a process has handles to: the table is the page itself. */
@unmanaged
export class PortTable {
  /** An empty table, or null when memory has run out. */
  static create(): PortTable | null {
    const frame = allocateFrame();
    return frame == 0 ? null : changetype<PortTable>(frame);
  }

  /** Gives up the page of a table without entries in use. */
  destroy(): void {
    releaseFrame(changetype<u32>(this));
  }

  /** The port that a handle stands for, or null. */
  find(handle: u32): Port | null {
    const entry = this.entryOf(handle);
    return entry == null ? null : entry.port;
  }

  /** A handle to `port`, whose reference is now the table's; 0 if the table is full. */
  insert(port: Port): u32 {
    for (let index: u32 = 0; index < ENTRIES; index++) {
      const entry = this.entryAt(index);
      if (entry.port != null) continue;
      const last = entry.generation;
      entry.generation = last == LAST_GENERATION ? FIRST_GENERATION : last + FIRST_GENERATION;
      entry.port = port;
      return entry.generation | index;
    }
    return 0;
  }

  /** Takes the port of a handle out, with its reference; null if the handle is stale. */
  take(handle: u32): Port | null {
    const entry = this.entryOf(handle);
    if (entry == null) return null;
    const port = entry.port;
    entry.port = null;
    return port;
  }

  /** Takes any port out; null: there are no more. */
  takeAny(): Port | null {
    for (let index: u32 = 0; index < ENTRIES; index++) {
      const entry = this.entryAt(index);
      const port = entry.port;
      if (port == null) continue;
      entry.port = null;
      return port;
    }
    return null;
  }

  private entryOf(handle: u32): Entry | null {
    const index = handle & INDEX_MASK;
    if (index >= ENTRIES) return null;
    const entry = this.entryAt(index);
    return entry.generation == (handle & ~INDEX_MASK) ? entry : null;
  }

  private entryAt(index: u32): Entry {
    return changetype<Entry>(changetype<u32>(this) + index * offsetof<Entry>());
  }
}
