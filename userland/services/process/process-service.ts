/** The protocol `process`: makes programs of files, and knows how they end. */
import { Errno } from '../../abi/errno.enums';
import { Text } from '../../abi/message.structs';
import { LAST_SIGNAL, ProcessFlags, Signal, SIGNALLED } from '../../abi/process.enums';
import { DESCRIPTORS, PROGRAM_DATA, ProgramInformation } from '../../abi/program.structs';
import { MapAccess, ObjectKind, Rights, StartHandle, Syscall } from '../../abi/syscall.enums';
import { Lock, SleepLock } from 'environment/lock';
import { DEFERRED, Request } from 'environment/request';
import { setAlarm, ticks } from 'environment/time';
import {
  createMemory,
  createProcess,
  createThread,
  grant,
  inspectProcess,
  mapInto,
  release,
  resetProcess,
  setHandler,
  startThread,
} from '../../runtime/objects';
import { loadImage, STACK_TOP } from '../../runtime/process-image';
import { startHandle } from '../../runtime/start-information';
import { system_operation } from '../../runtime/system-calls';
import { TextBuilder } from '../../runtime/text-builder';
import { Death } from '../init/death';
import { Child, ChildState, ChildTable, CLIENT, MOST_CHILDREN } from './child-table';
import { TEXTS_ROOM } from './data-page';
import { describeFault } from './faults';
import { fileRead, readFile } from './file-reader';
import { mapLibsys } from './libsys-image';

const STACK_BYTES: u32 = 32 * 1024;
/** As the shell's; below every server's. */
const PRIORITY: u32 = 5;
const EXIT_MASK: i32 = 0xff;

const information = changetype<ProgramInformation>(memory.data(offsetof<ProgramInformation>(), 4));

/**
 * The lock is for the table and its children, and given up while a file is read, for which the loader,
 * with its one place for a file, belongs to one thread.
 */
@unmanaged
export class ProcessService {
  lock: Lock;
  loader: SleepLock;
  table: ChildTable;
  /** The server's own endpoint, as others call it: for the kernel, which reports deaths there. */
  callable: u32;
  /** Process number of the console's shell; 0: it is to be started. */
  shell: u32;

  /** Prepares the service in zeroed memory. `callable`: as above. */
  prepare(callable: u32): void {
    this.lock = changetype<Lock>(memory.data(offsetof<Lock>(), 4));
    this.loader = changetype<SleepLock>(memory.data(offsetof<SleepLock>(), 4));
    this.table = ChildTable.on(memory.data(offsetof<ChildTable>(), 4));
    this.callable = callable;
  }

  create(
    request: Request,
    path: usize,
    pathLength: u32,
    wordsOffset: u32,
    wordsLength: u32,
    environmentOffset: u32,
    environmentLength: u32,
    flags: u32,
  ): i64 {
    this.lock.acquire();
    const answer = this.make(
      request,
      path,
      pathLength,
      wordsOffset,
      wordsLength,
      environmentOffset,
      environmentLength,
      flags,
    );
    this.lock.release();
    return answer;
  }

  give(request: Request, slot: u32, descriptor: u32): i32 {
    this.lock.acquire();
    const answer = this.giveHeld(request, slot, descriptor);
    this.lock.release();
    return answer;
  }

  start(request: Request): i32 {
    this.lock.acquire();
    const answer = this.runHeld(request);
    this.lock.release();
    return answer;
  }

  wait(request: Request): i32 {
    this.lock.acquire();
    const answer = this.waitFor(request);
    this.lock.release();
    return answer;
  }

  poll(request: Request): i32 {
    this.lock.acquire();
    const answer = this.askFor(request);
    this.lock.release();
    return answer;
  }

  signal(request: Request, number: u32): i32 {
    this.lock.acquire();
    const answer = this.signalHeld(request, number);
    this.lock.release();
    return answer;
  }

  kill(request: Request, process: u32, number: u32): i32 {
    this.lock.acquire();
    const answer = this.killNumber(request, process, number);
    this.lock.release();
    return answer;
  }

