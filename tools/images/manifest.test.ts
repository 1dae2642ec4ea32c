import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { InputError } from '../host/command-error.ts';
import { manifestText, parseSystemDescription } from './manifest.ts';

const FILE = 'kernels/micro/images/test.json';
const PROTOCOLS = [
  { module: 'init', number: 3 },
  { module: 'lamp', number: 40 },
  { module: 'supervisor', number: 4 },
];

const init = {
  ...{ name: 'init', source: 'userland/services/init', place: 'user', threads: 1, priority: 20 },
  ...{ protocol: 'init', provides: ['/svc/init'], restart: 'never', memory: 16384 },
};
const supervisor = {
  ...{ name: 'supervisor', source: 'userland/services/supervisor', place: 'user', threads: 1 },
  ...{ priority: 19, protocol: 'supervisor', uses: ['init'], grants: ['initrd', 'init'] },
  ...{ restart: 'always', memory: 16384 },
};
const lamp = {
  ...{ name: 'lamp', source: 'userland/services/lamp', place: 'user', threads: 1, priority: 9 },
  ...{ protocol: 'lamp', provides: ['/svc/lamp', '/dev/lamp'], registers: 'acme,lamp' },
  ...{
    interrupt: 'acme,lamp',
    arguments: ['dim', '40'],
    restart: 'always',
    memory: 8192,
    kept: 4096,
  },
  ...{ fallbacks: ['/'], requires: 'supervisor', optional: true, device: 2, dma: 4096 },
};

const text = (...services: unknown[]): string => JSON.stringify({ services });

function errorOf(source: string): string {
  try {
    manifestText(parseSystemDescription(source, FILE), PROTOCOLS);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return 'no error';
}

describe('the manifest', () => {
  it('has a block for each service', () => {
    const system = parseSystemDescription(text(init, supervisor, lamp), FILE);
    expect(manifestText(system, PROTOCOLS).split('\n\n').at(-1)).toBe(
      [
        'service lamp',
        'image boot/lamp',
        'priority 9',
        'threads 1',
        'stack 8192',
        'restart always',
        'kept 4096',
        'protocol 40',
        'provides /svc/lamp',
        'provides /dev/lamp',
        'fallback /',
        'requires supervisor',
        'optional yes',
        'device 2',
        'dma 4096',
        'registers acme,lamp',
        'interrupt acme,lamp',
        'arguments dim 40',
        '',
      ].join('\n'),
    );
  });

  it.each(['micro/images/default', 'mono/images/default', 'hybrid/images/split'])(
    'has every service of %s under its name in /svc',
    (name) => {
      const file = `kernels/${name}.json`;
      const source = readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');
      for (const service of parseSystemDescription(source, file).services) {
        if (service.protocol === undefined) continue;
        expect(service.provides).toContain(`/svc/${service.name}`);
      }
    },
  );

  it('can be made from every description of the repository', () => {
    const folder = new URL('../../kernels/micro/images/', import.meta.url);
    const source = readFileSync(fileURLToPath(new URL('default.json', folder)), 'utf8');
    const system = parseSystemDescription(source, FILE);
    expect(system.services.map(({ name }) => name)).toContain('process');
  });
});

describe('a mistake in a description gets one line with file and place', () => {
  it.each([
    ['a missing property', { ...lamp, memory: undefined }, '"memory" is not a whole number'],
    ['an unknown property', { ...lamp, colour: 'red' }, 'unknown property "colour"'],
    ['a long name', { ...lamp, name: 'a-lamp-of-many-colours' }, '"name" is not at most 15'],
    ['too many threads', { ...lamp, threads: 9 }, '"threads" is not a whole number from 1 to 8'],
    [
      'no room for threads',
      { ...lamp, threads: 2 },
      '2 threads need 36864 bytes, and "memory" is 8192',
    ],
    ['a priority out of range', { ...lamp, priority: 32 }, '"priority" is not a whole number'],
    ['an odd stack', { ...lamp, memory: 5000 }, '"memory" is not whole pages'],
    ['a relative path', { ...lamp, provides: ['svc'] }, '"provides" is not a list of paths'],
    ['an argument with a space', { ...lamp, arguments: ['a b'] }, '"arguments" is not a list'],
    ['a device out of range', { ...lamp, device: 0 }, '"device" is not a whole number'],
    ['memory for no device', { ...lamp, registers: undefined }, 'but no "registers" of one'],
    ['a service that is not there', { ...lamp, requires: 'mains' }, 'which is not further up'],
    ['an unknown grant', { ...lamp, grants: ['all'] }, '"grants" has "all"'],
    ['an unknown restart', { ...lamp, restart: 'maybe' }, '"restart" is not one of always, never'],
    ['a service in the microkernel', { ...lamp, place: 'kernel' }, 'no services inside'],
    ['a path twice', { ...lamp, provides: ['/svc/init'] }, '"/svc/init" is provided by "init"'],
    ['an unknown protocol', { ...lamp, protocol: 'lantern' }, 'no protocol "lantern"'],
    ['a use that nobody offers', { ...lamp, uses: ['files'] }, 'which no service offers'],
    ['paths without protocol', { ...lamp, protocol: undefined }, 'but has no "protocol"'],
    ['a second supervisor', { ...lamp, grants: ['init'] }, '2 services have the grant "init"'],
  ])('%s', (_, service, message) => {
    const error = errorOf(text(init, supervisor, service));
    expect(error).toContain(message);
    expect(error.startsWith(`${FILE}: `)).toBe(true);
    expect(error).not.toContain('\n');
  });

  it('a service twice, init not first, no supervisor', () => {
    expect(errorOf(text(init, supervisor, lamp, { ...lamp, provides: [] }))).toContain(
      'service "lamp" is described twice',
    );
    expect(errorOf(text(supervisor, init))).toContain('the first service is not "init"');
    expect(errorOf(text(init))).toContain('0 services have the grant "init"');
  });

  it('what is no JSON', () => {
    const error = errorOf('{\n  "services": [\n    oops\n  ]\n}');
    expect(error).toMatch(/is not JSON: .*oops/);
    expect(error).not.toContain('\n');
    expect(errorOf('[]')).toContain('is not an object with a list "services"');
    expect(errorOf('{ "services": [1] }')).toContain('services[0] is not an object');
  });
});
