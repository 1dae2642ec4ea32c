/** Two processes with a machine each, on one wire: what one sends the other prints, and both record. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { assemble } from '../../tools/assembler/assemble.ts';
import { writeElf } from '../../tools/elf/write-elf.ts';
import { link } from '../../tools/linker/link.ts';

const VITRINE = fileURLToPath(new URL('../../bin/vitrine.mjs', import.meta.url));
const SOURCE = fileURLToPath(new URL('greeter.s', import.meta.url));
const RAM = 0x8000_0000;
const GREETING = 'hello, neighbour\n';

const folder = mkdtempSync(join(tmpdir(), 'vitrine-wire-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function greeter(): Uint8Array {
  const { object, errors } = assemble(readFileSync(SOURCE, 'utf8'), 'greeter.s');
  if (object === undefined) throw new Error(errors.map(({ message }) => message).join('\n'));
  const { image } = link({ objects: [object], entry: '_start', textOrigin: RAM });
  if (image === undefined) throw new Error('the greeter does not link');
  return writeElf(image);
}

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function boot(...words: string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [VITRINE, 'boot', join(folder, 'greeter.elf'), ...words],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, XDG_RUNTIME_DIR: folder },
      },
    );
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Frames in a record of a wire. */
function frames(path: string): Buffer[] {
  const bytes = readFileSync(path);
  const found = [];
  for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
    found.push(bytes.subarray(at + 16, at + 16 + bytes.readUInt32LE(at + 8)));
  }
  return found;
}

it('greet each other', async () => {
  writeFileSync(join(folder, 'greeter.elf'), greeter());
  const words = ['--virtio', 'modern', '--net', 'hub:test', '--max-cycles', '200G'];
  const record = (name: string) => join(folder, `${name}.pcap`);
  const outcomes = await Promise.all([
    boot(...words, '--pcap', record('one')),
    boot(...words, '--pcap', record('two')),
  ]);
  for (const outcome of outcomes) {
    expect(outcome).toEqual({ code: 0, stdout: GREETING, stderr: '' });
  }
  for (const name of ['one', 'two']) {
    const seen = frames(record(name));
    expect(seen.length).toBeGreaterThanOrEqual(2); // its own, and the other's
    expect(seen.every((frame) => frame.toString('latin1', 14).startsWith(GREETING))).toBe(true);
  }
});
