/** The protocol `process`: makes programs of files, and knows how they end. */
import { Errno } from '../../userland/abi/errno.enums';
import {
  LAST_SIGNAL,
  ProcessFlags,
  ProcessState,
  SIGNALLED,
  Signal,
} from '../../userland/abi/process.enums';
import {
  DESCRIPTORS,
  PROGRAM_DATA,
  PROGRAM_DATA_BYTES,
  ProgramInformation,
} from '../../userland/abi/program.structs';
import { MapAccess, StartHandle } from '../../userland/abi/syscall.enums';
import { releasePort } from 'environment/call';
import { DEFERRED, Request, reply } from 'environment/request';
import { allocateFrames, releaseFrames } from '../core/frames';
import { currentHart } from '../core/hart';
import { PAGE_SHIFT } from '../core/paging';
import { mapRun } from '../core/user-mappings';
import { Port, createPort, destroyPort } from '../inside/port-table';
import { serviceAt } from '../inside/services';
import { DataPage, TEXTS_ROOM } from './data-page';
import { mapLibsys } from './libsys';
import { loadProgram } from './load-program';
import { NAMES, PROCESS } from './own-services';
import { Process } from './process';
import {
  STACK_TOP,
  createProcess,
  endProcess,
  findProcess,
  firstProcess,
  letGo,
  startProcess,
} from './processes';

const STACK_BYTES: u32 = 32 * 1024;
const READ_WRITE: u32 = MapAccess.Read | MapAccess.Write;
/** A badge is a process's number and in the low bit whether it is its maker's port, or its own. */
const MAKER: u32 = 1;
const BADGE_SHIFT: u32 = 1;

const information = changetype<ProgramInformation>(memory.data(64, 4));

@unmanaged
export class ProcessService {
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
    if (wordsLength + environmentLength > TEXTS_ROOM) return -Errno.E2BIG;
    const process = createProcess(path, pathLength);
    if (process == null) return -Errno.EAGAIN;
    process.flags = flags;
    process.parent = request.badge >> BADGE_SHIFT;
    let error = addDataPage(process);
    if (error == 0) {
      const page = DataPage.at(process.dataPage);
      const texts = page.texts;
      error = request.copyIn(wordsOffset, texts, wordsLength);
      const rest = texts + wordsLength;
      if (error == 0) error = request.copyIn(environmentOffset, rest, environmentLength);
      if (error == 0) error = page.setTexts(wordsLength, environmentLength);
      page.process = process.id;
    }
    if (error == 0) error = loadProgram(process, path, pathLength);
    if (error == 0) error = mapLibsys(process);
    if (error == 0) error = mapPages(process, STACK_TOP - STACK_BYTES, STACK_BYTES);
    if (error == 0) error = giveStartHandles(process);
    if (error == 0) {
      process.isHeld = true;
      const answer = request.answerPort((process.id << BADGE_SHIFT) | MAKER);
      if (answer == <i64>DEFERRED) return answer;
      error = <i32>answer;
    }
    letGo(process);
    return error;
  }

  give(request: Request, slot: u32, descriptor: u32): i32 {
    const port = changetype<Port>(descriptor);
    const process = held(request);
    let error: i32 = 0;
    if (process == null) error = -Errno.EBADF;
    else if (process.state != ProcessState.Created) error = -Errno.EBUSY;
    else if (slot >= DESCRIPTORS) error = -Errno.EINVAL;
    else error = insert(process, port, slot);
    if (error < 0) releasePort(port);
    return error;
  }

  start(request: Request): i32 {
    const process = held(request);
    return process == null ? -Errno.EBADF : startProcess(process);
  }

  wait(request: Request): i32 {
    const process = held(request);
    if (process == null) return -Errno.EBADF;
    if (process.state == ProcessState.Exited) return process.status;
    if (process.waiter != 0) return -Errno.EBUSY;
    process.waiter = request.keep();
    return DEFERRED;
  }

  poll(request: Request): i32 {
    const process = held(request);
    if (process == null) return -Errno.EBADF;
    return process.state == ProcessState.Exited ? process.status : -Errno.EAGAIN;
  }

  signal(request: Request, number: u32): i32 {
    return endBySignal(held(request), number);
  }

  kill(request: Request, id: u32, number: u32): i32 {
    const process = findProcess(id);
    // The kernel's own child is the console's shell.
    if (process != null && process.parent == 0) return -Errno.EPERM;
    return endBySignal(process, number);
  }

  interrupt(request: Request): i32 {
    let process = firstProcess();
    while (process != null) {
      const next = process.next;
      if (process.state == ProcessState.Running) {
        const waiter = process.waiter;
        if ((process.flags & ProcessFlags.Foreground) != 0) {
          endProcess(process, SIGNALLED + Signal.SIGINT);
        } else if (waiter != 0) {
          // Whoever waits for one that runs on need not.
          process.waiter = 0;
          reply(waiter, -Errno.EINTR);
        }
      }
      process = next;
    }
    return 0;
  }

  list(request: Request, index: u32, offset: u32, length: u32): i32 {
    let left = index;
    let process = findOldest();
    while (process != null) {
      if (process.state != ProcessState.Exited) {
        if (left == 0) return describe(request, process, offset, length);
        left--;
      }
      process = findAfter(process);
    }
    return -Errno.ENOENT;
  }

  /** Nobody has the port with this badge any more. */
  closed(badge: u32): void {
    if ((badge & MAKER) == 0) return;
    const process = findProcess(badge >> BADGE_SHIFT);
    if (process != null) letGo(process);
  }
}

