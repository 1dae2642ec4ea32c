/** Objects that come with JavaScript or with Node and not with the dialect. */
import ts from 'typescript';
import type { CheckedSource } from '../checked-source.ts';
import type { Rule } from '../rule.ts';

const PRINT =
  'in a program write to `out` (userland/runtime/program/output), in a service `log` (environment/log)';

/** What to use in place of a global name. */
const REPLACEMENTS: ReadonlyMap<string, string> = new Map([
  ['console', PRINT],
  ['JSON', 'write the fields one by one with a `TextBuilder` (userland/runtime/text-builder)'],
  ['Promise', 'call directly: a call waits for its answer'],
  [
    'setTimeout',
    'in a program sleep (userland/runtime/program), in a service `setAlarm` (environment/time)',
  ],
  ['setInterval', 'in a service call `setAlarm` (environment/time) again whenever it has come'],
  ['clearTimeout', 'in a service call `setAlarm` (environment/time)'],
  ['queueMicrotask', 'call the function'],
  [
    'process',
    'arguments are in userland/runtime/program/data-page, the exit status is what `main` returns',
  ],
  ['Buffer', 'use `memory.data(BYTES)` and `load`/`store`, or in a program a `Uint8Array`'],
  ['TextEncoder', 'in a program use `String.UTF8.encode(text)`'],
  ['TextDecoder', 'in a program use `String.UTF8.decode(bytes)`'],
  ['globalThis', 'declare a global with `let` at the top of a file'],
  ['window', 'there is no browser: programs have files and a console'],
  ['document', 'there is no browser: programs have files and a console'],
  ['fetch', 'call a server through its client, `NAMEClient` of stubs/NAME'],
  ['crypto', 'entropy comes from a device, through its driver'],
  [
    'performance',
    'read the clock: `ticks()` of environment/time in a service, `ClockClient` in a program',
  ],
  ['Proxy', 'write a class with the methods that are wanted'],
  ['Reflect', 'name the fields: they are settled when the code is compiled'],
  ['WeakMap', 'use a `Map`, and remove what has ended'],
  ['WeakSet', 'use a `Set`, and remove what has ended'],
  ['WeakRef', 'keep a handle with a generation'],
  ['Intl', 'write numbers with a `TextBuilder`'],
  ['eval', 'write a function'],
  ['structuredClone', 'copy the fields, or the bytes with `memory.copy`'],
  ['SharedArrayBuffer', 'use memory by its address and the atomic operations of userland/abi/rv'],
]);

/** Functions that asc has under the name of the type. */
const CONVERSIONS = new Set(['Number', 'String', 'Boolean', 'BigInt']);

/** Computations in f64 for which there are others for integers. */
const INTEGER_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['max', '`max<i32>(a, b)`'],
  ['min', '`min<i32>(a, b)`'],
  ['abs', '`abs<i32>(a)`'],
  ['floor', '`a / b`: dividing integers rounds towards zero'],
  ['trunc', '`a / b`: dividing integers rounds towards zero'],
  ['ceil', '`(a + b - 1) / b`'],
  ['round', '`(a + b / 2) / b`'],
  ['imul', '`a * b`'],
  ['clz32', '`clz<i32>(a)`'],
]);

function isUse(node: ts.Identifier, source: CheckedSource): boolean {
  const { parent } = node;
  const isName =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node) ||
    ts.isImportSpecifier(parent) ||
    ts.isExportSpecifier(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isEnumMember(parent) ||
    ts.isGetAccessorDeclaration(parent) ||
    ts.isQualifiedName(parent) ||
    (ts.isVariableDeclaration(parent) && parent.name === node);
  if (isName || source.meaningOf(node) !== undefined) return false;
  return !importsName(source.tree, node.text);
}

function importsName(tree: ts.SourceFile, name: string): boolean {
  return tree.statements.some((statement) => {
    if (!ts.isImportDeclaration(statement)) return false;
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined) return false;
    if (ts.isNamespaceImport(bindings)) return bindings.name.text === name;
    return bindings.elements.some((element) => element.name.text === name);
  });
}

/** `OBJECT.METHOD(…)` of a global object. */
function methodOf(node: ts.Node, source: CheckedSource): [string, string] | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const { expression } = node;
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const object = expression.expression;
  if (!ts.isIdentifier(object) || !isUse(object, source)) return undefined;
  return [object.text, expression.name.text];
}

