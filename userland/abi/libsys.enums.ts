/**
 * Entries of the table with which libsys opens: magic, version, number of entries, and the addresses
 * of these functions (ilp32). Results below zero are a negative Errno.
 */
export const enum LibsysEntry {
  /** call(message): sends a Message to its handle and waits; 0, and the reply is in the message. */
  Call = 0,
  /** exit(status): ends the program. */
  Exit = 1,
  /** close(handle) */
  Close = 2,
  /** sleepUntil(low, high): waits until that time in ticks. */
  SleepUntil = 3,
  /** log(address, length): writes to the kernel's log. */
  Log = 4,
  /** map(address, bytes): fresh zeroed pages at an address between the program's image and its stack. */
  Map = 5,
  /** null(): enters the kernel and comes back; 0. */
  Null = 6,
  /** unmap(address, bytes): gives up pages between the program's image and its stack, where there are any. */
  Unmap = 7,
  /** Number of entries. */
  Count = 8,
}