  interrupt(request: Request): i32 {
    this.lock.acquire();
    const answer = this.interruptAll(request);
    this.lock.release();
    return answer;
  }

  list(request: Request, index: u32, offset: u32, length: u32): i32 {
    this.lock.acquire();
    const answer = this.showNext(request, index, offset, length);
    this.lock.release();
    return answer;
  }

  /** Nobody has the port with this badge any more. */
  closed(badge: u32): void {
    this.lock.acquire();
    this.close(badge);
    this.lock.release();
  }

  /** The program behind a badge has ended by itself. */
  exited(badge: u32, status: i32): void {
    this.lock.acquire();
    const index = this.table.find(badge);
    if (index >= 0) this.ended(index, status & EXIT_MASK);
    this.lock.release();
  }

  /** Describes a fault in `text`; the signal that POSIX has for it, 0: the program is gone. */
  describeDeath(death: Death, text: TextBuilder): u32 {
    let signal: u32 = 0;
    this.lock.acquire();
    this.loader.take(this.lock);
    const index = this.table.find(death.service);
    this.lock.release();
    // Its file is read for the place in the source; a program that runs is not dropped meanwhile.
    if (index >= 0) signal = describeFault(text, this.table.at(index), death);
    this.lock.acquire();
    this.loader.give(this.lock);
    this.lock.release();
    return signal;
  }

  /** The kernel has ended a program that faulted. */
  faulted(death: Death, signal: u32): void {
    this.lock.acquire();
    const index = this.table.find(death.service);
    if (index >= 0) this.ended(index, SIGNALLED + <i32>signal);
    this.lock.release();
  }

  /** Starts the shell at `path`, with `terminal` as its standard input, output and error. */
  startShell(path: Text, terminal: u32): i32 {
    this.lock.acquire();
    const error = this.makeShell(path, terminal);
    this.lock.release();
    return error;
  }

  private makeShell(path: Text, terminal: u32): i32 {
    const index = this.table.take();
    if (index < 0) return -Errno.EAGAIN;
    const child = this.table.at(index);
    child.setPath(path.address, path.length);
    let error = child.create(index);
    if (error >= 0) {
      memory.copy(child.textsAt, path.address, path.length);
      store<u8>(child.textsAt + path.length, 0);
      error = child.setTexts(path.length + 1, 0);
    }
    if (error >= 0) error = this.load(index);
    for (let slot: u32 = 0; slot < 3 && error >= 0; slot++) {
      error = this.giveTo(index, slot, terminal);
    }
    if (error >= 0) error = this.run(index);
    if (error < 0) this.drop(index);
    else this.shell = child.number;
    return error;
  }

  private make(
    request: Request,
    path: usize,
    pathLength: u32,
    wordsOffset: u32,
    wordsLength: u32,
    environmentOffset: u32,
    environmentLength: u32,
    flags: u32,
  ): i64 {
    if (wordsLength + environmentLength > TEXTS_ROOM) return -Errno.E2BIG;
    const index = this.table.take();
    if (index < 0) return -Errno.EAGAIN;
    const child = this.table.at(index);
    child.flags = flags;
    child.parent = this.numberOf(request.badge);
    child.setPath(path, pathLength);
    let error = child.create(index);
    if (error >= 0) error = request.copyIn(wordsOffset, child.textsAt, wordsLength);
    const rest = child.textsAt + wordsLength;
    if (error >= 0) error = request.copyIn(environmentOffset, rest, environmentLength);
    if (error >= 0) error = child.setTexts(wordsLength, environmentLength);
    if (error >= 0) error = this.load(index);
    if (error < 0) {
      this.drop(index);
      return error;
    }
    child.isHeld = true;
    const answer = request.answerPort(this.table.badgeOf(index));
    if (answer != <i64>DEFERRED) this.drop(index);
    return answer;
  }

  private giveHeld(request: Request, slot: u32, descriptor: u32): i32 {
    const error = this.giveTo(this.table.find(request.badge), slot, descriptor);
    release(descriptor);
    return error;
  }

