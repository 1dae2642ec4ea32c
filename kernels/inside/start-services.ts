/** Starts the services inside, with what the image description gives each. */
import { Errno } from '../../userland/abi/errno.enums';
import { allocateFrames } from '../core/frames';
import { log, logDecimal } from '../core/log';
import { PAGE_SHIFT, pageUp } from '../core/paging';
import { panic } from '../core/panic';
import { deviceInterrupt, deviceRegisters } from './devices';
import { connectInterrupt } from './interrupts';
import { Service } from './service';
import { setRunningService } from './service-context';
import { ServiceDescription } from './service-description';
import { addService, serviceAt } from './services';

/** The image's binding. */
declare function describe_service(number: u32, description: ServiceDescription): void;
declare function start_service(number: u32): i32;

const DESCRIPTION_BYTES: u32 = 64;
const description = changetype<ServiceDescription>(memory.data(64, 8));

/** Makes the services numbered below `count` known, with their devices and memory. None runs yet. */
export function addServices(count: u32): void {
  assert(offsetof<ServiceDescription>() <= DESCRIPTION_BYTES);
  for (let number: u32 = 0; number < count; number++) {
    describe_service(number, description);
    const service = addService(description.name);
    if (service == null) {
      panic('no memory for the services');
      return;
    }
    equip(service);
  }
}

/** Starts a service. If it cannot run, returns why, and the log says so: it is left out. */
export function startService(number: u32): i32 {
  describe_service(number, description);
  const service = serviceAt(number);
  if (!hasDevice(service)) {
    if (!description.isOptional) complain(service, 'its device is missing', 0);
    return -Errno.ENODEV;
  }
  const needed = description.requires;
  if (needed != number && !serviceAt(needed).isRunning) return -Errno.ENODEV;
  setRunningService(changetype<u32>(service));
  const error = start_service(number);
  setRunningService(0);
  if (error < 0) complain(service, 'does not start: error ', -error);
  else service.isRunning = true;
  return error;
}

/** Whether the devices of a service are there. */
export function hasDevices(number: u32): bool {
  describe_service(number, description);
  return hasDevice(serviceAt(number));
}

/** The number of the service without which this one is left out; its own: none. */
export function requiredService(number: u32): u32 {
  describe_service(number, description);
  return description.requires;
}

function equip(service: Service): void {
  const registers = description.registers;
  if (registers != null) service.registers = deviceRegisters(registers, description.device);
  const interrupt = description.interrupt;
  if (interrupt != null) {
    connectInterrupt(deviceInterrupt(interrupt, description.device), service);
  }
  service.dmaBytes = description.dma;
  service.dma = service.registers == 0 ? 0 : takeMemory(description.dma);
  service.keptBytes = description.kept;
  service.kept = takeMemory(description.kept);
  service.readsInitrd = description.readsInitrd;
}

/** The description is the service's. */
function hasDevice(service: Service): bool {
  if (description.registers != null && service.registers == 0) return false;
  return description.interrupt == null || service.source != 0;
}

/** Zeroed pages, adjacent, where they are for devices too. */
function takeMemory(bytes: u32): u32 {
  if (bytes == 0) return 0;
  const address = allocateFrames(pageUp(bytes) >> PAGE_SHIFT);
  if (address == 0) panic('no memory for the services');
  return address;
}

function complain(service: Service, problem: string, error: u32): void {
  log('service ');
  log(service.name);
  log(': ');
  log(problem);
  if (error != 0) logDecimal(error);
  log('\n');
}
