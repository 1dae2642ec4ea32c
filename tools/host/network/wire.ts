/** A wire between machines: what one sends, all others receive, as on an Ethernet hub. */

export interface WireEnd {
  /** Sends a frame to all others. */
  send(frame: Uint8Array): void;
  /** Leaves the wire; nothing is received any more. */
  close(): void;
}

/** The machines on one wire, within this process. */
export class Wire {
  private readonly receivers = new Set<(frame: Uint8Array) => void>();

  get size(): number {
    return this.receivers.size;
  }

  /** Adds an end; `receive` must not change the frame, which the others get too. */
  attach(receive: (frame: Uint8Array) => void): WireEnd {
    this.receivers.add(receive);
    return {
      send: (frame) => {
        for (const receiver of this.receivers) {
          if (receiver !== receive) receiver(frame);
        }
      },
      close: () => {
        this.receivers.delete(receive);
      },
    };
  }
}
