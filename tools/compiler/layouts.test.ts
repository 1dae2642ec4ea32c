import { describe, expect, test } from 'vitest';
import { compileSources } from './frontend.ts';

const SOURCE = `
@unmanaged
class Base {
  first: u8;
  second: u32;
}

@unmanaged
class Derived extends Base {
  third: u16;
  fourth: Base | null;
  wide: u64;
}

export const COUNT: u32 = 7;
const table = memory.data(64, 16);
let variable: u32 = 1;

export function use(derived: Derived): u32 {
  variable += derived.second + derived.third;
  return variable + (table as u32) + COUNT + (offsetof<Derived>() as u32);
}
`;

describe('layouts', () => {
  test('are those of the compiled code, with base classes and constants', async () => {
    const { layouts, diagnostics } = await compileSources({
      entries: ['layout.ts'],
      root: '/',
      readFile: (path) => (path === 'layout.ts' ? SOURCE : null),
      moduleName: 'layout',
      memoryBase: 0x8048_0000,
    });
    expect(diagnostics).toEqual([]);
    const { size, fields } = layouts?.classes['layout/Derived'] ?? { size: 0, fields: [] };
    expect(size).toBe(24);
    expect(fields).toEqual([
      { name: 'first', offset: 0, size: 1, type: 'u8' },
      { name: 'second', offset: 4, size: 4, type: 'u32' },
      { name: 'third', offset: 8, size: 2, type: 'u16' },
      { name: 'fourth', offset: 12, size: 4, type: 'layout/Base | null' },
      { name: 'wide', offset: 16, size: 8, type: 'u64' },
    ]);
    expect(layouts?.constants['layout/COUNT']).toBe(7);
    expect((layouts?.constants['layout/table'] ?? 0) % 16).toBe(0);
    expect(layouts?.constants['layout/table']).toBeGreaterThanOrEqual(0x8048_0000);
    expect(layouts?.constants).not.toHaveProperty('layout/variable');
  });
});
