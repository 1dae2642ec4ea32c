/** Services inside the kernel: what the kernel keeps of each. */
import { SlabObject } from '../core/slab';

/** A service, by the number that the image description gives it. */
@unmanaged
export class Service {
  number: u32;
  name: string;
  /** It has started; until then, and if it could not, calls get ENODEV. */
  isRunning: bool;
  /** Its ports that nobody has any more and of which it was not told yet, by their links. */
  closing: SlabObject | null;
  /** When it is to be woken, in mtime ticks. */
  alarm: u64;
  /** Address of the Port that stands for the service as a whole. */
  port: u32;

  /** Its device's registers as the kernel sees them; 0: none. */
  registers: u32;
  /** PLIC source of its device; 0: none. */
  source: u32;
  /** The source was claimed and not yet completed. */
  isClaimed: bool;
  /** Memory that its device reaches, and memory to keep things in; 0: none. */
  dma: u32;
  dmaBytes: u32;
  kept: u32;
  keptBytes: u32;
  /** It may read the initial file system image. */
  readsInitrd: bool;
}
