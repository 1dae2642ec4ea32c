/**
 * The services that the shell itself stands on. It finds them when it starts, so that they can be
 * reached even if the names server should be gone for good.
 */
import { ConsoleClient } from 'stubs/console';
import { InitClient } from 'stubs/init';
import { PowerClient } from 'stubs/power';
import { findKnownService } from './paths';

let consoleEndpoint: u32 = 0;
let initEndpoint: u32 = 0;
let powerEndpoint: u32 = 0;

/**
 * 0, or what finding the terminal ended with. Without the others there is a shell, too: calls to
 * what is not there return EBADF.
 */
export function findServices(): i32 {
  const console = findKnownService('/svc/console');
  if (console < 0) return <i32>console;
  consoleEndpoint = <u32>console;
  initEndpoint = endpointOrNone(findKnownService('/svc/init'));
  powerEndpoint = endpointOrNone(findKnownService('/svc/power'));
  return 0;
}

function endpointOrNone(found: i64): u32 {
  return found < 0 ? 0 : <u32>found;
}

export function terminal(): ConsoleClient {
  return ConsoleClient.at(consoleEndpoint);
}

export function init(): InitClient {
  return InitClient.at(initEndpoint);
}

export function power(): PowerClient {
  return PowerClient.at(powerEndpoint);
}
