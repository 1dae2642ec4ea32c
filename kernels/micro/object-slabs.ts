/** One slab for each kind of object, and how objects are made and unmade. */
import { ObjectKind, Rights } from '../../userland/abi/syscall.enums';
import { forgetFloatingPoint } from '../core/floating-point';
import { currentHart } from '../core/hart';
import { Slab, SlabObject } from '../core/slab';
import {
  Endpoint,
  Irq,
  MemoryObject,
  MicroThread,
  Notification,
  Port,
  Process,
  Reply,
} from './objects';

const SLAB_SIZE: u32 = 24;
/** Slabs by ObjectKind. */
const slabs = memory.data(216, 8);

function slabOf(kind: u32): Slab {
  return changetype<Slab>(slabs + kind * SLAB_SIZE);
}

/** Prepares the slabs; nothing is allocated. */
export function initialiseSlabs(): void {
  assert(offsetof<Slab>() <= SLAB_SIZE);
  slabOf(ObjectKind.Process).initialise(ObjectKind.Process, offsetof<Process>());
  slabOf(ObjectKind.Thread).initialise(ObjectKind.Thread, offsetof<MicroThread>());
  slabOf(ObjectKind.Endpoint).initialise(ObjectKind.Endpoint, offsetof<Endpoint>());
  slabOf(ObjectKind.Notification).initialise(ObjectKind.Notification, offsetof<Notification>());
  slabOf(ObjectKind.Irq).initialise(ObjectKind.Irq, offsetof<Irq>());
  slabOf(ObjectKind.Memory).initialise(ObjectKind.Memory, offsetof<MemoryObject>());
  slabOf(ObjectKind.Reply).initialise(ObjectKind.Reply, offsetof<Reply>());
  slabOf(ObjectKind.Port).initialise(ObjectKind.Port, offsetof<Port>());
}

/** A zeroed object of `kind` without references, or null when memory has run out. */
export function allocateObject(kind: u32): SlabObject | null {
  return slabOf(kind).allocate();
}

/** Ends an object: all handles to it are stale. */
export function releaseObject(object: SlabObject): void {
  if (object.kind == ObjectKind.Thread) {
    forgetFloatingPoint(currentHart(), changetype<MicroThread>(object));
  }
  slabOf(object.kind).release(object);
}

/** The rights that have a meaning for a kind of object, beside Destroy and Copy. */
function ownRights(kind: u32): u32 {
  switch (kind) {
    case ObjectKind.Process:
      return Rights.Manage | Rights.Inspect;
    case ObjectKind.Thread:
      return Rights.Manage;
    case ObjectKind.Endpoint:
      return Rights.Call | Rights.Receive;
    case ObjectKind.Notification:
      return Rights.Signal | Rights.Wait;
    case ObjectKind.Memory:
      return Rights.Read | Rights.Write | Rights.Execute | Rights.Derive;
    default:
      return 0;
  }
}

/** Every right of a kind: what the creator of an object gets. */
export function rightsOf(kind: u32): u32 {
  return ownRights(kind) | Rights.Destroy | Rights.Copy;
}
