/**
 * What waits to be sent: writers' texts, in the order of their calls, which stay in the writers'
 * memory until the device takes them; between texts, what the line editor shows.
 */
import { copyFromCaller, reply } from 'environment/request';
import { ByteRing } from './byte-ring';

const CARRIAGE_RETURN: u8 = 0x0d;
const LINE_FEED: u8 = 0x0a;

/** Callers that can wait at once; one more is sent away with EAGAIN. */
const MOST_WRITERS: u32 = 32;
/** Bytes that are fetched from a writer at a time. */
const PART_BYTES: u32 = 256;

/** A call to `write`, or to `drain`, which is a text of no bytes. */
@unmanaged
class Writer {
  reply: u32;
  length: u32;
}

@unmanaged
export class OutputQueue {
  echo: ByteRing;
  private writers: usize;
  /** Counted on, not wrapped. */
  private added: u32;
  private done: u32;
  private part: usize;
  /** Bytes of the first writer's text that were fetched, and of the last part that were sent. */
  private fetched: u32;
  private partLength: u32;
  private partSent: u32;
  private last: u8;

  static on(queue: usize, echo: ByteRing): OutputQueue {
    const made = changetype<OutputQueue>(queue);
    made.echo = echo;
    made.writers = memory.data(<i32>MOST_WRITERS * offsetof<Writer>(), 4);
    made.part = memory.data(<i32>PART_BYTES);
    return made;
  }

  /** Queues a call; the caller has seen that there is room. */
  add(replyHandle: u32, length: u32): void {
    const writer = this.writer(this.added);
    this.added += 1;
    writer.reply = replyHandle;
    writer.length = length;
  }

  get isFull(): bool {
    return this.added - this.done == MOST_WRITERS;
  }

  get isEmpty(): bool {
    return this.added == this.done && this.echo.length == 0;
  }

  /** The first in the queue waits for the device to have sent everything. */
  get isDrainNext(): bool {
    return this.added != this.done && this.writer(this.done).length == 0;
  }

  answerDrain(): void {
    this.finish(0);
  }

  /** The next byte for the device, or −1: nothing, or a drain, is next. Answers writers whose last byte was taken. */
  next(): i32 {
    while (this.added != this.done) {
      if (this.isDrainNext) return -1;
      if (this.partSent == this.partLength && !this.fetchPart()) continue;
      return <i32>this.takeFromPart();
    }
    return this.echo.length == 0 ? -1 : <i32>this.echo.take();
  }

  /** Answers the first writer if all of its text was taken: it need not wait for the next byte's turn. */
  answerFinished(): void {
    while (this.added != this.done && this.partSent == this.partLength) {
      const writer = this.writer(this.done);
      if (writer.length == 0 || this.fetched != writer.length) return;
      this.finish(<i32>writer.length);
    }
  }

  /** Fetches more of the first writer's text; false if there is no more, or its memory is gone. */
  private fetchPart(): bool {
    const writer = this.writer(this.done);
    const length = min(writer.length - this.fetched, PART_BYTES);
    const error = copyFromCaller(writer.reply, this.fetched, this.part, length);
    if (length == 0 || error < 0) {
      this.finish(error < 0 ? error : <i32>writer.length);
      return false;
    }
    this.fetched += length;
    this.partLength = length;
    this.partSent = 0;
    return true;
  }

  /** A terminal needs a CR before each LF. */
  private takeFromPart(): u8 {
    const byte = load<u8>(this.part + this.partSent);
    if (byte == LINE_FEED && this.last != CARRIAGE_RETURN) {
      this.last = CARRIAGE_RETURN;
      return CARRIAGE_RETURN;
    }
    this.last = byte;
    this.partSent += 1;
    return byte;
  }

  private finish(result: i32): void {
    reply(this.writer(this.done).reply, result);
    this.done += 1;
    this.fetched = 0;
    this.partLength = 0;
    this.partSent = 0;
    this.last = 0;
  }

  private writer(place: u32): Writer {
    const index = place % MOST_WRITERS;
    return changetype<Writer>(this.writers + <usize>index * <usize>offsetof<Writer>());
  }
}
