/**
 * What can travel in a message, beside u32, i32, bool and u64. Protocols are written with these
 * names; the stubs that tools/protocols generates say how each looks to a caller and to a server.
 */

/** A short UTF-8 string, bytes with a length, which the server gets whole. Needs `@max`. */
export interface Text {
  readonly address: usize;
  readonly length: u32;
}

/**
 * Bytes in the caller's memory, lent for the length of the call. Needs `@max` and a direction: `@in`
 * (the server reads), `@out` (it writes) or `@inout`.
 */
export interface Buffer {
  readonly address: usize;
  readonly length: u32;
}

/** A capability: one per message, in either direction. */
export type Handle = u32;
