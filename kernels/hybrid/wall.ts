/**
 * The wall between processes and services inside, seen from outside: an endpoint at which no thread
 * waits, because the kernel itself takes what arrives there. A port into a service inside is a port of
 * that endpoint; its badge is the address of the service's own.
 */
import { Errno } from '../../userland/abi/errno.enums';
import { ObjectKind } from '../../userland/abi/syscall.enums';
import { panic } from '../core/panic';
import { failure, isError } from '../core/result';
import { Port as InsidePort } from '../inside/port-table';
import { Service } from '../inside/service';
import { insertHandle } from '../micro/handles';
import { makeIrq } from '../micro/interrupts';
import { allocateObject, releaseObject } from '../micro/object-slabs';
import { Endpoint, Notification, Port, Process } from '../micro/objects';
import { PORT_RIGHTS } from '../micro/ports';

let wallEndpoint: u32 = 0;
let wallNotification: u32 = 0;

/** Where calls to services inside and what is left of their ports arrive. */
export function wall(): Endpoint {
  return changetype<Endpoint>(wallEndpoint);
}

/** What interrupts of their devices set: the bit with the service's number. */
export function interrupts(): Notification {
  return changetype<Notification>(wallNotification);
}

export function initialiseWall(): void {
  const endpoint = allocateObject(ObjectKind.Endpoint);
  const notification = allocateObject(ObjectKind.Notification);
  if (endpoint == null || notification == null) panic('no memory for the services');
  wallEndpoint = changetype<u32>(endpoint);
  wallNotification = changetype<u32>(notification);
}

/** Has the interrupt of a service's device set its bit. */
export function claimSource(service: Service): void {
  if (service.source == 0) return;
  if (isError(makeIrq(service.source, interrupts(), 1 << service.number))) {
    panic('no memory for the services');
  }
}

/** A port through the wall, to which a reference of `inside` goes; null without memory. */
export function portThroughWall(inside: InsidePort): Port | null {
  const object = allocateObject(ObjectKind.Port);
  if (object == null) return null;
  const port = changetype<Port>(object);
  port.endpoint = wall();
  port.endpointGeneration = wall().generation;
  port.badge = changetype<u32>(inside);
  return port;
}

/** A handle of `process` to a service's port, whose reference it takes: ENOMEM or ENFILE, and it does not. */
export function handOut(process: Process, inside: InsidePort): u32 {
  const port = portThroughWall(inside);
  if (port == null) return failure(Errno.ENOMEM);
  const handle = insertHandle(process, port, PORT_RIGHTS, 0);
  if (handle != 0) return handle;
  releaseObject(port);
  return failure(Errno.ENFILE);
}

/** The port inside that a port leads to through the wall; null: it leads elsewhere. */
export function insideOf(port: Port): InsidePort | null {
  const isThrough = port.kind == ObjectKind.Port && port.endpoint == wall();
  return isThrough ? changetype<InsidePort>(port.badge) : null;
}
