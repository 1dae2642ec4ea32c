/** ps, ping and crash. */
import { Errno } from '../../abi/errno.enums';
import { ProcessInformation } from '../../abi/message.structs';
import { ProcessState } from '../../abi/process.enums';
import { csrr_cycle } from '../../abi/rv';
import { ServerClient } from 'stubs/server';
import { parseDecimal } from '../../runtime/bytes';
import { release } from '../../runtime/objects';
import { Arguments } from './arguments';
import { complain, complainAbout, FAILURE, INTERRUPTED, SUCCESS, usage } from './errors';
import { findService, servicePath } from './paths';
import { init } from './services';
import { endLine, isInterrupted, out } from './terminal';

// Columns of ps: where a text begins or a number ends.
const ID_END: u32 = 3;
const NAME_START: u32 = 5;
const STATE_START: u32 = 21;
const PRIORITY_END: u32 = 34;
const RESTARTS_END: u32 = 43;
const PAGES_END: u32 = 50;
const TIME_START: u32 = 53;

const information = changetype<ProcessInformation>(memory.data(offsetof<ProcessInformation>(), 4));

/** ps: a line for each service of the manifest. */
export function ps(line: Arguments): i32 {
  out.text(' ID  NAME            STATE    PRIO RESTARTS  PAGES  SECONDS');
  endLine();
  const bytes = <u32>offsetof<ProcessInformation>();
  let error: i32 = 0;
  for (let service: u32 = 0; error >= 0; service++) {
    error = init().inspect(service, changetype<usize>(information), bytes);
    if (error >= 0) showProcess();
  }
  // The end of the list is a service that is not there.
  if (error == -Errno.ENOENT) return SUCCESS;
  return complainAbout('ps', '/svc/init', error);
}

function showProcess(): void {
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

const DEFAULT_ROUNDS: u32 = 100;
const MOST_ROUNDS: u32 = 1000;
const samples = memory.data(<i32>MOST_ROUNDS * 4, 4);

/** ping SERVER [COUNT]: times calls to a server and back. */
export function ping(line: Arguments): i32 {
  if (line.count < 2 || line.count > 3) return usage('ping SERVER [COUNT]');
  let rounds = DEFAULT_ROUNDS;
  if (line.count == 3) {
    const count = parseDecimal(line.address(2), line.length(2));
    if (count < 1 || count > <i64>MOST_ROUNDS) {
      out.text('ping: COUNT is a number from 1 to ').decimal(MOST_ROUNDS);
      endLine();
      return FAILURE;
    }
    rounds = <u32>count;
  }
  servicePath(line.address(1), line.length(1));
  const endpoint = findService();
  if (endpoint < 0) return complain('ping', line.address(1), line.length(1), <i32>endpoint);
  const server = ServerClient.at(<u32>endpoint);
  for (let i: u32 = 0; i < rounds; i++) {
    const before = csrr_cycle();
    const answer = server.ping(i);
    store<u32>(samples + <usize>i * 4, csrr_cycle() - before);
    if (answer == <i64>i + 1) continue;
    release(server.handle);
    return complain('ping', line.address(1), line.length(1), answer < 0 ? <i32>answer : -Errno.EIO);
  }
  release(server.handle);
  if (isInterrupted()) return INTERRUPTED;
  showSamples(line, rounds);
  return SUCCESS;
}

/** How the samples are distributed: a mean would tell of the one that the timer interrupted. */
function showSamples(line: Arguments, rounds: u32): void {
  sortSamples(rounds);
  out.bytes(line.address(1), line.length(1)).text(': ').decimal(rounds);
  out.text(rounds == 1 ? ' round trip, ' : ' round trips, ');
  out.text('minimum ').decimal(sample(0));
  out.text(', median ').decimal(sample(rounds / 2));
  out
    .text(', maximum ')
    .decimal(sample(rounds - 1))
    .text(' cycles');
  endLine();
}

function sample(index: u32): u32 {
  return load<u32>(samples + <usize>index * 4);
}

/** By insertion: the samples are few, and most are alike. */
function sortSamples(count: u32): void {
  for (let i: u32 = 1; i < count; i++) {
    const value = sample(i);
    let place = i;
    while (place > 0 && sample(place - 1) > value) {
      store<u32>(samples + <usize>place * 4, sample(place - 1));
      place -= 1;
    }
    store<u32>(samples + <usize>place * 4, value);
  }
}

/** crash SERVER: makes a server dereference null. */
export function crash(line: Arguments): i32 {
  if (line.count != 2) return usage('crash SERVER');
  if (line.is(1, 'init') || line.is(1, '/svc/init')) {
    out.text('crash: init: nobody could start it again');
    endLine();
    return FAILURE;
  }
  servicePath(line.address(1), line.length(1));
  const endpoint = findService();
  if (endpoint < 0) return complain('crash', line.address(1), line.length(1), <i32>endpoint);
  const server = ServerClient.at(<u32>endpoint);
  const answer = server.crash();
  release(server.handle);
  if (answer == -Errno.EDIED) return SUCCESS;
  return complain('crash', line.address(1), line.length(1), answer < 0 ? answer : -Errno.EIO);
}
