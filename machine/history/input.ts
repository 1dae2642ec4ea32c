/**
 * What comes into a machine from outside while it runs. All of it passes one door, which is between
 * two slices, and is known by the instant at which it came; with what the machine was given at the
 * start, it decides everything that follows.
 */
import type { Instant } from './instant.ts';

/** Bytes for the serial line or the virtio console, or a frame from the wire. */
export const INPUT_KINDS = ['serial', 'console', 'frame'] as const;

export interface Input {
  readonly kind: (typeof INPUT_KINDS)[number];
  readonly bytes: Uint8Array;
}

/** An input and when it came. */
export interface StampedInput {
  readonly at: Instant;
  readonly input: Input;
}

/** Told of every input, before the machine has it. */
export type InputListener = (stamped: StampedInput) => void;

export class InputDoor {
  private readonly listeners: InputListener[] = [];
  private isClosed = false;

  /**
   * @param now where the machine stands
   * @param deliver hands an input to the device that it is for
   */
  constructor(
    private readonly now: () => Instant,
    private readonly deliver: (input: Input) => void,
  ) {}

  /** From now on nothing new comes in. */
  close(): void {
    this.isClosed = true;
  }

  listen(listener: InputListener): void {
    this.listeners.push(listener);
  }

  /** Something new comes in. Called while the machine does not run. */
  offer(input: Input): void {
    if (this.isClosed) return;
    const stamped = { at: this.now(), input: { kind: input.kind, bytes: input.bytes.slice() } };
    for (const listener of this.listeners) listener(stamped);
    this.deliver(stamped.input);
  }

  /** Something that came in at this instant before comes in again: nobody is told. */
  repeat(input: Input): void {
    this.deliver(input);
  }
}
