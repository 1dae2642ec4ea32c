/** Functions: what they may see, and what they must say of themselves. */
import ts from 'typescript';
import type { CheckedSource } from '../checked-source.ts';
import { banned, type Found, type Rule } from '../rule.ts';

/** A constant that the compiler puts in place of its name is in reach everywhere. */
function isLiteralConstant(declaration: ts.Node): boolean {
  if (!ts.isVariableDeclaration(declaration)) return false;
  const { parent, initializer } = declaration;
  if ((parent.flags & ts.NodeFlags.Const) === 0) return false;
  return initializer !== undefined && ts.isNumericLiteral(initializer);
}

/** Whether an identifier is a value that is read or written, and no name of a member or declaration. */
function isValue(name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === name;
  if (ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent)) return false;
  if (ts.isVariableDeclaration(parent) || ts.isParameter(parent)) return parent.name !== name;
  if (ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent))
    return parent.name !== name;
  if (ts.isArrowFunction(parent)) return parent.body === name;
  return !(ts.isFunctionLike(parent) || ts.isClassLike(parent));
}

function findClosure(node: ts.Node, source: CheckedSource): Found | undefined {
  if (!ts.isIdentifier(node) || !isValue(node)) return undefined;
  const meaning = source.meaningOf(node);
  if (meaning === undefined || meaning.functionsOut === 0) return undefined;
  const { declaration } = meaning;
  if (isLiteralConstant(declaration)) return undefined;
  // A function without captures of its own is a constant.
  if (ts.isFunctionDeclaration(declaration)) return undefined;
  return { node, subject: node.text };
}

/** `this` in an arrow function means that of the method around it. */
function findCapturedThis(node: ts.Node): Found | undefined {
  let isInArrow = false;
  for (let around = node.parent; !ts.isSourceFile(around); around = around.parent) {
    if (ts.isArrowFunction(around)) isInArrow = true;
    else if (ts.isFunctionExpression(around) || ts.isFunctionDeclaration(around)) return undefined;
    else if (ts.isClassElement(around)) return isInArrow ? { node } : undefined;
  }
  return undefined;
}

/** Functions that are declared, or stand where no parameter says what they take. */
function saysItsTypes(node: ts.SignatureDeclaration): boolean {
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return true;
  const { parent } = node;
  return !(
    (ts.isCallExpression(parent) || ts.isNewExpression(parent)) &&
    parent.expression !== node
  );
}

function nameOf(node: ts.SignatureDeclaration): string {
  return node.name === undefined ? 'this function' : `\`${node.name.getText()}\``;
}

const DECLARED = [
  ts.SyntaxKind.FunctionDeclaration,
  ts.SyntaxKind.MethodDeclaration,
  ts.SyntaxKind.ArrowFunction,
  ts.SyntaxKind.FunctionExpression,
];

