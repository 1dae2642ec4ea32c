/**
 * The process server: programs from files, for whoever asks, and first of all the console's shell.
 * Its arguments are the paths of libsys and of shells, of which the first that can be started is.
 */
import { Errno } from '../../abi/errno.enums';
import { Text } from '../../abi/message.structs';
import { FaultMethod, StartHandle } from '../../abi/syscall.enums';
import { ConsoleClient } from 'stubs/console';
import { NamesClient } from 'stubs/names';
import { dispatchProcess } from 'stubs/process';
import { SleepLock } from 'environment/lock';
import { FOREVER, reply, Request } from 'environment/request';
import { Server } from 'environment/serve';
import { setAlarm, ticks } from 'environment/time';
import { log } from '../../runtime/objects';
import { argument, argumentCount, startHandle } from '../../runtime/start-information';
import { TextBuilder } from '../../runtime/text-builder';
import { Death, isDeath } from '../init/death';
import { RestartLimit } from '../init/restart-limit';
import { prepareFileReader } from './file-reader';
import { prepareLibsys } from './libsys-image';
import { ProcessService } from './process-service';

const LIBSYS_ARGUMENT: u32 = 1;
const FIRST_SHELL_ARGUMENT: u32 = 2;
const LINE_BYTES: u32 = 512;

const service = changetype<ProcessService>(memory.data(offsetof<ProcessService>(), 4));
const death = changetype<Death>(memory.data(offsetof<Death>(), 4));
const limit = changetype<RestartLimit>(memory.data(offsetof<RestartLimit>(), 8));
const line = TextBuilder.on(
  memory.data(offsetof<TextBuilder>(), 4),
  memory.data(<i32>LINE_BYTES),
  LINE_BYTES,
);

/** Held from the making of a line to its end: the console takes its time. */
const lineLock = changetype<SleepLock>(memory.data(offsetof<SleepLock>(), 4));

let terminal: u32 = 0;
/** Not before shall another shell be started, in ticks; FOREVER: there is none. */
let shellStart: u64 = 0;

export function main(start: usize): i32 {
  const server = Server.by(answer);
  server.closed = closed;
  server.alarm = startShell;
  const error = prepare();
  // The first shell is started as all the others are.
  setAlarm(ticks());
  return server.run(error);
}

function answer(request: Request): bool {
  if (!isDeath(request)) return dispatchProcess<ProcessService>(service, request);
  takeDeath(request);
  return true;
}

function closed(badge: u32): void {
  service.closed(badge);
}

function prepare(): i32 {
  const own = find('/svc/process');
  const console = find('/svc/console');
  if (own < 0 || console < 0) return <i32>min(own, console);
  service.prepare(<u32>own);
  terminal = <u32>console;
  const error = prepareFileReader();
  if (error < 0) return error;
  const path = argument(LIBSYS_ARGUMENT);
  const wrong = prepareLibsys(path.address, path.length);
  if (wrong < 0) report(path, wrong);
  return wrong;
}

function find(literal: string): i64 {
  line.clear();
  line.text(literal);
  return NamesClient.at(startHandle(StartHandle.Names)).find(line.address, line.length);
}

/** Starts the first of the shells that can be started, unless one runs, or none may be started yet. */
function startShell(): void {
  if (service.shell != 0) return;
  if (shellStart > ticks()) {
    setAlarm(shellStart);
    return;
  }
  shellStart = limit.startAgainAt(ticks());
  for (let i = FIRST_SHELL_ARGUMENT; i < argumentCount(); i++) {
    const error = service.startShell(argument(i), terminal);
    if (error >= 0) return;
    // Of a disk without files, or a damaged one, the file system has said more.
    const isKnown = error == -Errno.ENOENT || error == -Errno.ENXIO || error == -Errno.EIO;
    if (!isKnown || i + 1 == argumentCount()) report(argument(i), error);
  }
  shellStart = FOREVER;
}

/** The kernel's news of a program. */
function takeDeath(request: Request): void {
  if (request.number == FaultMethod.Exit) {
    service.exited(request.message.word0, <i32>request.message.word1);
    return;
  }
  beginLine();
  death.take(request);
  const kept = request.keep();
  const signal = service.describeDeath(death, line);
  // Ends the process.
  reply(kept, 0);
  say();
  service.faulted(death, signal);
  endLine();
}

function report(path: Text, error: i32): void {
  beginLine();
  line.text('process: ').bytes(path.address, path.length).text(': error ').signed(-error).line();
  say();
  endLine();
}

/** From here on the line, and the death that it is about, are the thread's. */
function beginLine(): void {
  service.lock.acquire();
  lineLock.take(service.lock);
  service.lock.release();
  line.clear();
}

function endLine(): void {
  service.lock.acquire();
  lineLock.give(service.lock);
  service.lock.release();
}

/** Writes the line to the console, or when that is gone to the kernel's log. */
function say(): void {
  let written: i32 = -Errno.EDIED;
  while (written == -Errno.EDIED) {
    written = ConsoleClient.at(terminal).write(line.address, line.length);
  }
  if (written < 0) log(line.address, line.length);
}
