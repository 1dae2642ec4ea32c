/**
 * Ports: what a server hands out for something of its own that others hold on to. The last handle to
 * a port may go in the middle of a process's end, so the port itself is what waits in the endpoint's
 * queue to say so: telling the server needs no memory.
 */
import { Errno } from '../../userland/abi/errno.enums';
import { KernelMethod, ObjectKind, ReceiveKind, Rights } from '../../userland/abi/syscall.enums';
import { Hart } from '../core/hart';
import { failure, isError } from '../core/result';
import { HandleEntry } from './handle-entry';
import { findHandle, findObject, insertHandle } from './handles';
import { allocateObject, releaseObject } from './object-slabs';
import { Endpoint, MicroThread, Port, Process } from './objects';
import { wake } from './waiting';

/** Nobody can end a port but by giving every handle to it up. */
export const PORT_RIGHTS: u32 = Rights.Call | Rights.Copy;

/** ObjectKind.Port of Syscall.Create: a handle, or EBADF, EACCES, ENOMEM, ENFILE. */
export function createPort(thread: MicroThread): u32 {
  const process = thread.process;
  const found = findHandle(process, thread.t1, ObjectKind.Endpoint, Rights.Receive);
  if (isError(found)) return found;
  const object = allocateObject(ObjectKind.Port);
  if (object == null) return failure(Errno.ENOMEM);
  const port = changetype<Port>(object);
  const endpoint = changetype<Endpoint>(changetype<HandleEntry>(found).object);
  port.endpoint = endpoint;
  port.endpointGeneration = endpoint.generation;
  port.badge = thread.a1;
  const handle = insertHandle(process, port, PORT_RIGHTS, 0);
  if (handle != 0) return handle;
  releaseObject(port);
  return failure(Errno.ENFILE);
}

/**
 * Notes in `caller` which endpoint it calls by `handle`, and with what badge: the endpoint's address,
 * or EBADF, EACCES.
 */
export function findCallee(caller: MicroThread, process: Process, handle: u32): u32 {
  const found = findObject(process, handle, 0);
  if (isError(found)) return found;
  const entry = changetype<HandleEntry>(found);
  const port = changetype<Port>(entry.object);
  const isEndpoint = port.kind == ObjectKind.Endpoint;
  if (!isEndpoint && port.kind != ObjectKind.Port) return failure(Errno.EBADF);
  if ((entry.rights & Rights.Call) == 0) return failure(Errno.EACCES);
  if (isEndpoint) {
    caller.badge = entry.badge;
    return changetype<u32>(port);
  }
  if (port.isDead) return failure(Errno.EBADF);
  caller.badge = port.badge;
  return changetype<u32>(port.endpoint);
}

/** The last handle to `port` has gone: its server is told, now or when it receives next. */
export function closePort(hart: Hart, port: Port): void {
  if (port.isDead) {
    releaseObject(port);
    return;
  }
  const endpoint = port.endpoint;
  port.link = null;
  const last = endpoint.closedTail;
  if (last == null) endpoint.closedHead = port;
  else last.link = port;
  endpoint.closedTail = port;
  const receiver = endpoint.receivers.head;
  if (receiver == null) return;
  takeClosed(endpoint, changetype<MicroThread>(receiver));
  wake(hart, changetype<MicroThread>(receiver), ReceiveKind.Message);
}

/** Tells `receiver` of the first closed port of its endpoint, if there is one; then the port is no more. */
export function takeClosed(endpoint: Endpoint, receiver: MicroThread): bool {
  const port = endpoint.closedHead;
  if (port == null) return false;
  const next = changetype<Port | null>(port.link);
  endpoint.closedHead = next;
  if (next == null) endpoint.closedTail = null;
  receiver.t0 = ReceiveKind.Message;
  receiver.t1 = 0;
  receiver.t2 = KernelMethod.Closed;
  receiver.t3 = port.badge;
  receiver.t4 = 0;
  receiver.t5 = 0;
  releaseObject(port);
  return true;
}

/** `endpoint` ends: nobody will ask what was closed. */
export function dropClosed(endpoint: Endpoint): void {
  let port = endpoint.closedHead;
  while (port != null) {
    endpoint.closedHead = changetype<Port | null>(port.link);
    releaseObject(port);
    port = endpoint.closedHead;
  }
  endpoint.closedTail = null;
}
