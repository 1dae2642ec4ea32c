import { Message } from '../abi/message.structs';

/**
 * What each thread has to itself; `tp` points at it. Behind it lies the message in which the thread's
 * client stubs make their calls.
 */
@unmanaged
export class ThreadBlock {
  /** Bytes in which a stub gathers strings and buffers; 0 until one needs them. */
  transferArea: usize;

  get message(): Message {
    return changetype<Message>(changetype<usize>(this) + offsetof<ThreadBlock>());
  }
}

/** A block with its message. */
export const THREAD_BLOCK_BYTES: i32 = offsetof<ThreadBlock>() + offsetof<Message>();
