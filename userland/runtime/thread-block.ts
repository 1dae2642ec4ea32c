import { Message } from '../abi/message.structs';
import { read_tp } from '../abi/rv';

/**
 * What each thread has to itself; `tp` points at it. Behind it lies the message in which the thread's
 * client stubs make their calls.
 */
@unmanaged
export class ThreadBlock {
  /** Bytes in which a stub gathers strings and buffers; 0 until one needs them. */
  transferArea: usize;
  /** It is not the process's first thread: it has no transfer area but what it was given at its start. */
  isFurther: bool;
  /** The notification on which it sleeps, its own; 0: the process has one thread, which never does. */
  wakeup: u32;
  /** While it waits: address of the block in line beside it (environment/user/lock.ts). */
  nextWaiting: u32;

  get message(): Message {
    return changetype<Message>(changetype<usize>(this) + offsetof<ThreadBlock>());
  }
}

/** A block with its message. */
export const THREAD_BLOCK_BYTES: i32 = offsetof<ThreadBlock>() + offsetof<Message>();

/** The block of the thread that runs. */
export function ownBlock(): ThreadBlock {
  return changetype<ThreadBlock>(read_tp());
}
