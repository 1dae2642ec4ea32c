/** From what a user types to the servers behind it. */
import { Errno } from '../../abi/errno.enums';
import { StartHandle } from '../../abi/syscall.enums';
import { NamesClient, RESOLVE_PATH_MAX } from 'stubs/names';
import { startHandle } from '../../runtime/start-information';
import { TextBuilder } from '../../runtime/text-builder';

const SLASH: u8 = 0x2f;

/** The path that was made last: it is good until the next one is made. */
export const path = TextBuilder.on(
  memory.data(offsetof<TextBuilder>(), 4),
  memory.data(<i32>RESOLVE_PATH_MAX),
  RESOLVE_PATH_MAX,
);

export function names(): NamesClient {
  return NamesClient.at(startHandle(StartHandle.Names));
}

/** Makes `path` the absolute path of a file: without a leading `/` it counts from the root. */
export function filePath(name: usize, length: u32): void {
  path.clear();
  if (length == 0 || load<u8>(name) != SLASH) path.byte(SLASH);
  path.bytes(name, length);
}

/** Makes `path` the path of a service: without a leading `/` it is one of /svc. */
export function servicePath(name: usize, length: u32): void {
  path.clear();
  if (length == 0 || load<u8>(name) != SLASH) path.text('/svc/');
  path.bytes(name, length);
}

/**
 * The endpoint of the server in whose part of the tree `path` lies: the caller releases it. ENOENT;
 * ENAMETOOLONG; or what the call to the names server ended with.
 */
export function resolvePath(): i64 {
  if (path.truncated) return -Errno.ENAMETOOLONG;
  return names().resolve(path.address, path.length);
}

/** The endpoint of the service at exactly `path`; the same errors. */
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
