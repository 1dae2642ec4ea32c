/** Statements. */
import ts from 'typescript';
import { banned, type Rule } from '../rule.ts';

export const STATEMENT_RULES: readonly Rule[] = [
  banned({
    name: 'try',
    wrong: 'there are no exceptions to catch: an error ends the process',
    instead: 'return a value, or a negative `Errno`, and let the caller ask for it',
    bad: 'export function read(): i32 {\n  try {\n    return 1;\n  } catch (error) {\n    return -1;\n  }\n}',
    good: 'function readByte(): i32 {\n  return -1;\n}\nexport function read(): i32 {\n  const byte = readByte();\n  return byte < 0 ? 0 : byte;\n}',
    kinds: [ts.SyntaxKind.TryStatement],
  }),
  banned({
    name: 'throw',
    wrong: '`throw` ends the process (in a kernel, the machine), since nothing can catch it',
    instead:
      'return a negative `Errno`; for what must never happen write `assert(condition, text)`',
    bad: "export function take(size: i32): i32 {\n  if (size < 0) throw new Error('negative');\n  return size;\n}",
    good: 'const EINVAL: i32 = 22;\nexport function take(size: i32): i32 {\n  if (size < 0) return -EINVAL;\n  return size;\n}',
    kinds: [ts.SyntaxKind.ThrowStatement],
  }),
  banned({
    name: 'for-of',
    wrong: 'there is no `for … of`: nothing is iterable',
    instead: 'count: `for (let i = 0; i < list.length; i++)`',
    bad: 'export function sum(list: StaticArray<i32>): i32 {\n  let total = 0;\n  for (const value of list) total += value;\n  return total;\n}',
    good: 'export function sum(list: StaticArray<i32>): i32 {\n  let total = 0;\n  for (let i = 0; i < list.length; i++) total += list[i];\n  return total;\n}',
    kinds: [ts.SyntaxKind.ForOfStatement],
  }),
  banned({
    name: 'for-in',
    wrong: 'there is no `for … in`: the fields of a class cannot be listed while running',
    instead: 'name the fields; for a `Map` go through `map.keys()`, an array',
    bad: 'export function count(list: Array<i32>): i32 {\n  let total = 0;\n  for (const key in list) total++;\n  return total;\n}',
    good: 'export function count(list: Array<i32>): i32 {\n  return list.length;\n}',
    kinds: [ts.SyntaxKind.ForInStatement],
  }),
  {
    name: 'label',
    wrong: 'there are no labels: `break` and `continue` concern the innermost loop',
    instead: 'put the inner loop into a function and `return` from it, or keep a flag',
    bad: 'export function search(): void {\n  rows: for (let row = 0; row < 3; row++) {\n    for (let column = 0; column < 3; column++) continue rows;\n  }\n}',
    good: 'function searchRow(row: i32): bool {\n  return row == 1;\n}\nexport function search(): void {\n  for (let row = 0; row < 3; row++) if (searchRow(row)) break;\n}',
    kinds: [ts.SyntaxKind.LabeledStatement],
    find: (node) => ({ node }),
  },
  {
    name: 'untyped-variable',
    wrong: 'variable `{}` has neither a type nor a value',
    instead: 'write `let NAME: TYPE` or give it its value at once',
    bad: 'export function one(): i32 {\n  let result;\n  result = 1;\n  return result;\n}',
    good: 'export function one(): i32 {\n  let result: i32;\n  result = 1;\n  return result;\n}',
    kinds: [ts.SyntaxKind.VariableDeclaration],
    find: (node) => {
      if (!ts.isVariableDeclaration(node) || node.initializer !== undefined) return undefined;
      if (node.type !== undefined || !ts.isIdentifier(node.name)) return undefined;
      if (!ts.isVariableStatement(node.parent.parent)) return undefined;
      return { node, subject: node.name.text };
    },
  },
  banned({
    name: 'with',
    wrong: 'there is no `with`',
    instead: 'name the object before each field',
    bad: 'class Task {\n  id: i32 = 0;\n}\nexport function show(task: Task): void {\n  with (task) {\n  }\n}',
    good: 'class Task {\n  id: i32 = 0;\n}\nexport function show(task: Task): void {\n  task.id = 1;\n}',
    kinds: [ts.SyntaxKind.WithStatement],
  }),
];
