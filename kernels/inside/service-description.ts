/** What the image description says of a service inside (tools/images/inside.ts writes it down). */

@unmanaged
export class ServiceDescription {
  name: string;
  /** Device whose registers it gets, by the device tree's `compatible`; null: none. */
  registers: string | null;
  /** Device whose interrupt it gets. */
  interrupt: string | null;
  /** Of several such virtio-mmio slots, the one with this DeviceID; 0: the first. */
  device: u32;
  /** Bytes of memory that the device reaches, and to keep things in. */
  dma: u32;
  kept: u32;
  readsInitrd: bool;
  /** It is left out without a word if its device is missing. */
  isOptional: bool;
  /** Number of the service without which it is left out; its own: none. */
  requires: u32;
}
