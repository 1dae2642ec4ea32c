/** Making a service's objects once, and starting it as often as it takes. */
import { Errno } from '../../abi/errno.enums';
import { MapAccess, Rights, StartHandle } from '../../abi/syscall.enums';
import { NAMES_PROTOCOL } from 'stubs/names';
import { sameBytes } from '../../runtime/bytes';
import { CpioReader } from '../../runtime/cpio';
import { ElfFile } from '../../runtime/elf';
import {
  createDeviceMemory,
  createEndpoint,
  createInterrupt,
  createMemory,
  createNotification,
  createProcess,
  createThread,
  deriveMemory,
  firstFrame,
  grant,
  mapInto,
  PAGE_BYTES,
  release,
  resetProcess,
  setHandler,
  startThread,
} from '../../runtime/objects';
import { InitialStack, loadImage } from '../../runtime/process-image';
import { startHandle } from '../../runtime/start-information';
import { Device, findDevice } from './device-tree';
import { Service, ServiceTable } from './service-table';
import { deviceIdAt } from './virtio-slots';

/** Badge of the handles that names gives to everybody; others carry their service's number. */
export const PUBLIC_BADGE: u32 = 0xffff;
/** The bit that a device's interrupt sets in its driver's notification. */
const INTERRUPT_BIT: u32 = 1;
/** Where a service finds its memory: nothing of its own lies there. */
const MEMORY_AT: usize = 0x2300_0000;

/** What all services are made from. */
@unmanaged
export class Sources {
  initrd: CpioReader;
  deviceTree: usize;
  deviceTreeBytes: u32;
  table: ServiceTable;
  /** Where the supervisor's own death is told. */
  endpoint: u32;
}

/** Makes a service's process, which is empty as long as it cannot be started. */
export function makeProcess(service: Service): void {
  service.process = max(0, createProcess(service.nameAddress, service.nameLength));
}

/**
 * Makes what a service has for its whole life, however often it is started, beside its process: endpoint,
 * and what it may touch of its device. 0 or a negative Errno; ENODEV: the machine has no such device.
 */
