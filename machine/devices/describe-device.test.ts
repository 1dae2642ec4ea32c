import { expect, it } from 'vitest';
import { describeDevice } from './describe-device.ts';

it('renders a heading, facts and a table', () => {
  const text = describeDevice({
    name: 'lamp',
    source: 'Data sheet 1',
    compatible: ['acme,lamp'],
    size: 0x40,
    accessWidths: [1, 4],
    registers: [
      {
        name: 'control',
        offset: 0,
        width: 1,
        access: 'rw',
        doc: 'On | off',
        fields: [
          { name: 'ON', lsb: 0, width: 1, doc: 'Shines' },
          { name: 'HUE', lsb: 1, width: 3 },
        ],
      },
      {
        name: 'bulb',
        offset: 0x14,
        width: 4,
        access: 'ro',
        doc: 'Hours',
        dimensions: [
          { name: 'row', count: 2, stride: 0x10 },
          { name: 'bulb', first: 1, count: 3, stride: 4 },
        ],
      },
    ],
    state: [],
  });
  expect(text).toBe(
    [
      '### lamp',
      '',
      'Source: Data sheet 1. 0x40 bytes; accesses of 1, 4 bytes.',
      '',
      'Compatible: `acme,lamp`.',
      '',
      '| offset | register | bytes | access | |',
      '|---|---|---|---|---|',
      '| 0x0 | `control` | 1 | rw | On \\| off<br>`ON` (0): Shines<br>`HUE` (3:1) |',
      '| 0x14 + 0x10·row + 0x4·(bulb − 1) | `bulb`[2 rows][3 bulbs] | 4 | ro | Hours |',
      '',
    ].join('\n'),
  );
});
