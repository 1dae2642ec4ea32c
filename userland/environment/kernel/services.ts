/** The services that this one uses. */
import { Errno } from '../../abi/errno.enums';

/** Path number `index` under which a service is found, or null: there are not so many (the binding). */
declare function provided_path(index: u32): string | null;
/** A port of the service that provides it; 0: it does not run. */
declare function provided_port(index: u32): u32;

/** The service that provides a path such as `/svc/block`; ENOENT if none does, or it did not start. */
export function findService(path: string): i64 {
  let index: u32 = 0;
  let candidate = provided_path(index);
  while (candidate != null) {
    if (isSame(candidate, path)) {
      const port = provided_port(index);
      if (port != 0) return <i64>port;
    }
    index++;
    candidate = provided_path(index);
  }
  return -Errno.ENOENT;
}

/** As `==`, which asc's library would bring along with much else. */
function isSame(a: string, b: string): bool {
  if (a.length != b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a.charCodeAt(i) != b.charCodeAt(i)) return false;
  }
  return true;
}
