/** What the shared half calls by symbols: services inside, by the image's binding, and the kernel's own. */
import { dispatchNames } from 'stubs/names';
import { dispatchProcess } from 'stubs/process';
import {
  SERVICES,
  alarmInside,
  closeInside,
  describeService,
  dispatchInside,
  interruptInside,
  startService,
} from 'stubs/inside';
import { Request } from 'environment/request';
import { ServiceDescription } from '../inside/service-description';
import { NamesService } from './names-service';
import { NAMES } from './own-services';
import { ALL_PATHS, pathAt, portAt } from './paths';
import { ProcessService } from './process-service';

// Neither has fields.
const names = changetype<NamesService>(memory.data(4, 4));
const processes = changetype<ProcessService>(memory.data(4, 4));

export function describe_service(number: u32, description: ServiceDescription): void {
  describeService(number, description);
}

export function start_service(number: u32): i32 {
  return startService(number);
}

export function dispatch_request(number: u32, request: Request): bool {
  if (number < SERVICES) return dispatchInside(number, request);
  if (number == NAMES) return dispatchNames<NamesService>(names, request);
  return dispatchProcess<ProcessService>(processes, request);
}

export function interrupt_service(number: u32): void {
  interruptInside(number);
}

export function alarm_service(number: u32): void {
  alarmInside(number);
}

export function close_port(number: u32, badge: u32): void {
  if (number < SERVICES) closeInside(number, badge);
  else if (number != NAMES) processes.closed(badge);
}

export function provided_path(index: u32): string | null {
  return index < ALL_PATHS ? pathAt(index) : null;
}

export function provided_port(index: u32): u32 {
  return portAt(index);
}
