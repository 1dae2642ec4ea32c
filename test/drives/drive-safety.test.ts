/**
 * A drive that is written all the time, and a process that is asked to end in the middle of it: the
 * file stays whole, the lock goes, and meanwhile nobody else may have it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import { assemble } from '../../tools/assembler/assemble.ts';
import { writeElf } from '../../tools/elf/write-elf.ts';
import { link } from '../../tools/linker/link.ts';
import { loadPty, TerminalScreen } from '../terminal-screen.ts';

const VITRINE = fileURLToPath(new URL('../../bin/vitrine.mjs', import.meta.url));
const SOURCE = fileURLToPath(new URL('writer.s', import.meta.url));
const RAM = 0x8000_0000;
const SECTOR = 512;
const SECTORS = 16;
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

const pty = await loadPty();
const required = process.env['VITRINE_WITNESSES'] === 'required';

const folder = mkdtempSync(join(tmpdir(), 'vitrine-drive-'));
const kernel = join(folder, 'writer.elf');
/** It asks for one sector to be written, and waits for something else while that is done. */
const waiter = join(folder, 'waiter.elf');
const WAITER_SECTOR = 1;

function build(source: string, file: string): void {
  const { object, errors } = assemble(source, 'writer.s');
  if (object === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  const { image } = link({ objects: [object], entry: '_start', textOrigin: RAM });
  if (image === undefined) throw new Error('the writer does not link');
  writeFileSync(file, writeElf(image));
}

beforeAll(() => {
  const source = readFileSync(SOURCE, 'utf8');
  build(source, kernel);
  const notify = /^.*# QueueNotify\n/m;
  expect(source).toMatch(notify);
  build(source.replace(notify, '$&sleep: wfi\n j sleep\n'), waiter);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const wordsFor = (guest: string, drive: string): string[] => {
  return [VITRINE, 'boot', guest, '--virtio', 'modern', '--drive', drive];
};

function boot(drive: string, guest = kernel): ChildProcess {
  return spawn(process.execPath, wordsFor(guest, drive), { stdio: ['pipe', 'pipe', 'pipe'] });
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once('close', resolve));

/** Waits for the guest's dot. */
const writes = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => child.stdout?.once('data', resolve));

function emptyDrive(name: string): string {
  const path = join(folder, name);
  writeFileSync(path, new Uint8Array(SECTOR * SECTORS));
  return path;
}

/** Whether every sector is what one request has written, or none. */
function isWhole(path: string): boolean {
  const bytes = readFileSync(path);
  return (
    bytes.length === SECTOR * SECTORS &&
    bytes.every((byte, at) => byte === bytes[at - (at % SECTOR)])
  );
}

test.each(['SIGHUP', 'SIGINT', 'SIGTERM'] as const)('%s leaves a drive whole', async (signal) => {
  const drive = emptyDrive(signal);
  const child = boot(drive);
  const end = ended(child);
  await writes(child);
  child.kill(signal);
  expect(await end).toBe(SIGNALS[signal]);
  expect(isWhole(drive)).toBe(true);
  expect(existsSync(`${drive}.lock`)).toBe(false);
});

test.skipIf(pty === undefined && !required)('Ctrl-A x leaves a drive whole', async () => {
  if (pty === undefined) throw new Error('node-pty is missing, and VITRINE_WITNESSES=required');
  const drive = emptyDrive('left');
  const words = wordsFor(kernel, drive);
  const screen = new TerminalScreen(pty, process.execPath, words, { columns: 80, rows: 24 });
  await screen.waitUntil('the dot', (lines) => lines.some((line) => line.includes('.')));
  screen.type('\x01x');
  expect(await screen.exited).toBe(0);
  expect(isWhole(drive)).toBe(true);
  expect(existsSync(`${drive}.lock`)).toBe(false);
});

it('the end of input leaves a drive with what was asked for before', async () => {
  const drive = emptyDrive('ended');
  const child = boot(drive, waiter);
  const end = ended(child);
  child.stdin?.end();
  expect(await end).toBe(0);
  const expected = new Uint8Array(SECTOR * SECTORS);
  expected.fill(1, WAITER_SECTOR * SECTOR, (WAITER_SECTOR + 1) * SECTOR);
  expect(new Uint8Array(readFileSync(drive))).toEqual(expected);
  expect(existsSync(`${drive}.lock`)).toBe(false);
});

it('is refused to others while it is written, and free when its owner was killed', async () => {
  const drive = emptyDrive('shared');
  const child = boot(drive);
  const end = ended(child);
  await writes(child);
  const other = boot(drive);
  let stderr = '';
  other.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  expect(await ended(other)).toBe(2);
  expect(stderr).toMatch(/^vitrine: .*shared is in use by process \d+ .*\n$/);
  child.kill('SIGKILL');
  await end;
  expect(isWhole(drive)).toBe(true);
  const heir = boot(drive);
  const heirEnds = ended(heir);
  await writes(heir);
  heir.kill('SIGTERM');
  expect(await heirEnds).toBe(SIGNALS.SIGTERM);
});
