/**
 * The driver's side of a virtqueue, with a face of numbers: its test plays the device, in memory, on the
 * bare machine.
 */
import { lhu, lw, sh, sw } from '../abi/rv';
import { QUEUE_SIZE, Virtqueue } from '../services/block/virtqueue';

const queue = changetype<Virtqueue>(memory.data(offsetof<Virtqueue>(), 4));

export function prepareQueue(start: usize, used: usize): u32 {
  queue.prepare(start, used);
  return QUEUE_SIZE;
}

/** Describes a request whose parts lie at addresses that follow from its place, and offers it. */
export function offerRequest(place: u32, bytes: u32, isRead: bool): void {
  const header = 0x1000 * (place + 1);
  queue.describe(place, header, 16, header + 0x100, bytes, isRead, header + 0x80);
  queue.offer(place);
}

/** The place of the next answer, −1 for one that fits no request, −2 if there is none. */
export function takeAnswer(): i32 {
  return queue.hasAnswer ? queue.take() : -2;
}

/**
 * Makes `rounds` requests, each answered at once by a device that is played here; returns how many
 * answers were those of the requests.
 */
export function exchange(rounds: u32, available: usize, used: usize): u32 {
  let right: u32 = 0;
  for (let round: u32 = 0; round < rounds; round++) {
    const place = round % 7;
    queue.offer(place);
    const index = lhu(available + 2) - 1;
    const head = lhu(available + 4 + (index % QUEUE_SIZE) * 2);
    sw(used + 4 + (index % QUEUE_SIZE) * 8, head);
    sh(used + 2, index + 1);
    if (takeAnswer() == <i32>place && lw(used + 4 + (index % QUEUE_SIZE) * 8) == head) right += 1;
  }
  return right;
}
