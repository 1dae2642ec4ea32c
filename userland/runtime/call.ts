/** What client stubs stand on: a call, its retries, and results wider than a word. */
import { Message } from '../abi/message.structs';
import { CallFlags } from '../abi/syscall.enums';
import { ownBlock } from './thread-block';

// Answered by what the image is started with: start.s makes system calls, program/start.s goes
// through libsys.
/** Sends a message to message.handle and waits for the reply; 0 or a negative Errno. */
declare function send_message(message: usize): i32;
/** Gives a handle up. */
declare function close_handle(handle: u32): i32;

/** How often a stub makes an idempotent call that the server did not survive. */
export const CALL_ATTEMPTS: i32 = 3;

/** tools/protocols/marshalling.ts checks that what a stub gathers fits. */
export const TRANSFER_BYTES: i32 = 8192;

/** The calling thread's message for calls that it makes itself. */
export function outgoing(): Message {
  return ownBlock().message;
}

/** Where the calling thread's stubs gather what they lend when it lies in several places; 0: it has none. */
export function transferArea(): usize {
  const block = ownBlock();
  if (block.transferArea == 0 && !block.isFurther) {
    block.transferArea = memory.data(TRANSFER_BYTES, 16);
  }
  return block.transferArea;
}

/**
 * Sends the message to an endpoint and waits.
 *
 * @returns word 0 of the reply, or the negative Errno of the call itself.
 */
export function call(message: Message, endpoint: u32): i32 {
  const outcome = callForHandle(message, endpoint);
  // A handle that nobody expects would stay in our table for ever.
  if (message.transfer != 0) close_handle(message.transfer);
  return outcome;
}

/** As `call`, for a reply that brings a handle: `message.transfer`, 0 if it brought none. */
export function callForHandle(message: Message, endpoint: u32): i32 {
  message.handle = endpoint;
  const status = send_message(changetype<usize>(message));
  if (status < 0 || (message.method & CallFlags.Handle) == 0) message.transfer = 0;
  return status < 0 ? status : <i32>message.word0;
}

/** The value of a reply whose word 0 is not the result but only says that there is one. */
export function wideResult(message: Message): i64 {
  return <i64>(((<u64>message.word2) << 32) | (<u64>message.word1));
}