  private runHeld(request: Request): i32 {
    const index = this.held(request);
    return index < 0 ? -Errno.EBADF : this.run(index);
  }

  private waitFor(request: Request): i32 {
    const index = this.held(request);
    if (index < 0) return -Errno.EBADF;
    const child = this.table.at(index);
    if (child.state == ChildState.Ended) return child.status;
    if (child.waiter != 0) return -Errno.EBUSY;
    child.waiter = request.keep();
    return DEFERRED;
  }

  private askFor(request: Request): i32 {
    const index = this.held(request);
    if (index < 0) return -Errno.EBADF;
    const child = this.table.at(index);
    return child.state == ChildState.Ended ? child.status : -Errno.EAGAIN;
  }

  private signalHeld(request: Request, number: u32): i32 {
    const index = this.held(request);
    return index < 0 ? -Errno.EBADF : this.endBySignal(index, number);
  }

  private killNumber(request: Request, process: u32, number: u32): i32 {
    const index = this.table.findNumber(process);
    if (index < 0) return -Errno.ESRCH;
    return process == this.shell ? -Errno.EPERM : this.endBySignal(index, number);
  }

  private interruptAll(request: Request): i32 {
    for (let i: u32 = 0; i < MOST_CHILDREN; i++) {
      if (!this.table.isTaken(i)) continue;
      const child = this.table.at(i);
      if (child.state != ChildState.Running) continue;
      if ((child.flags & ProcessFlags.Foreground) != 0) this.endBySignal(i, Signal.SIGINT);
      // Whoever waits for one that runs on need not.
      else if (child.waiter != 0) child.answer(-Errno.EINTR);
    }
    return 0;
  }

  private showNext(request: Request, index: u32, offset: u32, length: u32): i32 {
    let left = index;
    for (let i: u32 = 0; i < MOST_CHILDREN; i++) {
      if (!this.table.isTaken(i) || this.table.at(i).process == 0) continue;
      if (left != 0) {
        left -= 1;
        continue;
      }
      const child = this.table.at(i);
      const error = inspectProcess(child.process, changetype<usize>(information));
      if (error < 0) return error;
      information.parent = child.parent;
      information.flags = child.flags;
      const size = <u32>offsetof<ProgramInformation>();
      return request.copyResult(offset, length, changetype<usize>(information), size);
    }
    return -Errno.ENOENT;
  }

  private close(badge: u32): void {
    if ((badge & CLIENT) != 0) return;
    const index = this.table.find(badge);
    if (index < 0) return;
    const child = this.table.at(index);
    child.isHeld = false;
    if (child.waiter != 0) release(child.waiter);
    child.waiter = 0;
    // What runs, runs on: nobody will ask how it ends.
    if (child.state != ChildState.Running) this.drop(index);
  }

  /** A child that was made and not started, from the file at its path. */
  private load(index: u32): i32 {
    const child = this.table.at(index);
    const process = this.loadFile(child);
    if (process < 0) return process;
    child.process = process;
    let error = mapLibsys(process);
    if (error >= 0) error = mapStack(process);
    if (error >= 0) error = child.moveTo(process);
    if (error >= 0) error = inspectProcess(process, changetype<usize>(information));
    if (error < 0) return error;
    child.number = information.id;
    child.setNumber(child.number);
    const all = Rights.Call | Rights.Copy;
    const names = grant(process, startHandle(StartHandle.Names), all, 0);
    const self = this.grantSelf(index);
    if (names < 0 || self < 0) return min(names, self);
    child.setStartHandle(StartHandle.Names, names);
    child.setStartHandle(StartHandle.Process, self);
    return setHandler(process, this.callable, this.table.badgeOf(index));
  }

  /** A process with the contents of the child's file. Nobody knows of the child yet. */
  private loadFile(child: Child): i32 {
    this.loader.take(this.lock);
    this.lock.release();
    const process = makeProcess(child);
    this.lock.acquire();
    this.loader.give(this.lock);
    return process;
  }

