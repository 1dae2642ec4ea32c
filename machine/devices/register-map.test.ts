import { expect, it } from 'vitest';
import { createRegisterMap } from './register-map.ts';

const doc = '';
const map = createRegisterMap([
  { name: 'data', offset: 0, width: 1, access: 'ro', doc },
  { name: 'send', offset: 0, width: 1, access: 'wo', doc },
  { name: 'status', offset: 1, width: 1, access: 'ro', doc },
  {
    name: 'grid',
    offset: 0x100,
    width: 4,
    access: 'rw',
    doc,
    dimensions: [
      { name: 'row', count: 2, stride: 0x40 },
      { name: 'column', count: 3, stride: 4 },
    ],
  },
]);

it('joins registers at one offset', () => {
  expect(map.get(0)).toEqual({
    register: 0,
    element: 0,
    name: 'data/send',
    readable: true,
    writable: true,
  });
  expect(map.get(1)).toMatchObject({ name: 'status', readable: true, writable: false });
});

it('numbers the elements of an array row by row', () => {
  const elements = [0x100, 0x104, 0x108, 0x140, 0x144, 0x148].map((at) => map.get(at)?.element);
  expect(elements).toEqual([0, 1, 2, 3, 4, 5]);
  expect(map.get(0x148)?.register).toBe(0x100);
});

it('knows nothing between registers', () => {
  for (const offset of [2, 0xff, 0x102, 0x10c, 0x180]) expect(map.has(offset)).toBe(false);
});
