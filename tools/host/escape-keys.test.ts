import { describe, expect, test } from 'vitest';
import { EscapeKeys } from './escape-keys.ts';

const type = (keys: EscapeKeys, text: string): unknown => {
  const { bytes, leave, help } = keys.filter(new TextEncoder().encode(text));
  return { text: new TextDecoder().decode(bytes), leave, help };
};

describe('EscapeKeys', () => {
  test('ordinary keys go to the guest, Ctrl-C among them', () => {
    expect(type(new EscapeKeys(), 'ls\r\x03')).toEqual({
      text: 'ls\r\x03',
      leave: false,
      help: false,
    });
  });

  test('Ctrl-A x leaves, also when the two arrive apart', () => {
    expect(type(new EscapeKeys(), 'a\x01xb')).toEqual({ text: 'a', leave: true, help: false });
    const keys = new EscapeKeys();
    expect(type(keys, '\x01')).toEqual({ text: '', leave: false, help: false });
    expect(type(keys, 'x')).toEqual({ text: '', leave: true, help: false });
  });

  test('Ctrl-A h asks for help, Ctrl-A Ctrl-A sends one, Ctrl-A with another key sends nothing', () => {
    expect(type(new EscapeKeys(), '\x01h\x01\x01\x01qz')).toEqual({
      text: '\x01z',
      leave: false,
      help: true,
    });
  });

  test('Ctrl-A s commits drives, and nothing of it goes to the guest', () => {
    const { bytes, commit } = new EscapeKeys().filter(new TextEncoder().encode('a\x01sb'));
    expect([new TextDecoder().decode(bytes), commit]).toEqual(['ab', true]);
  });
});
