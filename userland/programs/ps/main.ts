/** ps: a line for each service that is a process, and then for each program. */
import { Errno } from '../../abi/errno.enums';
import { ProcessInformation } from '../../abi/message.structs';
import { ProcessState } from '../../abi/process.enums';
import { ProgramInformation } from '../../abi/program.structs';
import { InitClient } from 'stubs/init';
import { processServer } from '../../runtime/program/children';
import { complain, SUCCESS } from '../../runtime/program/errors';
import { close_handle } from '../../runtime/program/libsys';
import { endLine, out } from '../../runtime/program/output';
import { path } from '../../runtime/program/paths';
import { findKnownService } from '../../runtime/program/services';

// Columns: where a text begins or a number ends.
const ID_END: u32 = 5;
const NAME_START: u32 = 7;
const STATE_START: u32 = 23;
const PRIORITY_END: u32 = 36;
const RESTARTS_END: u32 = 45;
const PAGES_END: u32 = 52;
const TIME_START: u32 = 55;

const information = changetype<ProcessInformation>(memory.data(offsetof<ProgramInformation>(), 4));

export function main(): i32 {
  out.text('   ID  NAME            STATE    PRIO RESTARTS  PAGES  SECONDS');
  endLine();
  const place = changetype<usize>(information);
  let error = listServices(place);
  if (error != -Errno.ENOENT) return complain(path.address, path.length, error);
  error = 0;
  for (let program: u32 = 0; error >= 0; program++) {
    error = processServer().list(program, place, <u32>offsetof<ProgramInformation>());
    if (error >= 0) show();
  }
  // The end of a list is something that is not there.
  return error == -Errno.ENOENT ? SUCCESS : complain(path.address, path.length, error);
}

/** Lists what init has started, to the end: ENOENT. Without init, services are the kernel's. */
function listServices(place: usize): i32 {
  const endpoint = findKnownService('/svc/init');
  if (endpoint < 0) return <i32>endpoint;
  const init = InitClient.at(<u32>endpoint);
  let error: i32 = 0;
  for (let service: u32 = 0; error >= 0; service++) {
    error = init.inspect(service, place, <u32>offsetof<ProcessInformation>());
    if (error >= 0) show();
  }
  close_handle(init.handle);
  return error;
}

function show(): void {
  const name = changetype<usize>(information) + offsetof<ProcessInformation>('name0');
  const starts = information.incarnation;
  out.decimalTo(ID_END, information.id).padTo(NAME_START);
  out.bytes(name, min<u32>(information.nameLength, 16)).padTo(STATE_START);
  out.text(stateName(information.state, starts));
  out.decimalTo(PRIORITY_END, information.priority);
  out.decimalTo(RESTARTS_END, starts > 0 ? starts - 1 : 0);
  out.decimalTo(PAGES_END, information.pages).padTo(TIME_START);
  out.seconds(((<u64>information.timeHigh) << 32) | (<u64>information.timeLow));
  endLine();
}

/** A service that was given up is as empty as one that never ran. */
function stateName(state: u32, starts: u32): string {
  switch (state) {
    case ProcessState.Created:
      return starts == 0 ? 'created' : 'stopped';
    case ProcessState.Running:
      return 'running';
    case ProcessState.Faulted:
      return 'faulted';
    case ProcessState.Exited:
      return 'stopped';
    default:
      return 'unknown';
  }
}
