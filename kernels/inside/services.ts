/** The services inside, by number. */
import { NEVER } from '../core/time';
import { createPort } from './port-table';
import { Service } from './service';

/** tools/images/inside.ts checks that there are no more, the kernel's own included. */
const MOST_SERVICES: u32 = 32;
const SERVICE_BYTES: u32 = 96;

const services = memory.data(3072, 8) as u32;
let count: u32 = 0;

export function serviceCount(): u32 {
  return count;
}

export function serviceAt(number: u32): Service {
  return changetype<Service>(services + number * SERVICE_BYTES);
}

/** The next service, with a port that stands for it; null without memory for that. */
export function addService(name: string): Service | null {
  assert(offsetof<Service>() <= SERVICE_BYTES);
  assert(count < MOST_SERVICES);
  const port = createPort(count, 0);
  if (port == null) return null;
  const service = serviceAt(count);
  service.number = count;
  service.name = name;
  service.alarm = NEVER;
  service.port = changetype<u32>(port);
  count++;
  return service;
}
