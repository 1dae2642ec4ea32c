/**
 * Services inside the kernel: init has not started them, but makes their paths known with all others,
 * and tells the kernel where those outside are that they need.
 */
import { KernelClient, PROVIDED_PATH_PATH_MAX } from 'stubs/kernel';
import { ServiceTable } from './service-table';

/** Of all their paths together. */
const PATH_BYTES: i32 = 1024;
const MOST_PATHS: u32 = 64;
const SLASH: u8 = 0x2f;

/** By the kernel's number of a path: its service is in the table. */
const added = memory.data(64);
const paths = memory.data(PATH_BYTES);
let used: u32 = 0;

/**
 * Adds a service to the table for each path that leads into the kernel, behind those of the manifest, if
 * it runs or will when it is called: that may depend on what was provided.
 *
 * @param kernel the port of the kernel's own service
 * @returns whether there are new ones
 */
export function addServicesInside(table: ServiceTable, kernel: u32): bool {
  const client = KernelClient.at(kernel);
  const before = table.count;
  for (let index: u32 = 0; index < MOST_PATHS; index++) {
    if (load<u8>(added + index) != 0) continue;
    const place = paths + used;
    const room = min<u32>(<u32>PATH_BYTES - used, PROVIDED_PATH_PATH_MAX);
    const length = client.providedPath(index, place, room);
    if (length < 0 || <u32>length > room) break;
    const endpoint = client.providedEndpoint(index);
    if (endpoint < 0) continue;
    const service = table.addService();
    if (service === null) break;
    service.isInside = true;
    // By its name others require it: `block` of `/svc/block`.
    service.nameLength = lastComponent(place, <u32>length);
    service.nameAddress = place + (<u32>length - service.nameLength);
    service.isComplete = true;
    service.publicEndpoint = <u32>endpoint;
    if (!table.addPath(place, <u32>length, client.isFallback(index) > 0)) break;
    store<u8>(added + index, 1);
    used += <u32>length;
  }
  return table.count != before;
}

/** Tells the kernel the paths of a service outside that was made. */
export function provideInside(table: ServiceTable, kernel: u32, service: u32): void {
  const client = KernelClient.at(kernel);
  const endpoint = table.service(service).publicEndpoint;
  if (endpoint == 0) return;
  for (let i: u32 = 0; i < table.pathCount; i++) {
    const path = table.path(i);
    if (path.service != service || path.isFallback) continue;
    client.provide(path.address, path.length, endpoint);
  }
}

/** Bytes of a path behind its last slash. */
function lastComponent(path: usize, length: u32): u32 {
  let bytes: u32 = 0;
  while (bytes < length && load<u8>(path + (length - bytes - 1)) != SLASH) bytes++;
  return bytes;
}
