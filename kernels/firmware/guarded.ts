/** Access to memory whose address came from outside (trap.s). */

/** The byte at `address`, or -1 where nothing can be read. */
export declare function guarded_load_byte(address: u32): i32;
/** Stores `byte` at `address`: 0, or -1 where nothing can be written. */
export declare function guarded_store_byte(address: u32, byte: u32): i32;