export const LIBRARY_RULES: readonly Rule[] = [
  {
    name: 'no-such-object',
    wrong: 'there is no `{}`',
    instead: 'use what target code has in its place',
    bad: 'export function show(): void {\n  console.log("ready");\n}',
    good: "import { out } from './output';\nexport function show(): void {\n  out.text('ready').line();\n}",
    kinds: [ts.SyntaxKind.Identifier],
    find: (node, source) => {
      if (!ts.isIdentifier(node)) return undefined;
      const replacement = REPLACEMENTS.get(node.text);
      if (replacement === undefined || !isUse(node, source)) return undefined;
      return { node, subject: node.text, instead: replacement };
    },
  },
  {
    name: 'object-functions',
    wrong: '`{}` needs to know the fields while running, and those are settled before',
    instead: 'name the fields, or use a `Map`',
    bad: 'class Task {\n  id: i32 = 0;\n}\nexport function fields(task: Task): void {\n  Object.keys(task);\n}',
    good: 'export function fields(values: Map<string, i32>): Array<string> {\n  return values.keys();\n}',
    kinds: [ts.SyntaxKind.CallExpression],
    find: (node, source) => {
      const called = methodOf(node, source);
      return called?.[0] === 'Object' && called[1] !== 'is'
        ? { node, subject: called.join('.') }
        : undefined;
    },
  },
  {
    name: 'conversion-function',
    wrong: '`{}(…)` is no function here',
    instead:
      'write `value.toString()` for text, `I32.parseInt(text)` for a number, `value != 0` for a truth value',
    bad: 'export function text(value: i32): string {\n  return String(value);\n}',
    good: 'export function text(value: i32): string {\n  return value.toString();\n}',
    kinds: [ts.SyntaxKind.CallExpression],
    find: (node, source) => {
      if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
      const { expression } = node;
      const isConversion = CONVERSIONS.has(expression.text) && isUse(expression, source);
      return isConversion ? { node, subject: expression.text } : undefined;
    },
  },
  {
    name: 'parse-number',
    wrong: '`{}` gives an f64',
    instead:
      'write `I32.parseInt(text)`, `U32.parseInt(text)`, … for integers and `F64.parseFloat(text)` for the others',
    bad: 'export function read(text: string): i32 {\n  return <i32>parseInt(text);\n}',
    good: 'export function read(text: string): i32 {\n  return I32.parseInt(text);\n}',
    kinds: [ts.SyntaxKind.CallExpression],
    find: (node, source) => {
      if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
      const { expression } = node;
      const isParse = expression.text === 'parseInt' || expression.text === 'parseFloat';
      return isParse && isUse(expression, source) ? { node, subject: expression.text } : undefined;
    },
  },
  {
    name: 'math-of-integers',
    wrong: '`Math.{}` computes in f64',
    instead: 'use the functions for integers',
    bad: 'export function larger(a: i32, b: i32): i32 {\n  return <i32>Math.max(a, b);\n}',
    good: 'export function larger(a: i32, b: i32): i32 {\n  return max<i32>(a, b);\n}',
    integersOnly: true,
    kinds: [ts.SyntaxKind.CallExpression],
    find: (node, source) => {
      const called = methodOf(node, source);
      if (called?.[0] !== 'Math') return undefined;
      const replacement = INTEGER_FUNCTIONS.get(called[1]);
      if (replacement === undefined) return undefined;
      return { node, subject: called[1], instead: `for integers write ${replacement}` };
    },
  },
  {
    name: 'host-functions',
    wrong: '`{}` asks the host, and there is none',
    instead:
      'read the clock for the time; for numbers without a pattern write a generator with a seed of your own',
    bad: 'export function now(): i64 {\n  return Date.now();\n}',
    good: "import { ClockClient } from 'stubs/clock';\nexport function now(clock: ClockClient): i64 {\n  return clock.now();\n}",
    kinds: [ts.SyntaxKind.CallExpression],
    find: (node, source) => {
      const called = methodOf(node, source)?.join('.');
      return called === 'Date.now' || called === 'Math.random'
        ? { node, subject: called }
        : undefined;
    },
  },
];
