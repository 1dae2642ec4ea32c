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

/** 0, or what finding one of them ended with. */
export function findServices(): i32 {
  const console = findKnownService('/svc/console');
  const init = findKnownService('/svc/init');
  const power = findKnownService('/svc/power');
  if (console < 0 || init < 0 || power < 0) return <i32>min(console, min(init, power));
  consoleEndpoint = <u32>console;
  initEndpoint = <u32>init;
  powerEndpoint = <u32>power;
  return 0;
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
