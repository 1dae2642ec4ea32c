import { describe, expect, test } from 'vitest';
import { ExecScript } from './exec-script.ts';

const ready = { kind: 'ready' } as const;
const done = (status: number) => ({ kind: 'done', status }) as const;
const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes);

describe('ExecScript', () => {
  test('types each line when the shell is ready, then poweroff, then nothing', () => {
    const script = new ExecScript(['ls', 'echo grüß']);
    expect(text(script.handle(ready))).toBe('ls\r');
    expect(script.handle(done(0))).toBeUndefined();
    expect(text(script.handle(ready))).toBe('echo grüß\r');
    expect(script.handle(done(0))).toBeUndefined();
    expect(script.failure).toBeUndefined();
    expect(text(script.handle(ready))).toBe('poweroff\r');
    expect(script.handle(ready)).toBeUndefined();
  });

  test('a status before the first line belongs to no line', () => {
    const script = new ExecScript(['ls']);
    expect(script.handle(done(3))).toBeUndefined();
    expect(script.failure).toBe('--exec "ls" was never run');
    script.handle(ready);
    script.handle(done(0));
    expect(script.failure).toBeUndefined();
  });

  test('names the first line that failed and its status, and goes on', () => {
    const script = new ExecScript(['ok', 'no', 'worse']);
    for (const status of [0, 2, 3]) {
      script.handle(ready);
      script.handle(done(status));
    }
    expect(script.failure).toBe('--exec "no" returned 2');
  });

  test('names the line that runs, whatever failed before it', () => {
    const script = new ExecScript(['no', 'endless']);
    expect(script.running).toBeUndefined();
    script.handle(ready);
    script.handle(done(2));
    expect(script.running).toBeUndefined();
    script.handle(ready);
    expect(script.running).toBe('endless');
    script.handle(done(0));
    expect(script.running).toBeUndefined();
  });

  test('a shell that died under a command has given no status', () => {
    const script = new ExecScript(['crash shell', 'ls']);
    script.handle(ready);
    expect(text(script.handle(ready))).toBe('ls\r');
    script.handle(done(0));
    expect(script.failure).toBe('--exec "crash shell" ended without a status');
  });

  test('a guest that stops early leaves lines that were never run', () => {
    const script = new ExecScript(['poweroff', 'ls']);
    script.handle(ready);
    expect(script.failure).toBe('--exec "poweroff" did not end');
    script.handlePowerOff();
    expect(script.failure).toBe('--exec "ls" was never run');
  });
});
