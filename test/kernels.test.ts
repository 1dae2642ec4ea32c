/**
 * One transcript under every kernel: the same programs from the same disk, the same lines typed, the
 * same answers read, here and on QEMU.
 */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { hybridImage } from '../tools/images/folders.ts';
import { listPlacements } from '../tools/images/placements.ts';
import { ConsoleSession, PROMPT } from './console-session.ts';
import { QEMU, qemuBoot } from './qemu-boot.ts';
import { describeWithWitness } from './witness.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const VITRINE = fileURLToPath(new URL('../bin/vitrine.mjs', import.meta.url));

const LINES = [
  'help',
  'ls /',
  'ls /bin',
  'cat motd',
  'cat nothing-of-this-name',
  'echo one  "two three"   four',
  'ls /bin | grep s | wc',
  'cat < /motd | cat | cat | head',
  'echo kept > /tmp/note; cat /tmp/note',
  'echo more >> /tmp/note; wc /tmp/note',
  'cp /motd /tmp/copy; wc /tmp/copy',
  'hexdump /tmp/note',
  'sleep 0.1 &',
  'wait',
  'cd /tmp; pwd',
  'mkdir a; ls',
  'rm note copy a; ls',
  'echo x > /readonly',
  'sh -c "echo nested | cat"',
  'false; echo $?',
  'ls /m* && echo yes || echo no',
  'false && echo x || echo "*" /mot? /nothing-of-this-name*',
  'kill 9999',
  'no-such-command',
  'echo $?',
  'crash -null',
  'echo $?',
  'crash -divide',
  'crash nobody',
  'selftest',
  'poweroff',
];

/** Numbers that count processes: under micro the services are among them. */
const PROCESS_NUMBER = /\(process \d+\)/g;

async function transcript(command: string, args: readonly string[]): Promise<string[]> {
  const session = new ConsoleSession(command, args);
  const status = await session.run(LINES);
  expect([status, session.errors]).toEqual([0, '']);
  const text = session.transcript.replaceAll(PROCESS_NUMBER, '(process #)');
  // What firmware and kernel say comes first.
  return text.split('\n').slice(3);
}

const ours = (kernel: string): Promise<string[]> =>
  transcript(process.execPath, [
    ...[VITRINE, 'boot', kernel, '--pace', 'free', '--max-cycles', '20000000000'],
  ]);

describe('the same lines under the same programs', () => {
  let mono: string[];

  beforeAll(async () => {
    mono = await ours('mono');
  }, 120_000);

  it('are answered alike by micro and mono', async () => {
    expect(mono).toEqual(await ours('micro'));
    expect(mono.join('\n')).toContain('checks, all passed');
  }, 120_000);

  it('begin with a list of all programs', () => {
    const answer = (line: string): string[] => {
      const start = mono.indexOf(`${PROMPT}${line}`) + 1;
      const length = mono.slice(start).findIndex((text) => text.startsWith(PROMPT));
      return mono.slice(start, start + length);
    };
    const listed = new Set(answer('help').map((text) => text.split(' ')[0]));
    const programs = answer('ls /bin');
    expect(programs).toContain('selftest');
    expect(programs.filter((name) => !listed.has(name))).toEqual([]);
  });

  it.each(listPlacements(ROOT))(
    'are answered alike by hybrid:%s',
    async (placement) => {
      expect(await ours(`hybrid:${placement}`)).toEqual(mono);
    },
    120_000,
  );

  describeWithWitness(QEMU, 'on QEMU', () => {
    it.each(['mono', ...listPlacements(ROOT).map(hybridImage)])(
      'are answered alike by %s',
      async (image) => {
        expect(await transcript(QEMU, [...qemuBoot(image), '-serial', 'stdio'])).toEqual(mono);
      },
      120_000,
    );
  });
});

describe.each(['mono', 'hybrid'])('a service that crashes inside %s', (kernel) => {
  const run = async (append: string): Promise<{ status: number | null; text: string }> => {
    const args = ['boot', kernel, '--append', append, '--exec', 'crash fs', '--exec', 'cat /motd'];
    const session = new ConsoleSession(process.execPath, [VITRINE, ...args]);
    return { status: await session.ended, text: session.transcript };
  };

  it('takes the program that asked with it, and nothing else', async () => {
    const { text } = await run('oops=kill');
    expect(text).toMatch(
      /\noops: store page fault, .*, userland\/environment\/user\/base-service\.ts:\d+; crash \(process \d+\) is killed\n/,
    );
    expect(text).toContain('cat /motd\nVitrine: an operating system under glass.\n');
  }, 60_000);

  it('ends the system with oops=panic', async () => {
    const { status, text } = await run('oops=panic');
    expect(text).toMatch(
      /\nkernel panic: store page fault, .*, userland\/environment\/user\/base-service\.ts:\d+\n/,
    );
    expect(text).not.toContain('cat /motd\n');
    expect(status).toBe(1);
  }, 60_000);
});

describe.each(['mono', 'hybrid:split', 'hybrid:fs'])('a fault inside %s', (kernel) => {
  it('does not keep what the call held', async () => {
    // More than the file system has places for open files.
    const crashes = Array<string>(130).fill('crash -file /motd');
    const lines = [...crashes, 'cat /motd'].flatMap((line) => ['--exec', line]);
    const session = new ConsoleSession(process.execPath, [VITRINE, 'boot', kernel, ...lines]);
    await session.ended;
    expect(session.transcript.match(/^oops: /gm)).toHaveLength(crashes.length);
    expect(session.transcript).toContain('cat /motd\nVitrine: an operating system under glass.\n');
  }, 60_000);
});

describe('a service that crashes outside hybrid', () => {
  it('is started again, and what is inside goes on', async () => {
    const lines = ['crash tmpfs', 'sleep 0.1', 'echo x > /tmp/a; cat /tmp/a /motd'];
    const args = ['boot', 'hybrid', ...lines.flatMap((line) => ['--exec', line])];
    const session = new ConsoleSession(process.execPath, [VITRINE, ...args]);
    expect(await session.ended).toBe(0);
    expect(session.transcript).toMatch(
      /\nsupervisor: tmpfs died: store page fault .*; restarted\n/,
    );
    expect(session.transcript).toContain('/motd\nx\nVitrine: an operating system under glass.\n');
  }, 60_000);
});

describe.each(['mono', 'hybrid'])('pages under %s', (kernel) => {
  it('come back, whatever becomes of programs', async () => {
    const round = [
      ...['selftest -spawn 20', 'selftest > /tmp/x', 'rm /tmp/x', 'crash fs', 'crash -null'],
      ...['ls | cat | wc', 'echo x | crash console', 'selftest -free'],
    ];
    // The first round makes as many threads and objects as there ever are at once.
    const lines = [...round, ...round, ...round];
    const session = new ConsoleSession(process.execPath, [
      ...[VITRINE, 'boot', kernel, ...lines.flatMap((line) => ['--exec', line])],
    ]);
    await session.ended;
    const free = [...session.transcript.matchAll(/^(\d+) pages are free$/gm)].map(([, n]) => n);
    expect(free).toHaveLength(3);
    expect(free[1]).toBe(free[2]);
  }, 60_000);
});
