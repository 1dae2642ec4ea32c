/** What may fault, because an address or a hart came from outside: the fault is an answer (trap.s). */

/** The byte at `address`, or -1 where nothing can be read. */
export declare function guarded_load_byte(address: u32): i32;
/** Stores `byte` at `address`: 0, or -1 where nothing can be written. */
export declare function guarded_store_byte(address: u32, byte: u32): i32;
/**
 * Copies the word at the supervisor's virtual address `address` to `place`: 0, or -1 where the
 * supervisor cannot read; `mcause` and `mtval` then say why.
 */
export declare function guarded_load_supervisor_word(address: u32, place: u32): i32;
/** Gives S-mode `stimecmp` (`menvcfg.STCE`): 0, or -1 on a hart without Sstc. */
export declare function guarded_enable_stimecmp(): i32;