export function makeService(sources: Sources, service: Service): i32 {
  if (service.process == 0) return -Errno.ENOMEM;
  if (service.hasProtocol) {
    service.endpoint = max(0, createEndpoint(service.protocol));
    if (service.endpoint == 0) return -Errno.ENOMEM;
    service.publicEndpoint = publicCopy(service.endpoint);
  }
  if (service.registersLength != 0) {
    const device = deviceOf(sources, service, service.registersAddress, service.registersLength);
    if (device === null || device.bytes == 0) return -Errno.ENODEV;
    const bytes = (device.bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
    const registers = deriveMemory(startHandle(StartHandle.DeviceMemory), device.address, bytes);
    if (registers < 0) return registers;
    service.registers = registers;
  }
  if (service.keptBytes != 0) {
    service.kept = max(0, createMemory(service.keptBytes));
    if (service.kept == 0) return -Errno.ENOMEM;
  }
  if (service.dmaBytes != 0) {
    const error = makeDeviceMemory(service);
    if (error < 0) return error;
  }
  if (service.interruptLength != 0) {
    const device = deviceOf(sources, service, service.interruptAddress, service.interruptLength);
    if (device === null || device.interrupt == 0) return -Errno.ENODEV;
    return makeInterrupt(service, device.interrupt);
  }
  return 0;
}

/** A copy of an endpoint's handle by which one can call and pass it on, and nothing else. */
export function publicCopy(endpoint: u32): u32 {
  const self = startHandle(StartHandle.Self);
  return max(0, grant(self, endpoint, Rights.Call | Rights.Copy, PUBLIC_BADGE));
}

function makeInterrupt(service: Service, source: u32): i32 {
  const notification = createNotification(service.endpoint);
  if (notification < 0) return notification;
  service.notification = notification;
  const root = startHandle(StartHandle.Interrupts);
  const interrupt = createInterrupt(root, source, notification, INTERRUPT_BIT);
  if (interrupt < 0) return interrupt;
  service.interrupt = interrupt;
  return 0;
}

/** Memory that the service's device may be told of. It stays when the service dies: so does the device. */
function makeDeviceMemory(service: Service): i32 {
  const dma = createDeviceMemory(startHandle(StartHandle.DeviceMemory), service.dmaBytes);
  if (dma < 0) return dma;
  service.dma = dma;
  const frame = firstFrame(dma);
  if (frame < 0) return frame;
  service.dmaAddress = <u32>frame * PAGE_BYTES;
  return 0;
}

/** Whether the service that this one cannot do without was made. */
export function hasRequired(table: ServiceTable, service: Service): bool {
  if (service.requiresLength == 0) return true;
  for (let i: u32 = 0; i < table.count; i++) {
    const other = table.service(i);
    if (!other.isComplete || other.nameLength != service.requiresLength) continue;
    if (sameBytes(other.nameAddress, other.nameLength, service.requiresAddress, other.nameLength)) {
      return true;
    }
  }
  return false;
}

const chosen = changetype<Device>(memory.data(offsetof<Device>(), 4));

/** The device that a service drives: of several in slots, the one with the lowest address. */
function deviceOf(
  sources: Sources,
  service: Service,
  compatible: usize,
  length: u32,
): Device | null {
  const deviceTree = sources.deviceTree;
  const deviceTreeBytes = sources.deviceTreeBytes;
  if (service.deviceId == 0) return findDevice(deviceTree, deviceTreeBytes, compatible, length);
  chosen.bytes = 0;
  for (let skip: u32 = 0; ; skip++) {
    const found = findDevice(deviceTree, deviceTreeBytes, compatible, length, skip);
    if (found === null) break;
    if (found.bytes == 0 || deviceIdAt(found.address) != service.deviceId) continue;
    if (chosen.bytes != 0 && chosen.address < found.address) continue;
    memory.copy(changetype<usize>(chosen), changetype<usize>(found), offsetof<Device>());
  }
  return chosen.bytes == 0 ? null : chosen;
}

const file = memory.data(offsetof<ElfFile>(), 4);
const stack = memory.data(offsetof<InitialStack>(), 4);
const handles = memory.data(<i32>StartHandle.Count * 4, 4);

/**
 * Loads a service's image and lets it run, from nothing or after its death. 0 or a negative Errno:
 * ENOENT (the initrd has no such file), ENOEXEC, ENOMEM; the process is empty then.
 */
export function startService(sources: Sources, index: u32): i32 {
  const service = sources.table.service(index);
  resetService(service);
  const error = loadAndRun(sources, service, index);
  if (error < 0) resetService(service);
  return error;
}

/** Ends what runs; calls that it had received get EDIED, calls that wait stay. */
function resetService(service: Service): void {
  if (service.thread == 0) return;
  resetProcess(service.process);
  release(service.thread);
  service.thread = 0;
}

/** Ends a service for good: whoever waits for it, or calls it later, gets EBADF. */
export function stopService(service: Service): void {
  resetService(service);
  if (service.publicEndpoint != 0) release(service.publicEndpoint);
  if (service.endpoint != 0) release(service.endpoint);
  service.publicEndpoint = 0;
  service.endpoint = 0;
}

function loadAndRun(sources: Sources, service: Service, index: u32): i32 {
  const initrd = sources.initrd;
  if (!initrd.find(service.imageAddress, service.imageLength)) return -Errno.ENOENT;
  const thread = createThread(service.process);
  if (thread < 0) return thread;
  service.thread = thread;
  const entry = loadImage(service.process, ElfFile.on(file, initrd.contents, initrd.size));
  if (entry < 0) return entry;
  grantHandles(sources, service, index);
  const given = giveMemory(service);
  if (given < 0) return given;
  let error = InitialStack.create(stack, service.stackBytes);
  if (error < 0) return error;
  const initial = changetype<InitialStack>(stack);
  const information = initial.fill(lineOfArguments(service), lineLength(service), handles);
  error = initial.moveTo(service.process);
  if (error < 0) return error;
  const handler = handlerOf(sources, service);
  if (handler != 0) setHandler(service.process, handler, index);
  return startThread(thread, entry, information, information, service.priority);
}

/** Fills the table of what the process finds at its start: this, and nothing else, it may touch. */
function grantHandles(sources: Sources, service: Service, index: u32): void {
  memory.fill(handles, 0, <usize>StartHandle.Count * 4);
  const table = sources.table;
  give(service, StartHandle.Self, service.process, Rights.Manage | Rights.Inspect, 0);
  give(service, StartHandle.Endpoint, service.endpoint, Rights.Receive, 0);
  if (service.usesOthers) {
    const names = findByProtocol(table, NAMES_PROTOCOL);
    if (names !== null && names != service) {
      give(service, StartHandle.Names, names.endpoint, Rights.Call | Rights.Copy, index);
    }
  }
  if (service.supervises || service.protocol == NAMES_PROTOCOL) {
    give(service, StartHandle.Init, sources.endpoint, Rights.Call, index);
  }
  give(service, StartHandle.Registers, service.registers, Rights.Read | Rights.Write, 0);
  give(service, StartHandle.Kept, service.kept, Rights.Read | Rights.Write, 0);
  give(service, StartHandle.Dma, service.dma, Rights.Read | Rights.Write, 0);
  tell(StartHandle.DmaAddress, service.dmaAddress);
  tell(StartHandle.Threads, service.threads);
  tell(StartHandle.Priority, service.priority);
  give(service, StartHandle.Interrupt, service.interrupt, Rights.Manage | Rights.Wait, 0);
  give(service, StartHandle.Notification, service.notification, Rights.Wait, 0);
  if (service.readsInitrd) {
    give(service, StartHandle.Initrd, startHandle(StartHandle.Initrd), Rights.Read, 0);
  }
}

/** Memory that lives as long as the process, zeroed each time. ENOMEM. */
function giveMemory(service: Service): i32 {
  const bytes = service.memoryBytes;
  if (bytes == 0) return 0;
  const pages = createMemory(bytes);
  if (pages < 0) return pages;
  const access = MapAccess.Read | MapAccess.Write;
  const error = mapInto(service.process, pages, MEMORY_AT, 0, bytes, access);
  // The pages live as long as they are mapped.
  release(pages);
  tell(StartHandle.Memory, <u32>MEMORY_AT);
  tell(StartHandle.MemoryBytes, bytes);
  return min(error, 0);
}

function tell(place: StartHandle, value: u32): void {
  store<u32>(handles + <usize>place * 4, value);
}

function give(service: Service, place: StartHandle, handle: u32, rights: u32, badge: u32): void {
  if (handle == 0) return;
  const granted = grant(service.process, handle, rights, badge);
  tell(place, max(0, granted));
}

/** Who is told of a service's death: the supervisor; of the supervisor's own, init. */
function handlerOf(sources: Sources, service: Service): u32 {
  if (service.supervises) return sources.endpoint;
  const table = sources.table;
  for (let i: u32 = 0; i < table.count; i++) {
    if (table.service(i).supervises) return table.service(i).endpoint;
  }
  return 0;
}

function findByProtocol(table: ServiceTable, protocol: u32): Service | null {
  for (let i: u32 = 0; i < table.count; i++) {
    const service = table.service(i);
    if (service.hasProtocol && service.protocol == protocol) return service;
  }
  return null;
}

/** The service's name and its arguments, as one line: they follow each other in this buffer. */
const line = memory.data(512);

function lineOfArguments(service: Service): usize {
  memory.copy(line, service.nameAddress, service.nameLength);
  if (service.argumentsLength != 0) {
    store<u8>(line + service.nameLength, 0x20);
    memory.copy(line + service.nameLength + 1, service.argumentsAddress, service.argumentsLength);
  }
  return line;
}

function lineLength(service: Service): u32 {
  const rest = service.argumentsLength == 0 ? 0 : service.argumentsLength + 1;
  return service.nameLength + rest;
}
