/** How the system starts: the services inside, and then the first process, which is told of them. */
import { SERVICES } from 'placement/inside';
import { currentHart } from '../core/hart';
import { panic } from '../core/panic';
import { Platform } from '../core/platform';
import { Port as InsidePort } from '../inside/port-table';
import { addService, serviceAt } from '../inside/services';
import { addServices } from '../inside/start-services';
import { startFirstProcess } from '../micro/first-process';
import { KERNEL } from './kernel-service';
import { startEarlyServices } from './late-services';
import { claimSource, portThroughWall } from './wall';

let machine: u32 = 0;
let deviceTree: u32 = 0;

/** Makes all services known, with their devices, before the first process. */
export function prepareSystem(platform: Platform, tree: u32): void {
  machine = changetype<u32>(platform);
  deviceTree = tree;
  addServices(SERVICES);
  if (addService('kernel') == null) panic('no memory for the services');
  for (let number: u32 = 0; number < SERVICES; number++) claimSource(serviceAt(number));
}

/** Starts the services inside that need nobody outside, and the first process. */
export function startSystem(): void {
  startEarlyServices();
  const kernel = serviceAt(KERNEL);
  kernel.isRunning = true;
  // This reference is never given up.
  const port = portThroughWall(changetype<InsidePort>(kernel.port));
  if (port == null) panic('no memory for the services');
  startFirstProcess(currentHart(), changetype<Platform>(machine), deviceTree, port);
}
