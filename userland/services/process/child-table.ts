/** The programs there are: being made, running, or ended and not asked about yet. */
import { reply } from 'environment/request';
import { release } from '../../runtime/objects';
import { PortSlots } from '../../runtime/port-slots';
import { DataPage } from './data-page';

/** Programs at once. Their places leave a bit of the badge's index free: CLIENT. */
export const MOST_CHILDREN: u32 = 64;
/** In a badge: the program itself calls, by the port that it was started with. */
export const CLIENT: u32 = 64;
const PATH_BYTES: u32 = 256;

export const enum ChildState {
  Made,
  Running,
  Ended,
}

@unmanaged
export class Child extends DataPage {
  state: ChildState;
  /** The maker has a port for it. */
  isHeld: bool;
  /** Handles; 0 once it has ended. */
  process: u32;
  thread: u32;
  entry: u32;
  /** The kernel's number of the process. */
  number: u32;
  parent: u32;
  /** ProcessFlags. */
  flags: u32;
  status: i32;
  /** The call of `wait` that waits; 0: none. */
  waiter: u32;
  pathLength: u32;

  /** Answers the call of `wait` that waits. */
  answer(result: i32): void {
    const waiter = this.waiter;
    this.waiter = 0;
    reply(waiter, result);
  }

  /** Gives up what the kernel has for it, and so ends it. */
  letGo(): void {
    this.drop();
    if (this.thread != 0) release(this.thread);
    if (this.process != 0) release(this.process);
    this.thread = 0;
    this.process = 0;
  }

  get path(): usize {
    return changetype<usize>(this) + offsetof<Child>();
  }

  setPath(path: usize, length: u32): void {
    memory.copy(this.path, path, min(length, PATH_BYTES));
    this.pathLength = min(length, PATH_BYTES);
  }
}

const CHILD_BYTES: u32 = offsetof<Child>() + PATH_BYTES;

@unmanaged
export class ChildTable {
  private slots: PortSlots;
  private children: usize;

  static on(memoryOfTable: usize): ChildTable {
    const table = changetype<ChildTable>(memoryOfTable);
    table.slots = PortSlots.on(
      memory.data(offsetof<PortSlots>(), 4),
      memory.data(<i32>MOST_CHILDREN * 4, 4),
      MOST_CHILDREN,
    );
    table.children = memory.data(<i32>(MOST_CHILDREN * CHILD_BYTES), 4);
    return table;
  }

  /** The index of an empty child; −1: there are too many. */
  take(): i32 {
    const index = this.slots.take();
    if (index >= 0) memory.fill(changetype<usize>(this.at(index)), 0, CHILD_BYTES);
    return index;
  }

  at(index: u32): Child {
    return changetype<Child>(this.children + <usize>index * <usize>CHILD_BYTES);
  }

  badgeOf(index: u32): u32 {
    return this.slots.badgeOf(index);
  }

  isTaken(index: u32): bool {
    return this.slots.badgeOf(index) != 0;
  }

  /** The index of the child that a badge stands for, be it the child's own; −1: it is gone. */
  find(badge: u32): i32 {
    return this.slots.find(badge & ~CLIENT);
  }

  /** The index of the child with the kernel's number; −1: there is none. */
  findNumber(number: u32): i32 {
    for (let i: u32 = 0; i < MOST_CHILDREN; i++) {
      if (this.isTaken(i) && this.at(i).number == number && number != 0) return <i32>i;
    }
    return -1;
  }

  release(index: u32): void {
    this.slots.release(index);
  }
}
