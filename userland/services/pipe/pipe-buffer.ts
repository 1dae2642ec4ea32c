/** One pipe: bytes on their way, and who waits for some or for room. */
import { Errno } from '../../abi/errno.enums';
import { PAGE_BYTES } from 'environment/memory';
import { copyFromCaller, copyToCaller, DEFERRED, reply, Request } from 'environment/request';

/** Bytes on their way at most; a power of two. */
const PIPE_BYTES: u32 = 4096;
export const PIPE_PAGES: u32 = PIPE_BYTES / PAGE_BYTES;
/** Callers that can wait at each end. */
const MOST_WAITERS: u32 = 4;

/** A kept call of `read` or `write`. */
@unmanaged
class Waiter {
  reply: u32;
  offset: u32;
  length: u32;
}

/** Calls in the order in which they came; it lies behind its own fields. */
@unmanaged
class WaiterQueue {
  count: u32;

  at(index: u32): Waiter {
    const first = changetype<usize>(this) + offsetof<WaiterQueue>();
    return changetype<Waiter>(first + <usize>index * <usize>offsetof<Waiter>());
  }

  get isFull(): bool {
    return this.count == MOST_WAITERS;
  }

  /** The caller has seen that there is room. */
  add(handle: u32, offset: u32, length: u32): void {
    const waiter = this.at(this.count);
    waiter.reply = handle;
    waiter.offset = offset;
    waiter.length = length;
    this.count += 1;
  }

  /** Answers the first and takes it out. */
  answerFirst(result: i32): void {
    const handle = this.at(0).reply;
    this.count -= 1;
    const first = changetype<usize>(this.at(0));
    memory.copy(first, changetype<usize>(this.at(1)), this.count * offsetof<Waiter>());
    reply(handle, result);
  }

  answerAll(result: i32): void {
    while (this.count != 0) this.answerFirst(result);
  }
}

const QUEUE_BYTES: u32 = offsetof<WaiterQueue>() + MOST_WAITERS * offsetof<Waiter>();

/** Both queues lie behind it. */
@unmanaged
export class PipeBuffer {
  /** Counted on, not wrapped: their difference is the number of bytes inside. */
  private added: u32;
  private taken: u32;
  /** Somebody may read. */
  hasReader: bool;
  /** Somebody may write, now or once the end for writing is handed out. */
  hasWriter: bool;
  /** The end for writing was handed out. */
  isShared: bool;
  /** Where its PIPE_BYTES lie. */
  bytes: usize;

  open(bytes: usize): void {
    memory.fill(changetype<usize>(this), 0, PIPE_BUFFER_BYTES);
    this.bytes = bytes;
    this.hasReader = true;
    this.hasWriter = true;
  }

  private get length(): u32 {
    return this.added - this.taken;
  }

  private get readers(): WaiterQueue {
    return changetype<WaiterQueue>(changetype<usize>(this) + offsetof<PipeBuffer>());
  }

  private get writers(): WaiterQueue {
    return changetype<WaiterQueue>(changetype<usize>(this.readers) + QUEUE_BYTES);
  }

  private get mustReaderWait(): bool {
    return this.length == 0 && this.hasWriter;
  }

  private get mustWriterWait(): bool {
    return this.length == PIPE_BYTES;
  }

  /** Has a call of `read` wait until there is something. */
  read(request: Request, offset: u32, length: u32): i32 {
    if (this.readers.isFull) return -Errno.EAGAIN;
    this.readers.add(request.keep(), offset, length);
    this.serve();
    return DEFERRED;
  }

  /** Has a call of `write` wait until there is room. */
  write(request: Request, offset: u32, length: u32): i32 {
    if (this.writers.isFull) return -Errno.EAGAIN;
    this.writers.add(request.keep(), offset, length);
    this.serve();
    return DEFERRED;
  }

  /** Copies bytes to a caller of `read`; how many, or EFAULT, and none is lost. */
  private moveTo(handle: u32, offset: u32, length: u32): i32 {
    const bytes = min(length, this.length);
    let done: u32 = 0;
    while (done < bytes) {
      const at = (this.taken + done) & (PIPE_BYTES - 1);
      const part = min(bytes - done, PIPE_BYTES - at);
      const error = copyToCaller(handle, offset + done, this.bytes + at, part);
      if (error < 0) return error;
      done += part;
    }
    this.taken += bytes;
    return <i32>bytes;
  }

  /** Copies bytes from a caller of `write`; how many, or EFAULT. */
  private moveFrom(handle: u32, offset: u32, length: u32): i32 {
    const bytes = min(length, PIPE_BYTES - this.length);
    let done: u32 = 0;
    while (done < bytes) {
      const at = (this.added + done) & (PIPE_BYTES - 1);
      const part = min(bytes - done, PIPE_BYTES - at);
      const error = copyFromCaller(handle, offset + done, this.bytes + at, part);
      if (error < 0) return error;
      done += part;
    }
    this.added += bytes;
    return <i32>bytes;
  }

  /** Answers whom it can among those who wait. */
  serve(): void {
    const readers = this.readers;
    const writers = this.writers;
    while (true) {
      if (readers.count != 0 && !this.mustReaderWait) {
        const reader = readers.at(0);
        readers.answerFirst(this.moveTo(reader.reply, reader.offset, reader.length));
      } else if (writers.count != 0 && !this.hasReader) {
        writers.answerAll(-Errno.EPIPE);
      } else if (writers.count != 0 && !this.mustWriterWait) {
        const writer = writers.at(0);
        writers.answerFirst(this.moveFrom(writer.reply, writer.offset, writer.length));
      } else {
        return;
      }
    }
  }
}

export const PIPE_BUFFER_BYTES: u32 = offsetof<PipeBuffer>() + 2 * QUEUE_BYTES;
