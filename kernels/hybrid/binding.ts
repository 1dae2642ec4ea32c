/** What the shared half calls by symbols: services inside, by the placement's binding, and the kernel. */
import {
  PATHS,
  SERVICES,
  alarmInside,
  closeInside,
  describeService,
  dispatchInside,
  interruptInside,
  nextAlarmInside,
  pathProvider,
  providedPath,
  startService,
} from 'placement/inside';
import { dispatchKernel } from 'stubs/kernel';
import { Request } from 'environment/request';
import { ServiceDescription } from '../inside/service-description';
import { KernelService } from './kernel-service';

/** It has no fields. */
const kernel = changetype<KernelService>(memory.data(4, 4));

export function describe_service(number: u32, description: ServiceDescription): void {
  describeService(number, description);
}

export function start_service(number: u32): i32 {
  return startService(number);
}

export function dispatch_request(number: u32, request: Request): bool {
  if (number < SERVICES) return dispatchInside(number, request);
  return dispatchKernel<KernelService>(kernel, request);
}

export function interrupt_service(number: u32): void {
  interruptInside(number);
}

export function next_alarm(number: u32): u64 {
  return nextAlarmInside(number);
}

export function alarm_service(number: u32): void {
  alarmInside(number);
}

export function close_port(number: u32, badge: u32): void {
  if (number < SERVICES) closeInside(number, badge);
}

export function provided_path(index: u32): string | null {
  return index < PATHS ? providedPath(index) : null;
}

export function path_provider(index: u32): u32 {
  return pathProvider(index);
}
