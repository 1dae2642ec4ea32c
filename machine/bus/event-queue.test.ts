import { describe, expect, it } from 'vitest';
import { EventQueue } from './event-queue.ts';

function queueAt(start: number) {
  const clock = {
    now: start,
    earlier: [] as number[],
    onEarlierEvent(cycle: number) {
      clock.earlier.push(cycle);
    },
  };
  const queue = new EventQueue(clock);
  const fired: string[] = [];
  const alarm = (name: string) => queue.alarm(name, () => fired.push(`${name}@${clock.now}`));
  return { clock, queue, fired, alarm };
}

describe('the event queue', () => {
  it('fires what is due, earliest first, ties in order of creation', () => {
    const { clock, queue, fired, alarm } = queueAt(0);
    const [a, b, c] = [alarm('a'), alarm('b'), alarm('c')];
    c.set(10);
    b.set(10);
    a.set(20);
    clock.now = 9;
    queue.fireDue();
    expect(fired).toEqual([]);
    clock.now = 10;
    queue.fireDue();
    expect(fired).toEqual(['b@10', 'c@10']);
    expect(queue.nextDue).toBe(20);
    expect(a.due).toBe(20);
    expect(b.due).toBe(Infinity);
  });

  it('moves an alarm that is set again, and forgets one that is cleared', () => {
    const { clock, queue, fired, alarm } = queueAt(0);
    const [a, b] = [alarm('a'), alarm('b')];
    a.set(5);
    b.set(6);
    a.set(7);
    b.clear();
    expect(queue.pending()).toEqual([{ name: 'a', due: 7 }]);
    clock.now = 7;
    queue.fireDue();
    expect(fired).toEqual(['a@7']);
  });

  it('tells the clock when the next event comes nearer, and only then', () => {
    const { clock, alarm } = queueAt(0);
    const [a, b] = [alarm('a'), alarm('b')];
    a.set(100);
    b.set(200);
    b.set(50);
    expect(clock.earlier).toEqual([100, 50]);
  });

  it('fires an alarm set to the past at once, but not again within the same instant', () => {
    const { clock, queue } = queueAt(100);
    let count = 0;
    const again = queue.alarm('again', () => {
      count++;
      again.set(0);
    });
    again.set(3);
    expect(again.due).toBe(100);
    queue.fireDue();
    expect(count).toBe(1);
    expect(again.due).toBe(101);
    clock.now = 101;
    queue.fireDue();
    expect(count).toBe(2);
  });

  it('refuses a moment that is no number', () => {
    const { alarm } = queueAt(0);
    expect(() => {
      alarm('uart').set(NaN);
    }).toThrow('alarm "uart" is set to a cycle that is not a number');
  });
});
