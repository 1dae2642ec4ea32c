/**
 * System calls of the microkernel. Registers of every call, in and out:
 *
 *     t0  in: number                        out: result (>= 0) or negative Errno
 *     t1  in: handle the call acts on       out: reply handle (receive)
 *     t2  in/out: method | CallFlags
 *     t3  in: lent range address            out: badge of the caller's handle (receive)
 *     t4  in/out: lent range length in bytes
 *     t5  in/out: a handle that travels with the message (CallFlags.Handle)
 *     a0–a7  message words in both directions, or the arguments listed below
 *
 * A handle is a u32: index in the low 12 bits, generation above; 0 is never valid, and bit 31 is
 * clear. All other registers survive a call.
 *
 * Errors that every call may return: ENOSYS for an unknown number, EBADF for a handle that is stale
 * or of another kind, EACCES for a missing right, EFAULT for memory that the process itself could not
 * access so (an address of no bytes may be any), EINVAL, ENOMEM, ENFILE if a table of handles is full.
 *
 * The system ends with its first process: powered off if that exits with status 0, else as failed.
 */
export const enum Syscall {
  /** Does nothing and returns 0: the price of entering the kernel. */
  Null = 0,
  /**
   * Sends to endpoint or port t1 (right Call) and waits for the reply. The lent range t3/t4 stays readable
   * and/or writable to the server, by CopyFromCaller/CopyToCaller, until it replies. EDIED if the
   * server's process ends (by exit, by fault or by Reset) after it had received the call. Methods
   * from 0xff00 are the kernel's own: EINVAL, so that nobody can forge a fault. EBADF if the endpoint
   * ends while the call is queued. Out: t0 = 0, t2, t5 and a0–a7 from the reply.
   */
  Call = 1,
  /**
   * Waits on endpoint t1 (right Receive) for a message, or for bits of the notification bound to
   * it. a0/a1: deadline in mtime ticks (low, high; all ones: none). Out: t0 = ReceiveKind; for a
   * message t1 reply handle, t2 method and flags, t3 badge, t4 lent length, t5 handle, a0–a7; for a
   * notification a0 = its bits, now cleared. ETIMEDOUT. ENFILE if there is no room for the handles of
   * the first message, which then goes on waiting.
   */
  Receive = 2,
  /**
   * Answers reply handle t1 with words a0–a7 and, with CallFlags.Handle in t2, handle t5 (right
   * Copy); with CallFlags.Move too, that handle is the server's no more, even if the caller has ended.
   * ESRCH if the caller has ended; the reply handle is used up then too. With any other error the call
   * is still to be answered.
   */
  Reply = 3,
  /**
   * Reply to t3 (unless 0), then Receive on t1 without a deadline, in one entry. A caller that has
   * ended is passed over; another error of the reply is returned, and nothing received.
   */
  ReplyReceive = 4,
  /**
   * Copies a2 bytes from offset a0 of the range lent with reply handle t1 to address a1; t0 = 0.
   * EACCES if it was not lent so, EINVAL beyond its end, EFAULT if either side is no memory.
   */
  CopyFromCaller = 5,
  /** Copies a2 bytes from address a1 to offset a0 of the range lent with reply handle t1; as above. */
  CopyToCaller = 6,
  /** Sets bits a0 of notification t1 (right Signal). */
  Signal = 7,
  /**
   * Waits until notification t1 (right Wait) has bits; a0 = bits, cleared. Deadline in a0/a1 as in
   * Receive. t1 = 0: sleeps until the deadline and returns 0.
   */
  Wait = 8,
  /**
   * Makes an object of ObjectKind a0; t0 = handle with every right of its kind.
   * Process: a1/a2 name (address, length <= 15). Thread: t1 process (right Manage).
   * Endpoint: a1 protocol number. Notification: a1 endpoint to bind to (0: none).
   * Memory: a1 bytes (whole pages, zeroed), or with t1 = a memory object (right Derive): the range
   * of a2 bytes at offset a1 of it, or with MemoryFlags a3 and t1 = the whole of device memory
   * (right Derive): a1 bytes of new memory that a device may be told of. Irq: t1 the root IRQ object
   * (right Derive), a1 PLIC source, a2 notification (right Signal), a3 its bits. Port: t1 endpoint
   * (right Receive), a1 badge; the handle has the rights Call and Copy. EBUSY if the endpoint has a
   * notification, or the source an IRQ object, already. ENAMETOOLONG. A part of a memory object has
   * its maker's rights.
   */
  Create = 9,
  /**
   * Gives handle t1 up. If it has the right Destroy the object ends too: queued callers get EBADF,
   * pages are freed when unmapped everywhere, handles elsewhere go stale. A process to which nobody
   * has a handle any more ends too. A reply handle given up is
   * EDIED for its caller. An object also ends with its last handle (an endpoint: with the last that
   * has Receive; a process or thread that runs: not before it stops).
   */
  Destroy = 10,
  /**
   * Copies handle a0 into the table of process t1 (right Manage), with at most the Rights a1 and,
   * for endpoints, badge a2 unless it has one already; t0 = the handle there. Right Copy on a0.
   */
  Grant = 11,
  /**
   * Maps a3 bytes from offset a2 of memory object t1 at address a1 of process a0 (0: oneself;
   * otherwise right Manage) with MapAccess a4. Whole pages; EEXIST if something is there. a3 = 0:
   * up to the end of the object. t0 = bytes mapped.
   */
  Map = 12,
  /** Removes mappings of a2 bytes at address a1 of process a0 (0: oneself). */
  Unmap = 13,
  /**
   * Lets thread t1 (right Manage) run: pc a0, sp a1, argument a2 (in its a0), priority a3
   * (1 … 31, the greater runs first). EBUSY if it was started before.
   */
  StartThread = 14,
  /** Ends the calling thread; with the last one its process, whose handler is told status a0. */
  Exit = 15,
  /** ProcessOperation a0 on process t1 (right Manage), arguments in a1…. */
  ControlProcess = 16,
  /** Completes the interrupt of IRQ object t1 at the PLIC, so that it can come again. */
  AcknowledgeIrq = 17,
  /** Writes a1 bytes (<= 256) at a0 to the kernel's log, which is the firmware's console. */
  Log = 18,
  /**
   * t0 = number of the first page frame (physical address / 4096) of memory object t1 (right Derive),
   * which was made with MemoryFlags.Contiguous; EINVAL for others.
   */
  PhysicalAddress = 19,
}

