import type { Buffer, Handle, Text } from './types';

/**
 * The services that a kernel has inside, for those who make the names known under which all services
 * are found, and how those inside find services outside.
 *
 * @protocol 12
 */
export interface Kernel {
  /**
   * Writes the path number `index` under which a service inside is reached and returns its length.
   * ENOENT: there are not so many.
   *
   * @max path 255
   * @out path
   * @idempotent
   */
  providedPath(index: u32, path: Buffer): i32;

  /**
   * A port of the service that path number `index` leads to. ENOENT: there are not so many; ENODEV: the
   * service did not start, or cannot as long as one outside is not provided.
   *
   * @idempotent
   */
  providedEndpoint(index: u32): Handle;

  /**
   * Whether path number `index` leads there only while no other service provides it. ENOENT: there are
   * not so many.
   *
   * @idempotent
   */
  isFallback(index: u32): bool;

  /**
   * Services inside find the service outside behind `endpoint` under `path` from here on. ENOENT: no
   * service outside has this path; EEXIST: it was provided before.
   *
   * @max path 255
   */
  provide(path: Text, endpoint: Handle): void;
}
