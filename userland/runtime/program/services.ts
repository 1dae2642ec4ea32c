/** Services by their paths. */
import { Errno } from '../../abi/errno.enums';
import { names, path } from './paths';

/** Makes `path` the path of a service: without a leading `/` it is one of /svc. */
export function servicePath(name: usize, length: u32): void {
  path.clear();
  if (length == 0 || load<u8>(name) != 0x2f) path.text('/svc/');
  path.bytes(name, length);
}

/** The endpoint of the service at exactly `path`: the caller closes it. ENOENT, ENAMETOOLONG. */
export function findService(): i64 {
  if (path.truncated) return -Errno.ENAMETOOLONG;
  return names().find(path.address, path.length);
}

/** The endpoint of a service whose path is known beforehand. */
export function findKnownService(literal: string): i64 {
  path.clear();
  path.text(literal);
  return findService();
}