/** Number of system calls; a number at or above it returns ENOSYS. */
export const SYSCALL_COUNT: u32 = 20;

/** High half of t2; the low 16 bits are the method. */
export const enum CallFlags {
  MethodMask = 0xffff,
  /** The server may read the lent range. */
  LendRead = 0x1_0000,
  /** The server may write the lent range. */
  LendWrite = 0x2_0000,
  /** t5 carries a handle. */
  Handle = 0x4_0000,
  /** In a reply with Handle: the handle moves instead of being copied. */
  Move = 0x8_0000,
}

export const enum ReceiveKind {
  Message = 0,
  Notification = 1,
}

export const enum ObjectKind {
  Process = 1,
  Thread = 2,
  Endpoint = 3,
  Notification = 4,
  Irq = 5,
  Memory = 6,
  Reply = 7,
  /**
   * A way into an endpoint with a badge of its own, which its server hands out: an open file, the end
   * of a pipe. When the last handle to it goes, the endpoint receives a KernelMethod.Closed.
   */
  Port = 8,
}

/** What the holder of a handle may do. A copy never has more than its original. */
export const enum Rights {
  /** Endpoint or port: send calls to it. */
  Call = 0x001,
  /** Endpoint: receive on it. */
  Receive = 0x002,
  Signal = 0x004,
  Wait = 0x008,
  /** Process or thread: load, start, reset, grant to. */
  Manage = 0x010,
  /** Memory: map for reading, writing, execution. */
  Read = 0x020,
  Write = 0x040,
  Execute = 0x080,
  /** Memory, IRQ: make objects that are parts of this one. */
  Derive = 0x100,
  /** End the object, not only the handle. */
  Destroy = 0x200,
  /** Make copies of the handle: by Grant or in a message. */
  Copy = 0x400,
  /** Process: read its ProcessInformation. */
  Inspect = 0x800,
  All = 0xfff,
}

