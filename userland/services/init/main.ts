/**
 * The first process: starts the services of the manifest, tells others about them, and starts again
 * what the supervisor asks for, and the supervisor itself. It calls nobody, so that nothing that has
 * died can hold it up.
 */
import { Errno } from '../../abi/errno.enums';
import { MANIFEST_PATH } from '../../abi/initrd';
import { MapAccess, StartHandle } from '../../abi/syscall.enums';
import { dispatchInit, INIT_PROTOCOL } from 'stubs/init';
import { dispatchBase } from 'environment/base-service';
import { ticks } from '../../runtime/clock';
import { CpioReader } from '../../runtime/cpio';
import { createEndpoint, log, mapWhole, unmap } from '../../runtime/objects';
import { FOREVER, reply, Request, REQUEST_BYTES } from 'environment/request';
import { startHandle } from '../../runtime/start-information';
import { TextBuilder } from '../../runtime/text-builder';
import { Death, isDeath } from './death';
import { InitServer } from './init-server';
import { readManifest } from './manifest';
import { RestartLimit } from './restart-limit';
import { Service, ServiceTable } from './service-table';
import { addServicesInside, provideInside } from './services-inside';
import {
  hasRequired,
  makeProcess,
  makeService,
  publicCopy,
  Sources,
  startService,
  stopService,
} from './start-service';

/** Where init maps what it reads; its image and the loader's window lie elsewhere. */
const INITRD_AT: usize = 0x4000_0000;
const DEVICE_TREE_AT: usize = 0x3000_0000;
const LINE_BYTES: i32 = 160;

const sources = changetype<Sources>(memory.data(offsetof<Sources>(), 4));
const initrd = memory.data(offsetof<CpioReader>(), 4);
const table = memory.data(offsetof<ServiceTable>(), 4);
const server = changetype<InitServer>(memory.data(offsetof<InitServer>(), 4));
const requestMemory = memory.data(REQUEST_BYTES, 4);
/** When the supervisor is to be started again, in ticks; FOREVER: it runs. */
let supervisorStart: u64 = FOREVER;
const supervisorLimit = changetype<RestartLimit>(memory.data(offsetof<RestartLimit>(), 8));
const line = memory.data(offsetof<TextBuilder>(), 4);
const lineText = memory.data(LINE_BYTES);

export function main(start: usize): i32 {
  const prepared = prepare();
  if (prepared < 0) return prepared;
  startAll();
  const request = Request.on(requestMemory, sources.endpoint);
  while (true) {
    const error = request.nextUntil(supervisorStart);
    if (error == -Errno.ETIMEDOUT) startSupervisor();
    else if (error < 0) return 1;
    else if (isDeath(request)) superviseSupervisor(request);
    else dispatchBase(request) || dispatchInit<InitServer>(server, request) || request.refuse();
  }
}

/** Finds the manifest and reads it; a negative Errno has been logged. */
function prepare(): i32 {
  const initrdBytes = mapWhole(startHandle(StartHandle.Initrd), INITRD_AT, MapAccess.Read);
  if (initrdBytes < 0) return fail('the initrd', initrdBytes);
  const treeBytes = mapWhole(startHandle(StartHandle.DeviceTree), DEVICE_TREE_AT, MapAccess.Read);
  if (treeBytes < 0) return fail('the device tree', treeBytes);
  sources.initrd = CpioReader.on(initrd, INITRD_AT, initrdBytes);
  sources.deviceTree = DEVICE_TREE_AT;
  sources.deviceTreeBytes = treeBytes;
  sources.table = ServiceTable.on(table);
  const endpoint = createEndpoint(INIT_PROTOCOL);
  if (endpoint < 0) return fail('an endpoint', endpoint);
  sources.endpoint = endpoint;
  server.sources = sources;
  server.death = changetype<Death>(memory.data(offsetof<Death>(), 4));

  if (!findManifest()) return fail(MANIFEST_PATH, -Errno.ENOENT);
  const wrong = readManifest(sources.table, sources.initrd.contents, sources.initrd.size);
  if (wrong == 0) return 0;
  message().text(MANIFEST_PATH).text(': line ').decimal(wrong).text(' is wrong');
  send();
  return -Errno.EINVAL;
}

