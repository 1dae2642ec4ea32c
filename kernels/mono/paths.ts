/** Which service is where in the tree of names: what the image description says, and the kernel's own. */
import { PATHS, isFallback, pathProvider, providedPath } from 'stubs/inside';
import { serviceAt } from '../inside/services';
import { NAMES, NAMES_PATH, PROCESS, PROCESS_PATH } from './own-services';

const SLASH: u8 = 0x2f;
/** Numbers of the kernel's own paths. */
const OWN_NAMES: u32 = PATHS;
const OWN_PROCESS: u32 = PATHS + 1;
export const ALL_PATHS: u32 = PATHS + 2;

/** Path number `index`, which is below ALL_PATHS. */
export function pathAt(index: u32): string {
  if (index == OWN_NAMES) return NAMES_PATH;
  return index == OWN_PROCESS ? PROCESS_PATH : providedPath(index);
}

/** Number of the service that it leads to. */
function providerOf(index: u32): u32 {
  if (index == OWN_NAMES) return NAMES;
  return index == OWN_PROCESS ? PROCESS : pathProvider(index);
}

/** A port of the service that path number `index` leads to; 0: it does not run. */
export function portAt(index: u32): u32 {
  const service = serviceAt(providerOf(index));
  return service.isRunning ? service.port : 0;
}

/** Whether the service runs, and no other that is preferred provides the same path. */
export function isInUse(index: u32): bool {
  if (!serviceAt(providerOf(index)).isRunning) return false;
  if (index >= PATHS || !isFallback(index)) return true;
  for (let other: u32 = 0; other < PATHS; other++) {
    const isSame = !isFallback(other) && isText(providedPath(other), providedPath(index));
    if (isSame && serviceAt(pathProvider(other)).isRunning) return false;
  }
  return true;
}

function isText(a: string, b: string): bool {
  if (a.length != b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a.charCodeAt(i) != b.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether `path` begins with path number `index`: whole components count. */
export function leadsTo(index: u32, path: usize, length: u32): bool {
  const prefix = pathAt(index);
  const prefixLength = <u32>prefix.length;
  if (prefixLength > length) return false;
  for (let i: u32 = 0; i < prefixLength; i++) {
    if ((load<u8>(path + i) as i32) != prefix.charCodeAt(i)) return false;
  }
  const endsInSlash = prefix.charCodeAt(prefixLength - 1) == (SLASH as i32);
  return length == prefixLength || endsInSlash || load<u8>(path + prefixLength) == SLASH;
}

/** The service in whose part of the tree `path` lies, by its port; 0: there is none. */
export function resolvePath(path: usize, length: u32): u32 {
  let best: u32 = 0;
  let bestLength: u32 = 0;
  for (let index: u32 = 0; index < ALL_PATHS; index++) {
    const own = <u32>pathAt(index).length;
    if (own <= bestLength || !isInUse(index) || !leadsTo(index, path, length)) continue;
    best = serviceAt(providerOf(index)).port;
    bestLength = own;
  }
  return best;
}

/** The service registered under exactly `path`, by its port; 0: there is none. */
export function findPath(path: usize, length: u32): u32 {
  for (let index: u32 = 0; index < ALL_PATHS; index++) {
    if (<u32>pathAt(index).length != length || !isInUse(index)) continue;
    if (leadsTo(index, path, length)) return serviceAt(providerOf(index)).port;
  }
  return 0;
}
