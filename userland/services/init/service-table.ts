/** The services of this system: what the manifest says of each, and what init made for it. */
import { sameBytes } from '../../runtime/bytes';

/** tools/images/manifest.ts keeps to these two. */
export const MOST_SERVICES: u32 = 32;
const MOST_PATHS: u32 = 64;

@unmanaged
export class Service {
  // From the manifest.
  nameAddress: usize;
  nameLength: u32;
  imageAddress: usize;
  imageLength: u32;
  priority: u32;
  /** Threads that serve. */
  threads: u32;
  stackBytes: u32;
  /** Bytes of memory beside its stack. */
  memoryBytes: u32;
  /** Bytes of memory that outlive it; 0: none. */
  keptBytes: u32;
  restarts: bool;
  hasProtocol: bool;
  protocol: u32;
  /** Uses other services: gets a handle to the names server. */
  usesOthers: bool;
  registersAddress: usize;
  registersLength: u32;
  interruptAddress: usize;
  interruptLength: u32;
  /** Which of the devices that are compatible: what its register DeviceID says; 0: the first. */
  deviceId: u32;
  /** Bytes of memory that the device reaches too; 0: none. */
  dmaBytes: u32;
  /** The name of the service without which it is not started; empty: none. */
  requiresAddress: usize;
  requiresLength: u32;
  /** It is no defect of the machine if its device is missing. */
  isOptional: bool;
  /** Reads the initrd. */
  readsInitrd: bool;
  /** Restarts others: it is the supervisor. */
  supervises: bool;
  /** The line of its arguments, separated by spaces. */
  argumentsAddress: usize;
  argumentsLength: u32;

  /** It lies in the kernel, which has started it; init knows only its paths and publicEndpoint. */
  isInside: bool;
  /** It was tried whether it can be made. */
  isDecided: bool;
  /** Everything below was made: it can be started. */
  isComplete: bool;

  // Made by init; handles, 0: none.
  process: u32;
  thread: u32;
  endpoint: u32;
  /** A copy of the endpoint for the public: Call only, with PUBLIC_BADGE. */
  publicEndpoint: u32;
  registers: u32;
  kept: u32;
  dma: u32;
  /** Physical address of `dma`. */
  dmaAddress: u32;
  notification: u32;
  interrupt: u32;
}

/** A path and the service that answers there. */
@unmanaged
export class ProvidedPath {
  address: usize;
  length: u32;
  service: u32;
  /** The service answers there only if no other does. */
  isFallback: bool;
}

@unmanaged
export class ServiceTable {
  count: u32;
  pathCount: u32;
  private services: usize;
  private paths: usize;

  static on(memoryOfTable: usize): ServiceTable {
    const table = changetype<ServiceTable>(memoryOfTable);
    table.services = memory.data(<i32>MOST_SERVICES * offsetof<Service>(), 8);
    table.paths = memory.data(<i32>MOST_PATHS * offsetof<ProvidedPath>(), 8);
    return table;
  }

  service(index: u32): Service {
    return changetype<Service>(this.services + <usize>index * <usize>offsetof<Service>());
  }

  path(index: u32): ProvidedPath {
    return changetype<ProvidedPath>(this.paths + <usize>index * <usize>offsetof<ProvidedPath>());
  }

  /** A new service at the end; null if the table is full. */
  addService(): Service | null {
    if (this.count == MOST_SERVICES) return null;
    this.count += 1;
    return this.service(this.count - 1);
  }

  /** Notes a path of the last service; false if the table is full. */
  addPath(address: usize, length: u32, isFallback: bool): bool {
    if (this.pathCount == MOST_PATHS) return false;
    const path = this.path(this.pathCount);
    this.pathCount += 1;
    path.address = address;
    path.length = length;
    path.service = this.count - 1;
    path.isFallback = isFallback;
    return true;
  }

  /** Whether the service of a path is the one that answers there. */
  isInUse(path: ProvidedPath): bool {
    if (!path.isFallback) return true;
    for (let i: u32 = 0; i < this.pathCount; i++) {
      const other = this.path(i);
      if (other.isFallback || !this.service(other.service).isComplete) continue;
      if (sameBytes(other.address, other.length, path.address, path.length)) return false;
    }
    return true;
  }
}