/** a3 of Create for ObjectKind.Memory. */
export const enum MemoryFlags {
  /** The pages are adjacent, and their physical address can be asked for: a device reaches them. */
  Contiguous = 1,
}

export const enum MapAccess {
  Read = 1,
  Write = 2,
  Execute = 4,
}

export const enum ProcessOperation {
  /** Faults and exits of the process become messages (FaultMethod) on endpoint a1. */
  SetHandler = 1,
  /**
   * Ends all threads, mappings and handles; the object and handles to it stay. Callers whose calls
   * it had received get EDIED. It can be loaded and started again.
   */
  Reset = 2,
  /** Writes a ProcessInformation to address a1 (right Inspect suffices). */
  Inspect = 3,
  /** Records the 20-byte build id at address a1 of what was loaded, so that tools find its symbols. */
  SetBuildId = 4,
}

/**
 * Methods of the messages that the kernel sends to a process's handler. The faulting thread waits
 * for the reply: word 0 = 0 ends its process (its threads stop for good), 1 lets it run on.
 */
export const enum FaultMethod {
  /** a0 badge given to SetHandler (a2 there), a1 scause, a2 stval, a3 sepc, a4 ra, a5 sp, a6 thread id. */
  Fault = 0xff00,
  /** a0 badge, a1 exit status. No thread is left; the reply is ignored. */
  Exit = 0xff01,
}

/** Methods of other messages that the kernel sends. */
export const enum KernelMethod {
  /**
   * Nobody has a handle to the port with badge t3 any more; nobody will call through it again. There
   * is no reply handle (t1 = 0).
   */
  Closed = 0xff02,
}

/** Places in the table of handles that a process finds at its start (0: absent). */
export const enum StartHandle {
  /** The process itself, with Manage. */
  Self = 0,
  /** The endpoint it serves, with Receive. */
  Endpoint = 1,
  /** The names server, with Call. */
  Names = 2,
  /** Device registers, a memory object. */
  Registers = 3,
  /** Device interrupt, bound to InterruptNotification. */
  Interrupt = 4,
  /** A notification bound to Endpoint. */
  Notification = 5,
  /** The initial file system image, a memory object (Read). */
  Initrd = 6,
  /** init only: the flattened device tree, memory (Read). */
  DeviceTree = 7,
  /** init only: all of device space, memory (Derive); its offsets are physical addresses. */
  DeviceMemory = 8,
  /** init only: all interrupt sources, IRQ (Derive). */
  Interrupts = 9,
  /** supervisor and names: init's endpoint, with the service's number as badge. */
  Init = 10,
  /** Memory that outlives the process: what a server leaves to the one that is started after it. */
  Kept = 11,
  /** Programs only: the process server, with a badge that says which program calls. */
  Process = 12,
  /** Memory that the device reaches, too. */
  Dma = 13,
  /** No handle, but the physical address of Dma. */
  DmaAddress = 14,
  /** init only: what tells of the services inside the kernel; absent if it has none. */
  Inside = 15,
  /** No handles, but where a server's memory for what it makes while it runs lies, and its bytes. */
  Memory = 16,
  MemoryBytes = 17,
  /** No handles, but how many threads receive on Endpoint, and at what priority. */
  Threads = 18,
  Priority = 19,
  Count = 20,
}
