/** The kernel's own thread: it starts the services, and then the console's shell as often as it ends. */
import { Errno } from '../../userland/abi/errno.enums';
import { SERVICES } from 'stubs/inside';
import { ProcessClient } from 'stubs/process';
import { releasePort } from 'environment/call';
import { findService } from 'environment/services';
import { log, logDecimal } from '../core/log';
import { panic } from '../core/panic';
import { now } from '../core/time';
import { Port } from '../inside/port-table';
import { sleep } from '../inside/run';
import { addService, serviceAt } from '../inside/services';
import { addServices, startService } from '../inside/start-services';
import { SleepState } from '../inside/thread';
import { loadLibsys } from './libsys';
import { CONSOLE_PATH, NAMES, PROCESS } from './own-services';

/** Where the shell is looked for, in this order. */
const SHELLS: u32 = 2;
/** A shell that ends this soon, in ticks, has failed; after so many failures it is given up. */
const SOON: u64 = 1_000_000;
const MOST_FAILURES: u32 = 5;
const STANDARD_DESCRIPTORS: u32 = 3;

const path = memory.data(32) as u32;

/** Makes all services known, before the first process. */
export function addAllServices(): void {
  addServices(SERVICES);
  const names = addService('names');
  const process = addService('process');
  if (names == null || process == null) panic('no memory for the services');
  serviceAt(NAMES).isRunning = true;
  serviceAt(PROCESS).isRunning = true;
}

/** Starts the services inside, each of which may use those before it. */
export function startAllServices(): void {
  for (let number: u32 = 0; number < SERVICES; number++) startService(number);
}

/** Does not return. */
export function runSystem(): void {
  loadLibsys();
  let failures: u32 = 0;
  while (failures < MOST_FAILURES) {
    const began = now();
    const outcome = runShell();
    if (outcome < 0) break;
    failures = now() - began < SOON ? failures + 1 : 0;
  }
  log('no shell can be started any more\n');
  while (true) sleep(SleepState.AwaitingTime);
}

/** Runs the first shell that can be started until it ends; a negative Errno if there is none. */
function runShell(): i32 {
  let error: i32 = -Errno.ENOENT;
  for (let index: u32 = 0; index < SHELLS; index++) {
    const file = index == 0 ? '/bin/sh' : '/boot/bin/sh';
    error = runShellAt(file);
    if (error >= 0) break;
    // Of a disk without files, or a damaged one, the file system has said more.
    const isKnown = error == -Errno.ENOENT || error == -Errno.ENXIO || error == -Errno.EIO;
    if (isKnown && index + 1 < SHELLS) continue;
    log(file);
    log(': error ');
    logDecimal(-error);
    log('\n');
  }
  return error;
}

function runShellAt(file: string): i32 {
  const length = <u32>file.length;
  for (let i: u32 = 0; i < length; i++) store<u8>(path + i, file.charCodeAt(i) as u8);
  store<u8>(path + length, 0);
  const process = ProcessClient.at(serviceAt(PROCESS).port);
  const made = process.create(path, length, path, length + 1, path, 0, 0);
  if (made < 0) return <i32>made;
  const child = ProcessClient.at(<u32>made);
  let error = giveTerminal(child);
  if (error >= 0) error = child.start();
  if (error >= 0) error = waitFor(child);
  releasePort(changetype<Port>(<u32>made));
  return error;
}

/** Ctrl-C ends every wait; the shell goes on. */
function waitFor(child: ProcessClient): i32 {
  let status = child.wait();
  while (status == -Errno.EINTR) status = child.wait();
  return status;
}

function giveTerminal(child: ProcessClient): i32 {
  const terminal = findService(CONSOLE_PATH);
  if (terminal < 0) return <i32>terminal;
  for (let slot: u32 = 0; slot < STANDARD_DESCRIPTORS; slot++) {
    const error = child.give(slot, <u32>terminal);
    if (error < 0) return error;
  }
  return 0;
}
