/**
 * What a machine does follows from what it was given and from what came in by its one door: nothing
 * under machine/ asks the host for the time, for chance, or for anything else, and nobody but the door
 * hands input to a device.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What differs from run to run, or lets something happen between two runs of a machine. */
// prettier-ignore
const OUTSIDE: readonly string[] = [
  'Date', 'performance', 'process', 'navigator', 'setTimeout', 'setInterval', 'setImmediate',
  'queueMicrotask', 'FinalizationRegistry', 'WeakRef', 'random', 'getRandomValues', 'randomUUID',
];
/** Methods of devices by which input enters them. */
const ENTRANCES: readonly string[] = ['offer', 'offerBreak', 'setModemLines'];
/** Where an `offer` is the door's own, or called by it. */
const DOORKEEPERS: readonly string[] = ['machine/history/input.ts', 'tools/host/virt-guest.ts'];

/** Identifiers of a source, those behind a dot included, and the modules that it imports. */
function namesIn(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) names.add(node.text);
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      names.add(node.moduleSpecifier.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest));
  return names;
}

/** Names of methods that a source calls. */
function callsIn(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      names.add(node.expression.name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest));
  return names;
}

const reachesOutside = (text: string): readonly string[] =>
  [...namesIn(text)].filter((name) => OUTSIDE.includes(name) || name.startsWith('node:'));
const handsIn = (text: string): readonly string[] =>
  [...callsIn(text)].filter((name) => ENTRANCES.includes(name));

/** Sources below a folder, but for tests and what only they use. */
const sources = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
    .filter((path) => !path.includes('/testing/'));

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('the machine', () => {
  test.each([
    ['const now = Date.now();', ['Date']],
    ['const seed = Math.random();', ['random']],
    ["import { readFileSync } from 'node:fs';", ['node:fs']],
    ['globalThis.crypto.getRandomValues(words);', ['getRandomValues']],
    ['setTimeout(() => machine.run(1), 1);', ['setTimeout']],
    ['// Date and process are only spoken of.\nconst text = "Date";', []],
  ])('is found to look outside where it does: %s', (text, expected) => {
    expect(reachesOutside(text)).toEqual(expected);
  });

  test('looks nowhere outside', () => {
    const paths = sources('machine');
    expect(paths.length).toBeGreaterThan(100);
    const found = paths.flatMap((path) => reachesOutside(read(path)).map((name) => [path, name]));
    expect(found).toEqual([]);
  });

  test('has one door, by which all input comes in', () => {
    expect(handsIn('virt.uart.offer(bytes); uart.offerBreak();')).toEqual(['offer', 'offerBreak']);
    const found = [...sources('machine'), ...sources('tools')]
      .filter((path) => !DOORKEEPERS.includes(path))
      .flatMap((path) => handsIn(read(path)).map((name) => [path, name]));
    expect(found).toEqual([]);
  });
});
