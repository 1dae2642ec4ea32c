import type { Buffer, Handle } from './types';

/**
 * The services of this system, as the image's manifest lists them. Service 0 is init itself.
 *
 * @protocol 3
 */
export interface Init {
  /**
   * Writes the service's ProcessInformation (abi/message.structs.ts) and returns the bytes written.
   * ENOENT: there is no service `service`.
   *
   * @max information 256
   * @out information
   * @idempotent
   */
  inspect(service: u32, information: Buffer): i32;

  /**
   * Writes the path of the service's ELF file in the initrd and returns its length.
   *
   * @max path 255
   * @out path
   * @idempotent
   */
  image(service: u32, path: Buffer): i32;

  /** Whether the service is to be started again when it has died. */
  restartable(service: u32): bool;

  /**
   * Loads the service anew and starts it on the endpoint that it had. Only the supervisor may; EPERM
   * for others. The errors are those of loading: ENOENT, ENOEXEC, ENOMEM.
   */
  restart(service: u32): void;

  /**
   * Gives a service up: its endpoint ends, and with it every call that waits there (EBADF). Only the
   * supervisor may; EPERM for others.
   */
  stop(service: u32): void;

  /**
   * How the supervisor itself last died, a Death (services/init/death.ts), for the one that was
   * started after it to report; the bytes written. ENOENT: it did not, or that was told already.
   *
   * @max death 64
   * @out death
   */
  supervisorDeath(death: Buffer): i32;

  /**
   * Writes the path number `index` under which a service is reached and returns its length. ENOENT:
   * there are not so many.
   *
   * @max path 255
   * @out path
   * @idempotent
   */
  providedPath(index: u32, path: Buffer): i32;

  /**
   * The endpoint that belongs to path number `index`. Only the names server may ask; EPERM for others.
   *
   * @idempotent
   */
  providedEndpoint(index: u32): Handle;
}
