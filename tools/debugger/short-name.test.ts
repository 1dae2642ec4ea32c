import { expect, test } from 'vitest';
import { shortName } from './short-name.ts';

test.each([
  ['kernel_main', 'kernel_main'],
  ['kernels/core/boot/takeMachine', 'takeMachine'],
  ['userland/services/fs/fs-service/FsService#read', 'FsService#read'],
  ['stubs/file/dispatchFile<userland/services/fs/fs-service/FsService>', 'dispatchFile<FsService>'],
  ['a/b/both<c/d/Left,e/f/Right<g/h/Inner>>', 'both<Left,Right<Inner>>'],
])('%s is %s', (name, short) => {
  expect(shortName(name)).toBe(short);
});
