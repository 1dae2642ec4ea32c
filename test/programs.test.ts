/**
 * Programs in a running system: the same lines typed here and on QEMU, selftest on both, and that
 * nothing is lost however many programs come and go.
 */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { ConsoleSession } from './console-session.ts';
import { QEMU, QEMU_BOOT } from './qemu-boot.ts';
import { describeWithWitness } from './witness.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const VITRINE = [`${ROOT}/bin/vitrine.mjs`, 'boot', 'micro', '--max-cycles', '20000000000'];
const FREE = [...VITRINE, '--pace', 'free'];

/** What the console server's line editor takes (services/console/line-editor.ts). */
const CONSOLE_LINE_BYTES = 1024;

const LINES = [
  'ls /',
  'cat /motd /motd | wc',
  'wc /welcome.txt',
  'head -n 2 /welcome.txt | grep -n the',
  'echo one > /tmp/lines',
  'echo two >> /tmp/lines; echo three >> /tmp/lines',
  'cat < /tmp/lines | grep -v two | cat > /tmp/others; cat /tmp/others',
  'ls -l /tmp',
  'mkdir /tmp/folder; cp /bin/echo /tmp/folder; /tmp/folder/echo "from memory"',
  'cd /tmp/folder; pwd; ls; cd ..; pwd; cd',
  'rm /tmp/folder; echo $?; rm /tmp/folder/echo /tmp/folder; ls /tmp',
  'echo x > /motd; echo $?',
  'hexdump /tmp/lines',
  'sleep 1 & echo at once; ps | grep -c sleep',
  'wait; ps | grep -c sleep',
  'sh -c "exit 3" | cat; echo $?; sh -c "exit 3"; echo $?',
  'cat /nowhere | wc; cat < /nowhere; echo $?',
  'no-such-program | cat; /motd; echo $?',
  'crash -null; echo $?; crash -divide; echo $?; crash -abort; echo $?',
  'sh -c "kill -9 99; echo \'$?\' | cat"',
  'selftest',
  'poweroff',
];

describe('programs', () => {
  let transcript: string;

  beforeAll(async () => {
    const session = new ConsoleSession(process.execPath, FREE);
    expect(await session.run(LINES)).toBe(0);
    transcript = session.transcript;
  });

  /** What the console shows between a line and the next prompt. */
  const answerTo = (line: string): string => {
    const shown = transcript.split(`vitrine> ${line}\n`)[1] ?? '';
    return shown.slice(0, shown.indexOf('vitrine> '));
  };

  it('work on files, through pipes and redirections', () => {
    expect(answerTo(LINES[1])).toBe('      4      36     228\n');
    expect(answerTo(LINES[6])).toBe('one\nthree\n');
    expect(answerTo(LINES[8])).toBe('from memory\n');
    expect(answerTo(LINES[9])).toBe('/tmp/folder\necho\n/tmp\n');
    expect(answerTo(LINES[12])).toContain('|one.two.three.|\n');
  });

  it('run beside the shell', () => {
    expect(answerTo(LINES[13])).toBe('[1]\nat once\n1\n');
    expect(answerTo(LINES[14])).toBe('0\n');
  });

  it('end with a status, and say why when they cannot go on', () => {
    expect(answerTo(LINES[15])).toBe('0\n3\n');
    expect(answerTo(LINES[17])).toBe(
      'no-such-program: no such command; help lists them\n' +
        'sh: /motd: is no program for this machine\n126\n',
    );
    const statuses = answerTo(LINES[18]).match(/^\d+$/gm);
    expect(statuses).toEqual(['139', '136', '134']);
    expect(answerTo(LINES[18])).toMatch(
      /store page fault at 0x00000000, pc 0x0001[0-9a-f]{4}, userland\/programs\/crash\/main\.ts:\d+\n/,
    );
  });

  it('find the system sound from inside', () => {
    const lines = answerTo('selftest').split('\n');
    expect(lines.at(-2)).toMatch(/^selftest: \d{2} checks, all passed$/);
    expect(lines.filter((line) => line.startsWith('FAIL'))).toEqual([]);
  });

  describeWithWitness(QEMU, 'and on QEMU', () => {
    it('show the same', async () => {
      const qemu = new ConsoleSession(QEMU, [...QEMU_BOOT, '-serial', 'stdio']);
      expect(await qemu.run(LINES)).toBe(0);
      expect(qemu.transcript).toBe(transcript);
    });
  });
});

describe('a thousand programs', () => {
  it('come and go without a trace', async () => {
    const session = new ConsoleSession(process.execPath, [...FREE, '--memory', '32M']);
    const lines = [
      'selftest -spawn 20',
      'selftest -free',
      'selftest -spawn 1000',
      'selftest -free',
    ];
    expect(await session.run([...lines, 'poweroff'])).toBe(0);
    expect(session.transcript).toContain('1000 programs came and went\n');
    const free = [...session.transcript.matchAll(/^(\d+) pages are free$/gm)].map(
      ([, count]) => count,
    );
    expect(free).toHaveLength(2);
    expect(Number(free[0])).toBeGreaterThan(1000);
    expect(free[1]).toBe(free[0]);
  });
});

describe('the process server', () => {
  it('takes its programs with it when it dies, and is there again with a shell', async () => {
    const session = new ConsoleSession(process.execPath, [...FREE, '--memory', '32M']);
    // After a first life, so that all tables have their size.
    const die = 'sleep 1000 & crash process';
    const lines = [die, 'selftest -free', die, die, 'selftest -free', 'ps'];
    expect(await session.run([...lines, 'poweroff'])).toBe(0);
    const free = [...session.transcript.matchAll(/^(\d+) pages are free$/gm)].map(
      ([, pages]) => pages,
    );
    expect(free).toHaveLength(2);
    expect(free[1]).toBe(free[0]);
    expect(session.transcript).toMatch(/^ *\d+ {2}process +running +10 +3 /m);
  });
});

describe('Ctrl-C', () => {
  it('ends the program in the foreground, and what is typed, but not the shell', async () => {
    // In real time, in which a thousand seconds do not pass while somebody types.
    const session = new ConsoleSession(process.execPath, [...VITRINE, '--pace', 'real']);
    let at = await session.waitFor('vitrine> ');
    session.type('sleep 1000 &\r');
    at = await session.waitFor('vitrine> ', at);
    session.type('sh -c "echo ready; sleep 1000"\r');
    at = await session.waitFor('\nready\n', at);
    session.type('\x03');
    at = await session.waitFor('vitrine> ', at);
    session.type('echo $?; ps | grep -c sleep\r');
    at = await session.waitFor('130\n1\n', at);
    await session.waitFor('vitrine> ', at);
    session.type('poweroff\r');
    expect(await session.ended).toBe(0);
  });
});

describe('a line that is longer than the console takes, and typed ahead', () => {
  it('is cut, with the bell, and Enter still ends it', async () => {
    const session = new ConsoleSession(process.execPath, FREE);
    let at = await session.waitFor('vitrine> ');
    session.type(`sleep 1\recho ${'x'.repeat(CONSOLE_LINE_BYTES)}\r`);
    at = await session.waitFor(`\n${'x'.repeat(CONSOLE_LINE_BYTES - 'echo '.length)}\n`, at);
    await session.waitFor('vitrine> ', at);
    session.type('poweroff\r');
    expect(await session.ended).toBe(0);
    expect(session.transcript).toContain('\x07'.repeat('echo '.length));
  });
});