export const FUNCTION_RULES: readonly Rule[] = [
  {
    name: 'closure',
    wrong: '`{}` is a local of the function around this one, and there are no closures',
    instead:
      'pass it as a parameter, or keep it in a global or in a field of an object that is passed',
    bad: 'function apply(work: (value: i32) => i32): i32 {\n  return work(1);\n}\nexport function addTo(sum: i32): i32 {\n  return apply((value: i32): i32 => value + sum);\n}',
    good: 'function apply(work: (value: i32, sum: i32) => i32, sum: i32): i32 {\n  return work(1, sum);\n}\nexport function addTo(sum: i32): i32 {\n  return apply((value: i32, start: i32): i32 => value + start, sum);\n}',
    kinds: [ts.SyntaxKind.Identifier],
    find: findClosure,
  },
  {
    name: 'captured-this',
    wrong:
      '`this` of the method around an arrow function is out of its reach: there are no closures',
    instead: 'pass the object as a parameter',
    bad: 'class Counter {\n  count: i32 = 0;\n  later(run: (work: () => void) => void): void {\n    run(() => this.count++);\n  }\n}',
    good: 'class Counter {\n  count: i32 = 0;\n  later(run: (work: (counter: Counter) => void, counter: Counter) => void): void {\n    run((counter: Counter): void => {\n      counter.count++;\n    }, this);\n  }\n}',
    kinds: [ts.SyntaxKind.ThisKeyword],
    find: findCapturedThis,
  },
  {
    name: 'method-as-function',
    wrong: '`{}` gives a method away without its object: there are no bound functions',
    instead: 'pass a plain function and the object',
    bad: 'class Task {\n  run(): void {}\n}\nexport function start(task: Task): void {\n  task.run.bind(task);\n}',
    good: 'class Task {\n  run(): void {}\n}\nexport function start(task: Task): void {\n  task.run();\n}',
    kinds: [ts.SyntaxKind.CallExpression],
    find: (node) => {
      if (!ts.isCallExpression(node)) return undefined;
      const { expression } = node;
      if (!ts.isPropertyAccessExpression(expression) || expression.name.text !== 'bind')
        return undefined;
      return ts.isPropertyAccessExpression(expression.expression) ||
        ts.isIdentifier(expression.expression)
        ? { node, subject: expression.getText() }
        : undefined;
    },
  },
  {
    name: 'async',
    wrong:
      'there are no asynchronous functions: code runs from top to bottom, and a call waits for its answer',
    instead:
      'call directly; a service that answers later keeps the request (`request.keep()`) and replies then',
    bad: 'async function fetchTime(): Promise<void> {}',
    good: 'function fetchTime(): void {}',
    kinds: [...DECLARED, ts.SyntaxKind.AwaitExpression],
    find: (node) => {
      if (ts.isAwaitExpression(node)) return { node };
      if (!ts.canHaveModifiers(node)) return undefined;
      const modifiers = ts.getModifiers(node) ?? [];
      return modifiers.some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword)
        ? { node }
        : undefined;
    },
  },
  {
    name: 'generator',
    wrong: 'there are no generators',
    instead: 'write a class with a method `next()`, or a loop that calls a function',
    bad: 'function* numbers(): void {\n  yield 1;\n}',
    good: 'class Numbers {\n  last: i32 = 0;\n  next(): i32 {\n    return ++this.last;\n  }\n}',
    kinds: [...DECLARED, ts.SyntaxKind.YieldExpression],
    find: (node) => {
      if (ts.isYieldExpression(node)) return { node };
      const hasStar =
        (ts.isFunctionDeclaration(node) ||
          ts.isMethodDeclaration(node) ||
          ts.isFunctionExpression(node)) &&
        node.asteriskToken !== undefined;
      return hasStar ? { node } : undefined;
    },
  },
  {
    name: 'overload',
    wrong: '{} is declared more than once: there are no overloads',
    instead: 'give the functions different names, or the last parameters default values',
    bad: 'function wait(ticks: u32): void;\nfunction wait(ticks: u32, step: u32 = 1): void {}',
    good: 'function wait(ticks: u32, step: u32 = 1): void {}',
    kinds: [ts.SyntaxKind.FunctionDeclaration, ts.SyntaxKind.MethodDeclaration],
    find: (node) => {
      if (!ts.isFunctionDeclaration(node) && !ts.isMethodDeclaration(node)) return undefined;
      if (node.body !== undefined) return undefined;
      const isElsewhere = (ts.getModifiers(node) ?? []).some(
        ({ kind }) =>
          kind === ts.SyntaxKind.DeclareKeyword || kind === ts.SyntaxKind.AbstractKeyword,
      );
      return isElsewhere || isAmbient(node) ? undefined : { node, subject: nameOf(node) };
    },
  },
  {
    name: 'return-type',
    wrong: '{} does not say what it returns',
    instead: 'write the type behind the parameters, `: void` if it is none',
    bad: 'export function half(value: i32) {\n  return value / 2;\n}',
    good: 'export function half(value: i32): i32 {\n  return value / 2;\n}',
    kinds: [...DECLARED, ts.SyntaxKind.GetAccessor],
    find: (node) => {
      if (!ts.isFunctionLike(node) || node.type !== undefined || !saysItsTypes(node))
        return undefined;
      return { node: node.name ?? node, subject: nameOf(node) };
    },
  },
  {
    name: 'parameter-type',
    wrong: 'parameter `{}` has no type',
    instead: 'write it: `NAME: TYPE`',
    bad: 'export function half(value): i32 {\n  return value / 2;\n}',
    good: 'export function half(value: i32): i32 {\n  return value / 2;\n}',
    kinds: [ts.SyntaxKind.Parameter],
    find: (node) => {
      if (!ts.isParameter(node) || node.type !== undefined) return undefined;
      if (node.initializer !== undefined || !ts.isIdentifier(node.name)) return undefined;
      if (!ts.isFunctionLike(node.parent) || !saysItsTypes(node.parent)) return undefined;
      return { node, subject: node.name.text };
    },
  },
  {
    name: 'optional-parameter',
    wrong: 'parameter `{}` may be left out, and nothing says what it is then',
    instead: 'give it a default value: `NAME: TYPE = VALUE`',
    bad: 'export function step(by?: i32): i32 {\n  return by;\n}',
    good: 'export function step(by: i32 = 1): i32 {\n  return by;\n}',
    kinds: [ts.SyntaxKind.Parameter],
    find: (node) => {
      if (!ts.isParameter(node) || node.questionToken === undefined) return undefined;
      return { node, subject: node.name.getText() };
    },
  },
  {
    name: 'arguments',
    wrong: 'there is no `arguments`',
    instead: 'name the parameters',
    bad: 'export function count(): i32 {\n  return arguments.length;\n}',
    good: 'export function count(values: StaticArray<i32>): i32 {\n  return values.length;\n}',
    kinds: [ts.SyntaxKind.Identifier],
    find: (node, source) => {
      if (!ts.isIdentifier(node) || node.text !== 'arguments' || !isValue(node)) return undefined;
      return source.meaningOf(node) === undefined ? { node } : undefined;
    },
  },
  banned({
    name: 'debugger',
    wrong: 'there is no `debugger` statement',
    instead: 'call `ebreak()` of userland/abi/rv, or set a breakpoint in `vitrine debug`',
    bad: 'export function stop(): void {\n  debugger;\n}',
    good: 'export function stop(): void {}',
    kinds: [ts.SyntaxKind.DebuggerStatement],
  }),
];

/** Within `declare namespace` or `declare class`, nothing has a body. */
function isAmbient(node: ts.Node): boolean {
  for (let around = node.parent; !ts.isSourceFile(around); around = around.parent) {
    if (!ts.canHaveModifiers(around)) continue;
    const modifiers = ts.getModifiers(around) ?? [];
    if (modifiers.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)) return true;
  }
  return false;
}
