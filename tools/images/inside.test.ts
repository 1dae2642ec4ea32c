import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { InputError } from '../host/command-error.ts';
import { insideSource } from './inside.ts';
import { parseSystemDescription } from './manifest.ts';

const FILE = 'kernels/mono/images/test.json';
const lamp = {
  ...{ name: 'lamp', source: 'userland/services/lamp', place: 'kernel', threads: 1 },
  ...{ protocol: 'lamp', provides: ['/svc/lamp'], registers: 'acme,lamp', interrupt: 'acme,lamp' },
};
const store = {
  ...{ name: 'front-store', source: 'userland/services/store', place: 'kernel', threads: 1 },
  ...{ protocol: 'shelf', uses: ['names', 'lamp'], provides: ['/', '/svc/store'] },
  ...{ requires: 'lamp', fallbacks: ['/goods'], dma: 4096, registers: 'acme,store', device: 2 },
};
const SOURCES = new Map([
  [
    'userland/services/lamp/lamp-service.ts',
    'export class LampService {\n  interrupt(): void {\n  }\n  alarm(): void {\n  }\n}\n',
  ],
  [
    'userland/services/lamp/main.ts',
    'dispatchBase(request) || dispatchLamp<LampService>(service, request)',
  ],
  [
    'userland/services/store/store-service.ts',
    'export class StoreService {\n  closed(badge: u32): void {\n  }\n}\n',
  ],
  [
    'userland/services/store/main.ts',
    'dispatchFile<StoreService>(service, request) || dispatchShelf<StoreService>(service, request)',
  ],
]);
const read = (path: string): string | null => SOURCES.get(path) ?? null;
const text = (...services: unknown[]): string => JSON.stringify({ services });
const source = (description: string, readSource = read): string =>
  insideSource(parseSystemDescription(description, FILE), readSource);

/** The body of a function of the binding, without its indentation. */
function body(module: string, name: string): string {
  const found = new RegExp(`export function ${name}\\(.*?\\{\n(.*?)\n\\}`, 's').exec(module);
  return (found?.[1] ?? '').replaceAll(/^ +/gm, '');
}

describe('the binding of services inside', () => {
  const module = source(text(lamp, store));

  it('asks a service by the protocols that its main.ts names, in their order', () => {
    expect(body(module, 'dispatchInside')).toContain(
      'case 1:\nreturn dispatchFile<StoreService>(frontStoreService, request) || ' +
        'dispatchShelf<StoreService>(frontStoreService, request);',
    );
    expect(module).toContain("import { dispatchShelf } from 'stubs/shelf';");
  });

  it('tells only those of interrupts, alarms and closed ports that want to know', () => {
    expect(body(module, 'interruptInside')).toContain('case 0:\nlampService.interrupt();');
    expect(body(module, 'interruptInside')).toContain('case 1:\nbreak;');
    expect(body(module, 'alarmInside')).toContain('case 0:\nlampService.alarm();');
    expect(body(module, 'closeInside')).toContain('case 0:\nbreak;');
    expect(body(module, 'closeInside')).toContain('case 1:\nfrontStoreService.closed(badge);');
  });

  it('says what each is given, and where it is found', () => {
    expect(body(module, 'describeService').split('case 1:')[1]).toContain(
      [
        "description.name = 'front-store';",
        "description.registers = 'acme,store';",
        'description.interrupt = null;',
        'description.device = 2;',
        'description.dma = 4096;',
        'description.kept = 0;',
        'description.readsInitrd = false;',
        'description.isOptional = false;',
        'description.requires = 0;',
      ].join('\n'),
    );
    expect(module).toContain('export const PATHS: u32 = 4;');
    expect(body(module, 'providedPath')).toContain("case 3:\nreturn '/goods';");
    expect(body(module, 'isFallback')).toContain('case 2:\nreturn false;\ncase 3:\nreturn true;');
  });

  it('can be made for the system of the repository', () => {
    const root = new URL('../../', import.meta.url);
    const file = 'kernels/mono/images/default.json';
    const readFile = (path: string): string =>
      readFileSync(fileURLToPath(new URL(path, root)), 'utf8');
    const system = parseSystemDescription(readFile(file), file);
    expect(insideSource(system, readFile)).toContain(
      `export const SERVICES: u32 = ${system.services.length};`,
    );
  });
});

describe('a mistake gets one line with file and place', () => {
  const errorOf = (description: string, readSource = read): string => {
    try {
      source(description, readSource);
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
    return 'no error';
  };

  it.each([
    [
      'a service outside',
      {
        ...lamp,
        name: 'desk',
        source: 'userland/services/desk',
        place: 'user',
        priority: 1,
        restart: 'never',
        memory: 4096,
      },
      'has all services inside',
    ],
    ['a process’s property', { ...lamp, priority: 3 }, '"priority" is for processes'],
    [
      'a source twice',
      {
        ...store,
        name: 'back',
        source: lamp.source,
        protocol: 'lamp',
        provides: [],
        fallbacks: [],
      },
      'is placed twice',
    ],
    ['a name twice', { ...lamp }, 'is described twice'],
    [
      'a path twice',
      { ...store, provides: ['/svc/lamp'] },
      'is provided by "lamp" and by "front-store"',
    ],
    [
      'a missing service',
      { ...store, requires: 'mains' },
      'requires "mains", which is not further up',
    ],
    [
      'a protocol that nobody offers',
      { ...store, uses: ['mains'] },
      'uses protocol "mains", which no service offers',
    ],
    [
      'an unknown source',
      { ...store, source: 'userland/services/nobody' },
      'there is no userland/services/nobody/nobody-service.ts',
    ],
    ['another protocol', { ...store, protocol: 'till' }, 'does not answer protocol "till"'],
    [
      'no protocol',
      { ...store, protocol: undefined, provides: [], fallbacks: [] },
      'is inside but offers no "protocol"',
    ],
    ['an unknown place', { ...store, place: 'moon' }, '"place" is not one of kernel, user'],
  ])('%s', (_, service, message) => {
    const error = errorOf(text(lamp, service));
    expect(error).toMatch(
      /^kernels\/mono\/images\/test\.json: (?:service "[a-z-]+":? |"\/svc\/lamp" )/,
    );
    expect(error).toContain(message);
    expect(error).not.toContain('\n');
  });

  it('a class with another name', () => {
    const strange = (path: string): string | null =>
      path.endsWith('lamp-service.ts') ? 'export class Torch {\n}\n' : read(path);
    expect(errorOf(text(lamp), strange)).toBe(
      `${FILE}: service "lamp": userland/services/lamp/lamp-service.ts has no class LampService`,
    );
  });
});
