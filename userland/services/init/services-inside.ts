/** Services inside the kernel: init has not started them, but makes their paths known with all others. */
import { KernelClient, PROVIDED_PATH_PATH_MAX } from 'stubs/kernel';
import { ServiceTable } from './service-table';

/** Of all their paths together. */
const PATH_BYTES: i32 = 1024;

/**
 * Adds a service to the table for each path that leads into the kernel, behind those of the manifest.
 *
 * @param kernel the port of the kernel's own service
 */
export function addServicesInside(table: ServiceTable, kernel: u32): void {
  const client = KernelClient.at(kernel);
  let place = memory.data(PATH_BYTES);
  const end = place + PATH_BYTES;
  for (let index: u32 = 0; ; index++) {
    const room = min<u32>(<u32>(end - place), PROVIDED_PATH_PATH_MAX);
    const length = client.providedPath(index, place, room);
    if (length < 0 || <u32>length > room) return;
    const endpoint = client.providedEndpoint(index);
    // One that could not start has none.
    if (endpoint < 0) continue;
    const service = table.addService();
    if (service === null) return;
    service.isInside = true;
    service.isComplete = true;
    service.publicEndpoint = <u32>endpoint;
    if (!table.addPath(place, <u32>length, client.isFallback(index) > 0)) return;
    place += <usize>length;
  }
}
