/**
 * Priority lending. A thread that works on a call runs with its caller's priority if that is the
 * greater; so do all who serve an endpoint at which a caller of greater priority has to queue, and
 * whoever they in turn wait for. The loan ends with the answer or the next receive.
 */
import { Hart } from '../core/hart';
import { setPriority } from '../core/scheduler';
import { Endpoint, MicroThread, MicroThreadState } from './objects';

/** Longest chain of servers that call servers along which a loan travels. */
const MAXIMUM_CHAIN: u32 = 8;

/** Sets a thread's priority to what it has by itself and what its callers lend it now. */
export function refreshPriority(hart: Hart, thread: MicroThread): void {
  let priority = thread.basePriority;
  const caller = thread.serving;
  if (caller != null) priority = max(priority, caller.priority);
  const endpoint = thread.endpoint;
  if (endpoint != null) {
    const waiting = endpoint.callers.head;
    if (waiting != null) priority = max(priority, waiting.priority);
  }
  setPriority(hart, thread, priority);
}

/** Ends what `server` owes to the call that it received last, answered or not. */
export function stopServing(hart: Hart, server: MicroThread): void {
  const caller = server.serving;
  if (caller == null) return;
  caller.servedBy = null;
  server.serving = null;
  refreshPriority(hart, server);
}

/** A caller of `priority` has to queue at `endpoint`: whoever serves it gets that priority. */
export function lendToServers(hart: Hart, endpoint: Endpoint, priority: u32): void {
  lendAlong(hart, endpoint, priority, MAXIMUM_CHAIN);
}

function lendAlong(hart: Hart, endpoint: Endpoint, priority: u32, chain: u32): void {
  let server = endpoint.servers;
  while (server != null) {
    lend(hart, server, priority, chain);
    server = server.serverNext;
  }
}

function lend(hart: Hart, thread: MicroThread, priority: u32, chain: u32): void {
  if (thread.priority >= priority || chain == 0) return;
  setPriority(hart, thread, priority);
  if (thread.state == MicroThreadState.AwaitingReply) {
    const server = thread.servedBy;
    if (server != null) lend(hart, server, priority, chain - 1);
  } else if (thread.state == MicroThreadState.Calling) {
    const callee = thread.callee;
    if (callee != null) lendAlong(hart, callee, priority, chain - 1);
  }
}

/** From here on `server` is one of those who serve `endpoint`. */
export function joinServers(server: MicroThread, endpoint: Endpoint): void {
  if (server.endpoint == endpoint) return;
  leaveServers(server);
  const first = endpoint.servers;
  server.endpoint = endpoint;
  server.serverNext = first;
  if (first != null) first.serverPrevious = server;
  endpoint.servers = server;
}

/** `server` serves no endpoint any more. */
export function leaveServers(server: MicroThread): void {
  const endpoint = server.endpoint;
  if (endpoint == null) return;
  const next = server.serverNext;
  const previous = server.serverPrevious;
  if (next != null) next.serverPrevious = previous;
  if (previous != null) previous.serverNext = next;
  else endpoint.servers = next;
  server.endpoint = null;
  server.serverNext = null;
  server.serverPrevious = null;
}