function findManifest(): bool {
  const path = message().text(MANIFEST_PATH);
  const prefix = 'init: '.length;
  return sources.initrd.find(path.address + prefix, path.length - prefix);
}

/** Makes every service's objects first, so that the first one started can already call the last. */
function startAll(): void {
  const services = sources.table;
  // Service 0 is init itself.
  services.service(0).process = startHandle(StartHandle.Self);
  services.service(0).publicEndpoint = publicCopy(sources.endpoint);
  services.service(0).isComplete = true;
  for (let i: u32 = 1; i < services.count; i++) makeProcess(services.service(i));
  const kernel = startHandle(StartHandle.Inside);
  if (kernel != 0) provideInside(services, kernel, 0);
  while (makeSome(kernel)) {}
  for (let i: u32 = 1; i < services.count; i++) {
    const service = services.service(i);
    if (!service.isInside && !service.isDecided) giveUp(service, -Errno.ENODEV);
  }
  // All devices are found.
  unmap(DEVICE_TREE_AT, sources.deviceTreeBytes);
  for (let i: u32 = 1; i < services.count; i++) {
    if (!services.service(i).isComplete || services.service(i).isInside) continue;
    const error = startService(sources, i);
    if (error < 0) complain(services.service(i), error);
  }
}

/**
 * Makes the services whose requirements are met, each before those for which it is one, and learns which
 * services inside the kernel there are with that. False: nothing has changed.
 */
function makeSome(kernel: u32): bool {
  const services = sources.table;
  let hasMade = kernel != 0 && addServicesInside(services, kernel);
  for (let i: u32 = 1; i < services.count; i++) {
    const service = services.service(i);
    if (service.isInside || service.isDecided || !hasRequired(services, service)) continue;
    hasMade = true;
    service.isDecided = true;
    const error = makeService(sources, service);
    service.isComplete = error >= 0;
    if (error < 0) giveUp(service, error);
    else if (kernel != 0) provideInside(services, kernel, i);
  }
  return hasMade;
}

/** Nobody shall wait for a server that will never come. */
function giveUp(service: Service, error: i32): void {
  if (error != -Errno.ENODEV || !service.isOptional) complain(service, error);
  stopService(service);
}

/** The supervisor died. It cannot report that itself, but the next one will. */
function superviseSupervisor(request: Request): void {
  server.death.take(request);
  server.hasDeath = true;
  reply(request.keep(), 0);
  const now = ticks();
  supervisorStart = supervisorLimit.startAgainAt(now);
  if (supervisorStart <= now) startSupervisor();
}

function startSupervisor(): void {
  supervisorStart = FOREVER;
  const index = server.death.service;
  const error = startService(sources, index);
  if (error < 0) complain(sources.table.service(index), error);
}

function complain(service: Service, error: i32): void {
  const text = message().text('service ').bytes(service.nameAddress, service.nameLength);
  if (error == -Errno.ENODEV) text.text(': the machine has no such device');
  else if (error == -Errno.ENOENT) text.text(': its image is not in the initrd');
  else if (error == -Errno.ENOEXEC) text.text(': its image is not an executable for this machine');
  else if (error == -Errno.ENOMEM) text.text(': out of memory');
  else text.text(': error ').signed(-error);
  send();
}

function fail(what: string, error: i32): i32 {
  message().text(what).text(' is not there: error ').signed(-error);
  send();
  return error;
}

function message(): TextBuilder {
  return TextBuilder.on(line, lineText, LINE_BYTES).text('init: ');
}

/** init has no console: the kernel's log is all it can write to. */
function send(): void {
  const text = changetype<TextBuilder>(line).line();
  log(text.address, text.length);
}
