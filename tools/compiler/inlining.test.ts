/** Inlined code: its positions with their chains, and the order of accesses and intrinsics in it. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ObjectSection } from '../linker/object.ts';
import { compileSources } from './frontend.ts';
import { resolveOperands } from './ir/function.ts';
import { type Instruction, type Op, isLoad, isStore } from './ir/instruction.ts';
import type { PassObserver } from './pipeline.ts';
import { INTEGER_TARGET } from './target.ts';

const LOAD = 0x03;
const STORE = 0x23;
const FENCE = 0x0f;
const STACK_POINTER = 2;

async function compile(
  files: Readonly<Record<string, string>>,
  observePasses: PassObserver = () => undefined,
): Promise<ObjectSection> {
  const { object, diagnostics } = await compileSources({
    entries: ['demo/main.ts'],
    root: fileURLToPath(new URL('.', import.meta.url)),
    memoryBase: 0x8010_0000,
    moduleName: 'demo',
    target: { ...INTEGER_TARGET, compressed: false },
    readFile: (path) => files[path] ?? null,
    observePasses,
  });
  expect(diagnostics).toEqual([]);
  const code = object?.sections.filter(({ kind }) => kind === 'text') ?? [];
  // Everything has been put in place of its call.
  expect(code.map(({ name }) => name)).toEqual(['.text.f']);
  return code[0];
}

test('an access in an inlined accessor names the accessor, and the chain the calls', async () => {
  const text = [
    '@unmanaged class Pair {',
    '  first: u32;',
    '  get doubled(): u32 {',
    '    return load<u32>(changetype<usize>(this)) * 3;',
    '  }',
    '}',
    'function sum(pair: Pair): u32 {',
    '  return pair.doubled + 7;',
    '}',
    'export function f(pair: Pair): u32 {',
    '  return sum(pair);',
    '}',
  ].join('\n');
  const code = await compile({ 'demo/main.ts': text });
  const [site] = code.trapSites;
  const position = code.positions.findLast(({ offset }) => offset <= site.offset);
  expect(position).toMatchObject({ file: 'demo/main.ts', line: 4 });
  expect(position?.inlinedAt).toMatchObject({
    callee: 'demo/main/Pair#get:doubled',
    line: 8,
    inlinedAt: { callee: 'demo/main/sum', line: 11 },
  });
  expect(position?.inlinedAt?.inlinedAt?.inlinedAt).toBeUndefined();
});

test('an access in an accessor that asc made up has the place where it is used', async () => {
  const text = [
    '@unmanaged class Pair { first: u32; second: u32; }',
    'export function f(pair: Pair): u32 {',
    '  const first = pair.first;',
    '  return first + pair.second;',
    '}',
  ].join('\n');
  const { trapSites, positions } = await compile({ 'demo/main.ts': text });
  const places = trapSites.map((site) => positions.findLast(({ offset }) => offset <= site.offset));
  expect(places.map((place) => [place?.line, place?.inlinedAt])).toEqual([
    [3, undefined],
    [4, undefined],
  ]);
});

test('a line whose call is inlined has code to stop at', async () => {
  const text = [
    'function twice(p: usize): u32 {',
    '  return load<u32>(p) * load<u32>(p + 4) + 5;',
    '}',
    'export function f(p: usize): u32 {',
    '  return twice(p);',
    '}',
  ].join('\n');
  const { positions } = await compile({ 'demo/main.ts': text });
  expect(positions.some(({ line, inlinedAt }) => line === 5 && inlinedAt === undefined)).toBe(true);
});

/** Plain and volatile accesses and a fence, each in a function of its own. */
const ACCESSES = {
  'demo/main.ts': [
    "import { fence, lw, sw } from './rv';",
    'function plain(p: usize): u32 { return load<u32>(p + 16); }',
    'function setPlain(p: usize, v: u32): void { store<u32>(p + 16, v); }',
    'function device(p: usize): u32 { return lw(p as u32 + 20); }',
    'function setDevice(p: usize, v: u32): void { sw(p as u32 + 20, v); }',
    'function barrier(): void { fence(); }',
    'export function f(p: usize, v: u32): u32 {',
    '  let sum = plain(p);',
    '  barrier();',
    '  sum += plain(p);',
    '  sum += device(p) + device(p);',
    '  sum += plain(p);',
    '  setPlain(p, v);',
    '  barrier();',
    '  setPlain(p, v);',
    '  setDevice(p, v);',
    '  setDevice(p, v);',
    '  return sum + plain(p);',
    '}',
  ].join('\n'),
  'demo/rv.ts': [
    'export declare function fence(): void;',
    'export declare function lw(address: u32): u32;',
    'export declare function sw(address: u32, value: u32): void;',
  ].join('\n'),
};

const IN_ORDER = [
  ...['load 16', 'fence', 'load 16', 'load 20', 'load 20', 'load 16'],
  ...['store 16', 'fence', 'store 16', 'store 20', 'store 20', 'load 16'],
];

/** What the code does, in its order. */
async function accesses(observePasses?: PassObserver): Promise<string[]> {
  const { bytes } = await compile(ACCESSES, observePasses);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kinds: string[] = [];
  for (let offset = 0; offset < bytes.length; offset += 4) {
    const word = view.getUint32(offset, true);
    const opcode = word & 0x7f;
    const base = (word >>> 15) & 31;
    if (opcode === FENCE) kinds.push('fence');
    if (base === STACK_POINTER) continue;
    if (opcode === LOAD) kinds.push(`load ${word >>> 20}`);
    if (opcode === STORE) kinds.push(`store ${((word >>> 25) << 5) | ((word >>> 7) & 31)}`);
  }
  return kinds;
}

test('what is inlined around intrinsics stays in the order of the source', async () => {
  expect(await accesses()).toEqual(IN_ORDER);
});

test.each<[string, (op: Op) => boolean]>([
  ['loads', isLoad],
  ['stores', isStore],
])('a pass that merged %s across intrinsics would be noticed', async (_, concerns) => {
  const merged = await accesses((pass, fn) => {
    if (pass !== 'value-numbering') return;
    for (const block of fn.blocks) {
      const seen = new Map<number, Instruction>();
      block.instructions = block.instructions.filter((instruction) => {
        if (!concerns(instruction.op) || instruction.volatile) return true;
        const before = seen.get(instruction.immediate);
        if (before === undefined) seen.set(instruction.immediate, instruction);
        else instruction.replacement = before;
        return before === undefined;
      });
    }
    resolveOperands(fn);
  });
  expect(merged).not.toEqual(IN_ORDER);
});
