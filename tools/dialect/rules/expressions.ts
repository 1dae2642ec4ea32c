/** Operators and literals that asc cannot read, or reads as something else. */
import ts from 'typescript';
import { banned, type Rule } from '../rule.ts';

function operatorOf(node: ts.Node): ts.SyntaxKind | undefined {
  return ts.isBinaryExpression(node) ? node.operatorToken.kind : undefined;
}

const LOGICAL_ASSIGNMENTS: ReadonlySet<ts.SyntaxKind | undefined> = new Set([
  ts.SyntaxKind.AmpersandAmpersandEqualsToken,
  ts.SyntaxKind.BarBarEqualsToken,
]);

function isPattern(node: ts.Expression): boolean {
  return ts.isArrayLiteralExpression(node) || ts.isObjectLiteralExpression(node);
}

/** The declared type of what an object literal is put into: a name, or nothing. */
function typeOfPlace(node: ts.ObjectLiteralExpression): ts.TypeNode | undefined {
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent)) return parent.type;
  return undefined;
}

/** Interfaces of this file, by name. */
function isInterface(node: ts.Node, name: string): boolean {
  return node
    .getSourceFile()
    .statements.some(
      (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === name,
    );
}

export const EXPRESSION_RULES: readonly Rule[] = [
  {
    name: 'optional-chaining',
    wrong: 'there is no `?.`',
    instead: 'ask first: `if (x !== null) x.field`; the compiler then knows that it is there',
    bad: 'class Task {\n  id: i32 = 0;\n}\nexport function id(task: Task | null): i32 {\n  return task?.id;\n}',
    good: 'class Task {\n  id: i32 = 0;\n}\nexport function id(task: Task | null): i32 {\n  return task === null ? -1 : task.id;\n}',
    kinds: [ts.SyntaxKind.QuestionDotToken],
    find: (node) => ({ node }),
  },
  {
    name: 'nullish',
    wrong: 'there is no `{}`',
    instead: 'write `x === null ? y : x`',
    bad: 'class Task {}\nconst idle = new Task();\nexport function next(task: Task | null): Task {\n  return task ?? idle;\n}',
    good: 'class Task {}\nconst idle = new Task();\nexport function next(task: Task | null): Task {\n  return task === null ? idle : task;\n}',
    kinds: [ts.SyntaxKind.QuestionQuestionToken, ts.SyntaxKind.QuestionQuestionEqualsToken],
    find: (node) => ({ node, subject: node.getText() }),
  },
  {
    name: 'logical-assignment',
    wrong: 'there is no `{}`',
    instead: 'write `x = x || y` or `x = x && y`',
    bad: 'let ready = false;\nexport function note(done: bool): void {\n  ready ||= done;\n}',
    good: 'let ready = false;\nexport function note(done: bool): void {\n  ready = ready || done;\n}',
    kinds: [ts.SyntaxKind.BinaryExpression],
    find: (node) => {
      if (!ts.isBinaryExpression(node) || !LOGICAL_ASSIGNMENTS.has(operatorOf(node)))
        return undefined;
      return { node: node.operatorToken, subject: node.operatorToken.getText() };
    },
  },
  {
    name: 'destructuring',
    wrong: 'there is no destructuring',
    instead: 'read the fields one by one: `const x = point.x;`',
    bad: 'class Point {\n  x: i32 = 0;\n}\nexport function left(point: Point): i32 {\n  const { x } = point;\n  return x;\n}',
    good: 'class Point {\n  x: i32 = 0;\n}\nexport function left(point: Point): i32 {\n  const x = point.x;\n  return x;\n}',
    kinds: [
      ts.SyntaxKind.ObjectBindingPattern,
      ts.SyntaxKind.ArrayBindingPattern,
      ts.SyntaxKind.BinaryExpression,
    ],
    find: (node) => {
      if (!ts.isBinaryExpression(node)) return { node };
      const isAssignment = operatorOf(node) === ts.SyntaxKind.EqualsToken && isPattern(node.left);
      return isAssignment ? { node } : undefined;
    },
  },
  banned({
    name: 'spread',
    wrong: 'there is no spreading with `...` (only rest parameters)',
    instead: 'copy in a loop, with `concat`, or with `memory.copy`',
    bad: 'export function longer(list: Array<i32>): Array<i32> {\n  return [...list, 1];\n}',
    good: 'export function longer(list: Array<i32>): Array<i32> {\n  return list.concat([1]);\n}',
    kinds: [ts.SyntaxKind.SpreadElement, ts.SyntaxKind.SpreadAssignment],
  }),
  {
    name: 'in',
    wrong: 'there is no operator `in`: an object has the fields of its class and no others',
    instead: 'ask a `Map` or `Set` with `has`',
    bad: "export function hasName(values: Array<i32>): bool {\n  return 'name' in values;\n}",
    good: 'export function hasName(values: Map<string, i32>): bool {\n  return values.has("name");\n}',
    kinds: [ts.SyntaxKind.BinaryExpression],
    find: (node) => (operatorOf(node) === ts.SyntaxKind.InKeyword ? { node } : undefined),
  },
  banned({
    name: 'delete',
    wrong: 'there is no `delete`: an object keeps the fields of its class',
    instead: 'set the field to null or 0; a `Map` and a `Set` have the method `delete`',
    bad: 'class Task {\n  id: i32 = 0;\n}\nexport function end(task: Task): void {\n  delete task.id;\n}',
    good: 'class Task {\n  id: i32 = 0;\n}\nexport function end(task: Task): void {\n  task.id = 0;\n}',
    kinds: [ts.SyntaxKind.DeleteExpression],
  }),
  {
    name: 'typeof',
    wrong: '`typeof` is settled when the code is compiled: a value has one type here',
    instead: 'compare nothing, or use `isInteger<T>()`, `isString<T>()`, … in a generic function',
    bad: "export function check(value: i32): bool {\n  return typeof value == 'number';\n}",
    good: 'export function check<T>(value: T): bool {\n  return isInteger<T>();\n}',
    kinds: [ts.SyntaxKind.TypeOfExpression],
    find: (node) => ({ node }),
  },
  banned({
    name: 'regular-expression',
    wrong: 'there are no regular expressions',
    instead: 'walk over the characters, or use `indexOf`, `startsWith`, `split`',
    bad: 'export function isWord(text: string): bool {\n  return /^a/.test(text);\n}',
    good: "export function isWord(text: string): bool {\n  return text.startsWith('a');\n}",
    kinds: [ts.SyntaxKind.RegularExpressionLiteral],
  }),
  banned({
    name: 'tagged-template',
    wrong: 'there are no tagged templates',
    instead: 'call a function with the parts',
    bad: 'export function raw(): string {\n  return String.raw`a`;\n}',
    good: "export function raw(): string {\n  return 'a';\n}",
    kinds: [ts.SyntaxKind.TaggedTemplateExpression],
  }),
  {
    name: 'const-assertion',
    wrong: 'there is no `{}`',
    instead: 'write the type: `const list: StaticArray<i32> = [1, 2];`',
    bad: 'const sizes = [1, 2] as const;',
    good: 'const sizes: StaticArray<i32> = [1, 2];',
    kinds: [ts.SyntaxKind.AsExpression, ts.SyntaxKind.SatisfiesExpression],
    find: (node) => {
      if (ts.isSatisfiesExpression(node)) return { node, subject: 'satisfies' };
      const isConst = ts.isAsExpression(node) && node.type.getText() === 'const';
      return isConst ? { node, subject: 'as const' } : undefined;
    },
  },
  {
    name: 'object-literal',
    wrong: 'an object literal needs a class whose fields it names',
    instead:
      'declare the class and write `const x: CLASS = { … }`, or use `new` and set the fields',
    bad: 'const origin = { x: 0, y: 0 };',
    good: 'class Point {\n  x: i32 = 0;\n  y: i32 = 0;\n}\nconst origin: Point = { x: 0, y: 0 };',
    kinds: [ts.SyntaxKind.ObjectLiteralExpression],
    find: (node) => {
      if (!ts.isObjectLiteralExpression(node)) return undefined;
      const { parent } = node;
      if (ts.isBinaryExpression(parent) && parent.left === node) return undefined;
      const isUntyped = ts.isVariableDeclaration(parent) && parent.type === undefined;
      return isUntyped ? { node } : undefined;
    },
  },
  {
    name: 'interface-literal',
    wrong: '`{}` is an interface, of which a literal cannot be made',
    instead: 'make it a class',
    bad: 'interface Point {\n  x: i32;\n}\nconst origin: Point = { x: 0 };',
    good: 'class Point {\n  x: i32 = 0;\n}\nconst origin: Point = { x: 0 };',
    kinds: [ts.SyntaxKind.ObjectLiteralExpression],
    find: (node) => {
      if (!ts.isObjectLiteralExpression(node)) return undefined;
      const name = typeOfPlace(node)?.getText();
      return name !== undefined && isInterface(node, name) ? { node, subject: name } : undefined;
    },
  },
  {
    name: 'array-hole',
    wrong: 'an array literal has no holes',
    instead: 'write the value, such as 0',
    bad: 'const sizes: StaticArray<i32> = [1, , 2];',
    good: 'const sizes: StaticArray<i32> = [1, 0, 2];',
    kinds: [ts.SyntaxKind.OmittedExpression],
    find: (node) => (ts.isArrayLiteralExpression(node.parent) ? { node: node.parent } : undefined),
  },
  {
    name: 'field-by-name',
    wrong: 'a field is not found by a text',
    instead: 'write `object.field`; for names that are made while running use a `Map`',
    bad: "class Task {\n  id: i32 = 0;\n}\nexport function id(task: Task): i32 {\n  return task['id'];\n}",
    good: 'class Task {\n  id: i32 = 0;\n}\nexport function id(task: Task): i32 {\n  return task.id;\n}',
    kinds: [ts.SyntaxKind.ElementAccessExpression],
    find: (node) => {
      if (!ts.isElementAccessExpression(node)) return undefined;
      return ts.isStringLiteral(node.argumentExpression) ? { node } : undefined;
    },
  },
  {
    name: 'meta-property',
    wrong: 'there is no `{}`',
    instead: 'leave it out: nothing of the kind exists at run time',
    bad: 'class Task {\n  constructor() {\n    new.target;\n  }\n}',
    good: 'class Task {}',
    kinds: [ts.SyntaxKind.MetaProperty],
    find: (node) => ({ node, subject: node.getText() }),
  },
];
