import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, test } from 'vitest';
import { openSerialLine, parseSerialChoice, type SerialLine } from './serial-line.ts';
import { WakeSource } from './wake-source.ts';

const PATIENCE = 3000;

let folder: string;
let line: SerialLine | undefined;
const wake = new WakeSource();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-line-'));
});

afterEach(() => {
  line?.close();
  line = undefined;
  rmSync(folder, { recursive: true });
});

async function open(text: string): Promise<SerialLine> {
  const choice = parseSerialChoice(text);
  if (choice.kind === 'stdio') throw new Error('stdio is no line');
  return (line = await openSerialLine(choice, wake));
}

function send(to: SerialLine, text: string): void {
  for (const byte of Buffer.from(text)) to.put(byte);
  to.flush();
}

/** Waits until something is so, which takes as long as the host takes. */
async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; !isSo(); waited++) {
    if (waited > PATIENCE) throw new Error('it does not become so');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const textOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString();

test.each(['', 'stdout', 'file:', 'socket:', 'file', 'pty:x', 'stdio:', 'tcp:1'])(
  '--serial %s is refused',
  (text) => {
    expect(() => parseSerialChoice(text)).toThrow(
      `--serial ${text}: it is stdio, none, pty, file:PATH or socket:PATH`,
    );
  },
);

it('a file gets what is sent', async () => {
  const path = join(folder, 'out');
  const to = await open(`file:${path}`);
  send(to, 'hello ');
  send(to, 'file');
  expect(readFileSync(path, 'utf8')).toBe('hello file');
  expect([to.hasArrived, to.inputEnded, to.takeArrived()]).toEqual([false, true, undefined]);
});

it('what cannot be opened is one line', async () => {
  await expect(open(`file:${folder}`)).rejects.toThrow(`${folder} cannot be written (EISDIR)`);
  await expect(open(`socket:${folder}`)).rejects.toThrow(`${folder} is there already`);
  await expect(open(`socket:${folder}/no/socket`)).rejects.toThrow('cannot be a socket (EACCES)');
});

it('a socket carries bytes both ways, for one peer at a time', async () => {
  const path = join(folder, 'socket');
  const to = await open(`socket:${path}`);
  send(to, 'to nobody');
  const peer = connect(path);
  let heard = '';
  peer.on('data', (chunk: Buffer) => (heard += chunk.toString()));
  peer.write('ls\n');
  await until(() => to.hasArrived);
  expect(textOf(to.takeArrived())).toBe('ls\n');
  const other = connect(path);
  await new Promise((resolve) => other.once('close', resolve));
  send(to, 'bin');
  await until(() => heard === 'bin');
  expect(to.inputEnded).toBe(false);
  peer.destroy();
  to.close();
  line = undefined;
  expect(existsSync(path)).toBe(false);
});

it('none swallows everything', async () => {
  const to = await open('none');
  send(to, 'x');
  expect([to.inputEnded, to.hasArrived]).toEqual([true, false]);
});

test.skipIf(process.platform === 'win32')(
  'a pseudoterminal is a device that other programs open',
  async () => {
    const to = await open('pty');
    expect(statSync(to.place).isCharacterDevice()).toBe(true);
    send(to, 'login: ');
    const device = openSync(to.place, 'r+');
    const bytes = Buffer.alloc(64);
    expect(bytes.toString('utf8', 0, readSync(device, bytes))).toBe('login: ');
    writeSync(device, 'root\r');
    await until(() => to.hasArrived);
    expect(textOf(to.takeArrived())).toBe('root\r');
    closeSync(device);
    send(to, 'x'.repeat(100_000)); // nobody reads it
    expect(to.hasArrived).toBe(false);
  },
);
