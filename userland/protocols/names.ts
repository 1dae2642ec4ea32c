import type { Buffer, Handle, Text } from './types';

/**
 * From paths to servers.
 *
 * @protocol 2
 */
export interface Names {
  /**
   * An endpoint of the server whose registered path is the longest prefix of `path`, counted in whole
   * components. The server is handed whole paths. ENOENT: there is none.
   *
   * @max path 255
   * @idempotent
   */
  resolve(path: Text): Handle;

  /**
   * The endpoint registered under exactly this path. ENOENT: there is none.
   *
   * @max path 255
   * @idempotent
   */
  find(path: Text): Handle;

  /**
   * Writes the registered path number `index` and returns its length. ENOENT: there are not so many.
   *
   * @max path 255
   * @out path
   * @idempotent
   */
  list(index: u32, path: Buffer): i32;
}
