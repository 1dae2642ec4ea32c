/** What the shared half calls by symbols: services inside, by the placement's binding, and the kernel. */
import {
  OUTSIDE_PATHS,
  PATHS,
  SERVICES,
  alarmInside,
  closeInside,
  describeService,
  dispatchInside,
  interruptInside,
  outsidePath,
  pathProvider,
  providedPath,
  startService,
} from 'placement/inside';
import { dispatchKernel } from 'stubs/kernel';
import { Request } from 'environment/request';
import { OUTSIDE } from '../inside/port-table';
import { ServiceDescription } from '../inside/service-description';
import { serviceAt } from '../inside/services';
import { KernelService } from './kernel-service';
import { callOutside, closeOutside } from './outside';
import { portOutside } from './outside-paths';

/** It has no fields. */
const kernel = changetype<KernelService>(memory.data(4, 4));

export function describe_service(number: u32, description: ServiceDescription): void {
  describeService(number, description);
}

export function start_service(number: u32): i32 {
  return startService(number);
}

export function dispatch_request(number: u32, request: Request): bool {
  if (number == OUTSIDE) {
    callOutside(request);
    return true;
  }
  if (number < SERVICES) return dispatchInside(number, request);
  return dispatchKernel<KernelService>(kernel, request);
}

export function interrupt_service(number: u32): void {
  interruptInside(number);
}

export function alarm_service(number: u32): void {
  alarmInside(number);
}

export function close_port(number: u32, badge: u32): void {
  if (number == OUTSIDE) closeOutside(badge);
  else if (number < SERVICES) closeInside(number, badge);
}

/** Paths inside come first. */
export function provided_path(index: u32): string | null {
  if (index < PATHS) return providedPath(index);
  return index - PATHS < OUTSIDE_PATHS ? outsidePath(index - PATHS) : null;
}

export function provided_port(index: u32): u32 {
  if (index >= PATHS) return portOutside(index - PATHS);
  const service = serviceAt(pathProvider(index));
  return service.isRunning ? service.port : 0;
}
