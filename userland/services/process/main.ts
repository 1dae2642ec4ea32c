/**
 * The process server: programs from files, for whoever asks, and first of all the console's shell.
 * Its arguments are the paths of libsys and of shells, of which the first that can be started is.
 */
import { Errno } from '../../abi/errno.enums';
import { Text } from '../../abi/message.structs';
import { StartHandle } from '../../abi/syscall.enums';
import { ConsoleClient } from 'stubs/console';
import { NamesClient } from 'stubs/names';
import { dispatchProcess } from 'stubs/process';
import { dispatchBase } from 'environment/base-service';
import { FOREVER, reply, Request } from 'environment/request';
import { ticks } from '../../runtime/clock';
import { log } from '../../runtime/objects';
import { argument, argumentCount, startHandle } from '../../runtime/start-information';
import { TextBuilder } from '../../runtime/text-builder';
import { Death, isDeath } from '../init/death';
import { RestartLimit } from '../init/restart-limit';
import { ChildTable } from './child-table';
import { describeFault } from './faults';
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

let terminal: u32 = 0;
/** When the shell is to be started, in ticks; FOREVER: it runs, or there is none. */
let shellStart: u64 = 0;

export function main(start: usize): i32 {
  const error = prepare();
  if (error < 0) return error;
  const request = Request.ofService();
  while (true) {
    if (service.shell == 0 && shellStart <= ticks()) startShell();
    const error = request.nextUntil(service.shell == 0 ? shellStart : FOREVER);
    if (error == -Errno.ETIMEDOUT) continue;
    if (error < 0) return 1;
    if (isDeath(request)) takeDeath(request);
    else if (request.isClosed) service.closed(request.badge);
    else {
      dispatchBase(request) ||
        dispatchProcess<ProcessService>(service, request) ||
        request.refuse();
    }
  }
}

function prepare(): i32 {
  const own = find('/svc/process');
  const console = find('/svc/console');
  if (own < 0 || console < 0) return <i32>min(own, console);
  service.callable = <u32>own;
  terminal = <u32>console;
  service.table = ChildTable.on(memory.data(offsetof<ChildTable>(), 4));
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

/** Starts the first of the shells that can be started, and says when another may be. */
function startShell(): void {
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
  death.take(request);
  const kept = request.keep();
  if (death.isExit) {
    service.exited(death);
    return;
  }
  const child = service.childOf(death);
  line.clear();
  const signal = child === null ? 0 : describeFault(line, child, death);
  // Ends the process.
  reply(kept, 0);
  say();
  service.faulted(death, signal);
}

function report(path: Text, error: i32): void {
  line.clear();
  line.text('process: ').bytes(path.address, path.length).text(': error ').signed(-error).line();
  say();
}

/** Writes the line to the console, or when that is gone to the kernel's log. */
function say(): void {
  let written: i32 = -Errno.EDIED;
  while (written == -Errno.EDIED) {
    written = ConsoleClient.at(terminal).write(line.address, line.length);
  }
  if (written < 0) log(line.address, line.length);
}
