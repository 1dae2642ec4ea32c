import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BuildRecord } from './build-record.ts';
import { FileHashes, sha256 } from './file-hashes.ts';

let root: string;
const recordPath = (): string => join(root, 'record.json');
const write = (name: string, contents: string): void => writeFileSync(join(root, name), contents);
/** Long ago, so that the file counts as settled. */
const age = (name: string, seconds = 1_000_000): void =>
  utimesSync(join(root, name), seconds, seconds);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vitrine-record-'));
  write('in.ts', 'let x = 1;');
  write('out.elf', 'ELF');
  age('in.ts');
  age('out.elf');
  const record = BuildRecord.load(recordPath());
  const hashes = new FileHashes(root, record.files);
  record.set('image', {
    identity: 'one',
    inputs: { 'in.ts': hashes.of('in.ts'), 'in/index.ts': hashes.of('in/index.ts') },
    outputs: { 'out.elf': sha256('ELF') },
  });
  record.save(hashes);
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function isFresh(identity = 'one', name = 'image'): boolean {
  const record = BuildRecord.load(recordPath());
  return record.isFresh(name, identity, new FileHashes(root, record.files));
}

describe('BuildRecord', () => {
  test('nothing has changed', () => {
    expect(isFresh()).toBe(true);
  });

  test('a file that was only touched has not changed', () => {
    age('in.ts', 2_000_000);
    expect(isFresh()).toBe(true);
  });

  test.each([
    ['an input that has changed', () => write('in.ts', 'let x = 2;')],
    ['an input that is gone', () => rmSync(join(root, 'in.ts'))],
    ['an output that is gone', () => rmSync(join(root, 'out.elf'))],
    ['an output that was damaged', () => write('out.elf', 'FLE')],
    ['a damaged record', () => write('record.json', '{"format":1,"files":{"in.ts":5},"jobs":{}}')],
    ['a record of another form', () => write('record.json', '{"format":0,"files":{},"jobs":{}}')],
  ])('%s makes a job stale', (_, change) => {
    change();
    expect(isFresh()).toBe(false);
  });

  test('a file that would now be found first makes a job stale', () => {
    const record = BuildRecord.load(recordPath());
    const hashes = new FileHashes(root, record.files);
    record.set('other', { identity: 'one', inputs: { 'new.ts': null }, outputs: {} });
    record.save(hashes);
    expect(isFresh('one', 'other')).toBe(true);
    write('new.ts', '');
    expect(isFresh('one', 'other')).toBe(false);
  });

  test('another identity makes a job stale, and an unknown job is', () => {
    expect(isFresh('two')).toBe(false);
    expect(isFresh('one', 'unknown')).toBe(false);
  });

  test('size and time of change answer for a settled file', () => {
    write('in.ts', 'let x = 3;');
    age('in.ts');
    expect(isFresh()).toBe(true);
  });

  test('jobs that are not named are forgotten', () => {
    const record = BuildRecord.load(recordPath());
    record.keepOnly(new Set(['other']));
    record.save(new FileHashes(root, record.files));
    expect(isFresh()).toBe(false);
  });
});
