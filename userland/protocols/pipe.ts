import type { Handle } from './types';

/**
 * Pipes: what is written at one end is read at the other. Both ends speak `file`.
 *
 * @protocol 9
 */
export interface Pipe {
  /** A new pipe: its end for reading. ENFILE: there are too many. */
  create(): Handle;

  /** Asked of an end for reading: the end for writing. EBADF: it was handed out already. */
  writeEnd(): Handle;
}
