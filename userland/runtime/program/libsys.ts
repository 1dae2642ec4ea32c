/** What libsys offers to a program (abi/libsys.enums.ts), by way of start.s. */

/** Gives a handle up. */
export declare function close_handle(handle: u32): i32;
/** Ends the program. Use `exit` of output.ts, which writes what is left. */
export declare function libsys_exit(status: i32): void;
/** Waits until a time in ticks, low half first. */
export declare function libsys_sleep_until(low: u32, high: u32): i32;
/** Writes to the kernel's log, for what must be said when nothing else can be reached. */
export declare function libsys_log(address: usize, length: u32): i32;
/** Maps fresh zeroed pages. EINVAL, EFAULT, EEXIST, ENOMEM. */
export declare function libsys_map(address: usize, bytes: u32): i32;
/** Gives up pages that were mapped. EINVAL, EFAULT. */
export declare function libsys_unmap(address: usize, bytes: u32): i32;
/** Enters the kernel and comes back. */
export declare function libsys_null(): i32;
