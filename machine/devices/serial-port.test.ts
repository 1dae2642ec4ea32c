import { expect, it } from 'vitest';
import { BREAK, SerialInputQueue } from './serial-port.ts';

it('hands out bytes and breaks in order', () => {
  const queue = new SerialInputQueue();
  queue.add([1, 0x1ff]);
  queue.addBreak();
  queue.add([3]);
  expect(queue.length).toBe(4);
  expect([queue.take(), queue.take(), queue.take()]).toEqual([1, 0xff, BREAK]);
  expect(queue.length).toBe(1);
  expect([queue.take(), queue.take()]).toEqual([3, undefined]);
  queue.add([4]);
  expect(queue.take()).toBe(4);
});
