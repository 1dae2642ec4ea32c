import { expect, it } from 'vitest';
import { AclintSswi } from './aclint-sswi.ts';

it('writing 1 drives the line of the hart up, anything else nothing; registers read 0', () => {
  const driven: string[] = [];
  const problems: string[] = [];
  const lines = [0, 1, 2].map((hart) => ({
    set: (level: boolean) => driven.push(`${hart} ${level}`),
  }));
  const sswi = new AclintSswi(lines, ({ problem }) => problems.push(problem));
  sswi.reset();
  sswi.write(4, 4, 1);
  sswi.write(4, 4, 0);
  sswi.write(8, 4, 0xffff_fffe);
  sswi.write(0, 4, 0xffff_ffff);
  expect(driven).toEqual(['1 true', '0 true']);
  expect([sswi.read(0, 4), sswi.read(4, 4)]).toEqual([0, 0]);
  sswi.write(12, 4, 1);
  expect([driven.length, problems]).toEqual([2, ['no such register']]);
});
