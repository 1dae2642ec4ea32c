/** How many instructions the kernel takes: printed, and held under a bound. */
import { csrr_instret } from '../../../userland/abi/rv';
import { check, expect, sayNumber } from './check';
import { Rights } from '../../../userland/abi/syscall.enums';
import { createEndpoint, createProcess, grant, startProcess, startThread } from './system';

declare function null_calls(count: u32): void;
declare function empty_calls(endpoint: u32, count: u32): i32;
declare function empty_server(endpoint: u32): void;

const COUNT: u32 = 1000;
/** Instructions of user code in one round of each loop (start.s), client and server together. */
const NULL_LOOP: u32 = 4;
const CALL_LOOP: u32 = 11;
/** What the design allows. */
const MOST_PER_NULL: u32 = 150;
const MOST_PER_CALL: u32 = 460;
const MOST_PER_SWITCH: u32 = 560;

function serve(endpoint: u32): void {
  empty_server(endpoint);
}

export function testSpeed(): void {
  let start = csrr_instret();
  null_calls(COUNT);
  const perNull = (csrr_instret() - start) / COUNT - NULL_LOOP;
  sayNumber('kernel instructions for a null call:', perNull);

  const endpoint = createEndpoint();
  startThread(serve, endpoint, 21);
  expect(empty_calls(endpoint, 10), 0, 'calls are answered');
  start = csrr_instret();
  expect(empty_calls(endpoint, COUNT), 0, 'calls are answered');
  const perCall = (csrr_instret() - start) / COUNT - CALL_LOOP;
  sayNumber('kernel instructions for a call and its reply:', perCall);

  const process = createProcess();
  const served = createEndpoint();
  startProcess(process, serve, grant(process, served, Rights.Receive, 0), 21);
  expect(empty_calls(served, 10), 0, 'calls are answered');
  start = csrr_instret();
  expect(empty_calls(served, COUNT), 0, 'calls are answered');
  const perSwitch = (csrr_instret() - start) / COUNT - CALL_LOOP;
  sayNumber('the same between processes:', perSwitch);
  check(perNull <= MOST_PER_NULL, 'a null call is short');
  check(perCall <= MOST_PER_CALL, 'a call and its reply are short');
  check(perSwitch <= MOST_PER_SWITCH, 'between processes too');
}
