import { expect, it } from 'vitest';
import { formatGuestError, GuestErrorLog, type GuestError } from './guest-error.ts';

const write: GuestError = {
  device: 'uart16550',
  access: 'write',
  offset: 9,
  width: 1,
  value: 0x41,
  problem: 'no such register',
};

it('formats one line', () => {
  expect(formatGuestError(write)).toBe(
    'uart16550: write of 0x41 (1 byte) at 0x9: no such register',
  );
  const { device, offset, problem } = write;
  expect(formatGuestError({ device, access: 'read', offset, width: 4, problem })).toBe(
    'uart16550: read (4 bytes) at 0x9: no such register',
  );
});

it('counts all errors and keeps the first few', () => {
  const log = new GuestErrorLog();
  for (let value = 0; value < 100; value++) log.report({ ...write, value });
  expect(log.count).toBe(100);
  expect(log.first.map(({ value }) => value)).toEqual(Array.from({ length: 16 }, (_, at) => at));
});
