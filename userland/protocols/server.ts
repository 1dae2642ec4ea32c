/**
 * What every server offers, whatever else it does.
 *
 * @protocol 0
 */
export interface Server {
  /**
   * Returns `word` + 1: the shortest conversation there is, by which others are measured.
   *
   * @idempotent
   */
  ping(word: u32): u32;

  /** Dereferences null, so that one can see what becomes of a server that does. */
  crash(): void;
}