  /** Gives a program its own way to this server. */
  private grantSelf(index: u32): i32 {
    const endpoint = startHandle(StartHandle.Endpoint);
    const badge = this.table.badgeOf(index) | CLIENT;
    const port = system_operation(Syscall.Create, endpoint, ObjectKind.Port, badge, 0, 0, 0);
    if (port < 0) return port;
    const handle = grant(this.table.at(index).process, port, Rights.Call | Rights.Copy, 0);
    release(port);
    return handle;
  }

  private giveTo(index: i32, slot: u32, descriptor: u32): i32 {
    if (index < 0) return -Errno.EBADF;
    const child = this.table.at(index);
    if (child.state != ChildState.Made) return -Errno.EBUSY;
    if (slot >= DESCRIPTORS) return -Errno.EINVAL;
    const handle = grant(child.process, descriptor, Rights.Call | Rights.Copy, 0);
    if (handle < 0) return handle;
    child.setDescriptor(slot, handle);
    return 0;
  }

  private run(index: u32): i32 {
    const child = this.table.at(index);
    if (child.state != ChildState.Made) return -Errno.EBUSY;
    const thread = createThread(child.process);
    if (thread < 0) return thread;
    // Its handle cannot be given up without ending it.
    child.thread = thread;
    const error = startThread(thread, child.entry, STACK_TOP, PROGRAM_DATA, PRIORITY);
    if (error < 0) return error;
    child.state = ChildState.Running;
    child.drop();
    return 0;
  }

  private endBySignal(index: u32, number: u32): i32 {
    const child = this.table.at(index);
    if (child.state == ChildState.Ended) return -Errno.ESRCH;
    if (number > LAST_SIGNAL) return -Errno.EINVAL;
    // Signal 0 asks whether there is such a program.
    if (number == 0) return 0;
    resetProcess(child.process);
    this.ended(index, SIGNALLED + <i32>number);
    return 0;
  }

  /** Whoever waits is told; the rest of the child goes, and all of it if nobody will ask. */
  private ended(index: u32, status: i32): void {
    const child = this.table.at(index);
    if (child.number == this.shell) {
      this.shell = 0;
      setAlarm(ticks());
    }
    child.state = ChildState.Ended;
    child.status = status;
    child.letGo();
    if (child.waiter != 0) child.answer(status);
    if (!child.isHeld) this.table.release(index);
  }

  /** Gives up a child that does not run. */
  private drop(index: u32): void {
    const child = this.table.at(index);
    child.letGo();
    this.table.release(index);
  }

  /** The child whose maker asks, by its port; −1: the request came another way. */
  private held(request: Request): i32 {
    return (request.badge & CLIENT) != 0 ? -1 : this.table.find(request.badge);
  }

  /** Process number of the program that calls; 0 if it is none. */
  private numberOf(badge: u32): u32 {
    const index = (badge & CLIENT) == 0 ? -1 : this.table.find(badge);
    return index < 0 ? 0 : this.table.at(index).number;
  }
}

/** Reads a child's file into a process of its own: its handle; the loader is the thread's. */
function makeProcess(child: Child): i32 {
  const wrong = readFile(child.path, child.pathLength);
  if (wrong < 0) return wrong;
  const name = nameStart(child);
  const process = createProcess(child.path + name, child.pathLength - name);
  if (process < 0) return process;
  const entry = loadImage(process, fileRead());
  child.entry = entry;
  if (entry >= 0) return process;
  release(process);
  return entry;
}

/** Where the last component of a program's path begins. */
function nameStart(child: Child): u32 {
  let start = child.pathLength;
  while (start > 0 && load<u8>(child.path + start - 1) != 0x2f) start -= 1;
  return start;
}

function mapStack(process: u32): i32 {
  const pages = createMemory(STACK_BYTES);
  if (pages < 0) return pages;
  const access = MapAccess.Read | MapAccess.Write;
  const error = mapInto(process, pages, STACK_TOP - STACK_BYTES, 0, 0, access);
  release(pages);
  return min(error, 0);
}