/** The process whose maker asks, by its port; null: the request came another way. */
function held(request: Request): Process | null {
  const badge = request.badge;
  return (badge & MAKER) == 0 ? null : findProcess(badge >> BADGE_SHIFT);
}

function endBySignal(process: Process | null, number: u32): i32 {
  if (process == null || process.state == ProcessState.Exited) return -Errno.ESRCH;
  // It is being made of a file, for which whoever makes it may have to wait.
  if (process.state == ProcessState.Created && !process.isHeld) return -Errno.ESRCH;
  if (number > LAST_SIGNAL) return -Errno.EINVAL;
  // Signal 0 asks whether there is such a program.
  if (number != 0) endProcess(process, SIGNALLED + <i32>number);
  return 0;
}

function addDataPage(process: Process): i32 {
  const frame = allocateFrames(PROGRAM_DATA_BYTES >> PAGE_SHIFT);
  if (frame == 0) return -Errno.ENOMEM;
  const error = mapRun(currentHart(), process, <u32>PROGRAM_DATA, frame, 1, READ_WRITE);
  releaseFrames(frame, 1);
  if (error == 0) process.dataPage = frame;
  return error;
}

/** Maps fresh zeroed pages. ENOMEM, EEXIST. */
export function mapPages(process: Process, address: u32, bytes: u32): i32 {
  const pages = bytes >> PAGE_SHIFT;
  const base = allocateFrames(pages);
  if (base == 0) return -Errno.ENOMEM;
  const error = mapRun(currentHart(), process, address, base, pages, READ_WRITE);
  releaseFrames(base, pages);
  return error;
}

/** The ways to names and to this service that every program has. */
function giveStartHandles(process: Process): i32 {
  const own = createPort(PROCESS, process.id << BADGE_SHIFT);
  if (own == null) return -Errno.ENOMEM;
  const names = changetype<Port>(serviceAt(NAMES).port);
  const ownHandle = process.ports.insert(own);
  if (ownHandle == 0) {
    destroyPort(own);
    return -Errno.ENFILE;
  }
  const namesHandle = process.ports.insert(names);
  if (namesHandle == 0) return -Errno.ENFILE;
  names.references++;
  const page = DataPage.at(process.dataPage);
  page.setStartHandle(StartHandle.Process, ownHandle);
  page.setStartHandle(StartHandle.Names, namesHandle);
  return 0;
}

/** The port's reference goes to the process. */
function insert(process: Process, port: Port, slot: u32): i32 {
  const handle = process.ports.insert(port);
  if (handle == 0) return -Errno.ENFILE;
  DataPage.at(process.dataPage).setDescriptor(slot, handle);
  return 0;
}

function describe(request: Request, process: Process, offset: u32, room: u32): i32 {
  const thread = process.thread;
  const time = thread == null ? 0 : thread.time;
  information.id = process.id;
  information.incarnation = 1;
  information.state = process.state;
  information.priority = thread == null ? 0 : thread.priority;
  information.threads = thread == null ? 0 : 1;
  information.pages = process.pages;
  information.timeLow = time as u32;
  information.timeHigh = (time >> 32) as u32;
  information.nameLength = process.nameLength;
  information.name0 = process.name0;
  information.name1 = process.name1;
  information.name2 = process.name2;
  information.name3 = process.name3;
  information.parent = process.parent;
  information.flags = process.flags;
  const bytes = <u32>offsetof<ProgramInformation>();
  return request.copyResult(offset, room, changetype<usize>(information), bytes);
}

function findOldest(): Process | null {
  let process = firstProcess();
  while (process != null && process.next != null) process = process.next;
  return process;
}

/** The process made next after `before`. */
function findAfter(before: Process): Process | null {
  let process = firstProcess();
  while (process != null && process.next != before) process = process.next;
  return process;
}
