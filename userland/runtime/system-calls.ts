/** The two ways into the kernel (start.s). Numbers and registers: abi/syscall.enums.ts. */

/** Makes the system call whose registers `message` holds (abi/message.structs.ts); returns its t0. */
export declare function system_call(message: usize): i32;

/** Makes a system call that needs only a handle (t1) and a0–a4; returns its t0. */
export declare function system_operation(
  number: u32,
  handle: u32,
  a0: u32,
  a1: u32,
  a2: u32,
  a3: u32,
  a4: u32,
): i32;
