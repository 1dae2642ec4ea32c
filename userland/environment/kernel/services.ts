/** The services that this one uses. */
import { Errno } from '../../abi/errno.enums';
import { serviceAt } from '../../../kernels/inside/services';

/** Path number `index` under which a service is found, or null: there are not so many (the binding). */
declare function provided_path(index: u32): string | null;
/** Number of the service that provides it. */
declare function path_provider(index: u32): u32;

/** The service that provides a path such as `/svc/block`; ENOENT if none does, or it did not start. */
export function findService(path: string): i64 {
  let index: u32 = 0;
  let candidate = provided_path(index);
  while (candidate != null) {
    const service = serviceAt(path_provider(index));
    if (service.isRunning && isSame(candidate, path)) return <i64>service.port;
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
