/**
 * The machine's switch.
 *
 * @protocol 6
 */
export interface Power {
  /** Switches the machine off; the host sees exit status `status` (0: all is well). */
  off(status: u32): void;

  /** Starts the machine anew. */
  reset(): void;
}
