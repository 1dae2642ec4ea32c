/** Classes, their members and enums. */
import ts from 'typescript';
import { banned, type Rule } from '../rule.ts';

/** What asc and the back end know. Others are passed over without a word. */
const DECORATORS = new Set([
  'unmanaged',
  'inline',
  'operator',
  'lazy',
  'final',
  'external',
  'unsafe',
]);

function decoratorName(node: ts.Decorator): string {
  const { expression } = node;
  const called = ts.isCallExpression(expression) ? expression.expression : expression;
  return called.getText().split('.')[0];
}

function hasDecorator(node: ts.HasDecorators, name: string): boolean {
  return (ts.getDecorators(node) ?? []).some((decorator) => decoratorName(decorator) === name);
}

function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  if (!ts.canHaveModifiers(node)) return false;
  return (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind);
}

function hasFields(node: ts.ClassDeclaration): boolean {
  return node.members.some(
    (member) =>
      ts.isPropertyDeclaration(member) && !hasModifier(member, ts.SyntaxKind.StaticKeyword),
  );
}

export const CLASS_RULES: readonly Rule[] = [
  {
    name: 'missing-unmanaged',
    wrong:
      'class `{}` is managed: an object of it comes from a heap that kernels and services have not',
    instead:
      'write `@unmanaged` before it, and take its memory from a slab, a frame or `memory.data`',
    bad: 'export class Ring {\n  head: u32;\n}',
    good: '@unmanaged\nexport class Ring {\n  head: u32;\n}',
    integersOnly: true,
    kinds: [ts.SyntaxKind.ClassDeclaration],
    find: (node) => {
      if (!ts.isClassDeclaration(node) || !hasFields(node)) return undefined;
      if (hasDecorator(node, 'unmanaged')) return undefined;
      const place = node.name ?? node;
      return { node: place, subject: place.getText() };
    },
  },
  {
    name: 'unmanaged-initialiser',
    wrong:
      'field `{}` gets its value from `new` alone, and memory that becomes an object by `changetype` has what lay there',
    instead: 'set it in a method that whoever takes the memory calls first',
    bad: '@unmanaged\nexport class Ring {\n  head: u32 = 1;\n}',
    good: '@unmanaged\nexport class Ring {\n  head: u32;\n\n  clear(): void {\n    this.head = 1;\n  }\n}',
    integersOnly: true,
    kinds: [ts.SyntaxKind.PropertyDeclaration],
    find: (node) => {
      if (!ts.isPropertyDeclaration(node) || node.initializer === undefined) return undefined;
      if (hasModifier(node, ts.SyntaxKind.StaticKeyword)) return undefined;
      const { parent } = node;
      if (!ts.isClassDeclaration(parent) || !hasDecorator(parent, 'unmanaged')) return undefined;
      return { node, subject: node.name.getText() };
    },
  },
  {
    name: 'unmanaged-override',
    wrong:
      '`{}` of an @unmanaged class overrides a method, but such an object has no header that says which class it is of',
    instead:
      'give the method another name, or keep a field that says which kind it is and `switch` on it',
    bad: '@unmanaged\nclass Shape {\n  area(): u32 {\n    return 0;\n  }\n}\n@unmanaged\nclass Square extends Shape {\n  side: u32;\n  override area(): u32 {\n    return this.side * this.side;\n  }\n}\nexport function area(square: Square): u32 {\n  return square.area();\n}',
    good: '@unmanaged\nclass Shape {\n  area(): u32 {\n    return 0;\n  }\n}\n@unmanaged\nclass Square extends Shape {\n  side: u32;\n  squareArea(): u32 {\n    return this.side * this.side;\n  }\n}\nexport function area(square: Square): u32 {\n  return square.squareArea();\n}',
    kinds: [ts.SyntaxKind.MethodDeclaration],
    find: (node) => {
      // tsc (noImplicitOverride) sees to it that an override says so.
      if (!ts.isMethodDeclaration(node) || !hasModifier(node, ts.SyntaxKind.OverrideKeyword))
        return undefined;
      const { parent } = node;
      if (!ts.isClassDeclaration(parent) || !hasDecorator(parent, 'unmanaged')) return undefined;
      return { node, subject: node.name.getText() };
    },
  },
  {
    name: 'decorated-function',
    wrong: 'a decorator stands before a function, where TypeScript allows none',
    instead: 'leave it out: small functions are put in place of their calls anyway',
    bad: '@inline\nfunction half(value: i32): i32 {\n  return value >> 1;\n}\nexport const one = half(2);',
    good: 'function half(value: i32): i32 {\n  return value >> 1;\n}\nexport const one = half(2);',
    kinds: [ts.SyntaxKind.FunctionDeclaration, ts.SyntaxKind.VariableStatement],
    find: (node) => {
      if (!ts.isFunctionDeclaration(node) && !ts.isVariableStatement(node)) return undefined;
      const decorator = node.modifiers?.find((modifier) => ts.isDecorator(modifier));
      return decorator === undefined ? undefined : { node: decorator };
    },
  },
  {
    name: 'unknown-decorator',
    wrong: 'nobody knows the decorator `@{}`: there are no decorators of one’s own',
    instead: 'leave it out; known are @unmanaged, @final, @operator, @inline on methods',
    bad: '@frozen\nclass Task {\n  id: i32 = 0;\n}',
    good: '@final\nclass Task {\n  id: i32 = 0;\n}',
    kinds: [ts.SyntaxKind.Decorator],
    find: (node) => {
      if (!ts.isDecorator(node) || DECORATORS.has(decoratorName(node))) return undefined;
      return { node, subject: decoratorName(node) };
    },
  },
  banned({
    name: 'private-name',
    wrong: 'there are no members with `#`',
    instead: 'write `private`',
    bad: 'class Task {\n  #id: i32 = 0;\n}',
    good: 'class Task {\n  private id: i32 = 0;\n\n  get number(): i32 {\n    return this.id;\n  }\n}',
    kinds: [ts.SyntaxKind.PrivateIdentifier],
  }),
  banned({
    name: 'static-block',
    wrong: 'a class has no static block',
    instead: 'give the static field its value, or call a function from `main`',
    bad: 'class Clock {\n  static ticks: i32;\n  static {\n    Clock.ticks = 1;\n  }\n}',
    good: 'class Clock {\n  static ticks: i32 = 1;\n}',
    kinds: [ts.SyntaxKind.ClassStaticBlockDeclaration],
  }),
  {
    name: 'optional-field',
    wrong: 'field `{}` may be absent, but every object has all fields of its class',
    instead: 'write `NAME: CLASS | null`, or for a number a value that means "none"',
    bad: 'class Task {\n  parent?: Task;\n}',
    good: 'class Task {\n  parent: Task | null = null;\n}',
    kinds: [ts.SyntaxKind.PropertyDeclaration, ts.SyntaxKind.PropertySignature],
    find: (node) => {
      if (!ts.isPropertyDeclaration(node) && !ts.isPropertySignature(node)) return undefined;
      return node.questionToken === undefined ? undefined : { node, subject: node.name.getText() };
    },
  },
  {
    name: 'untyped-field',
    wrong: 'field `{}` has no type',
    instead: 'write it: `NAME: TYPE`',
    bad: 'class Task {\n  id = 0;\n}',
    good: 'class Task {\n  id: i32 = 0;\n}',
    kinds: [ts.SyntaxKind.PropertyDeclaration],
    find: (node) => {
      if (!ts.isPropertyDeclaration(node) || node.type !== undefined) return undefined;
      if (node.questionToken !== undefined || ts.isPrivateIdentifier(node.name)) return undefined;
      return { node, subject: node.name.getText() };
    },
  },
  {
    name: 'computed-member',
    wrong: 'a member has a name, and no expression in its place',
    instead: 'write the name',
    bad: "class Task {\n  ['id']: i32 = 0;\n}",
    good: 'class Task {\n  id: i32 = 0;\n}',
    kinds: [ts.SyntaxKind.ComputedPropertyName],
    find: (node) => (ts.isClassElement(node.parent) ? { node } : undefined),
  },
  banned({
    name: 'index-signature',
    wrong: 'a class has no fields but those that it names',
    instead: 'use a `Map<string, TYPE>`, or @operator("[]") on a method',
    bad: 'class Names {\n  [name: string]: i32;\n}',
    good: 'class Names {\n  values: Map<string, i32> = new Map<string, i32>();\n}',
    kinds: [ts.SyntaxKind.IndexSignature],
  }),
  {
    name: 'auto-accessor',
    wrong: 'there are no `accessor` fields',
    instead: 'write a field, or `get` and `set`',
    bad: 'class Task {\n  accessor id: i32 = 0;\n}',
    good: 'class Task {\n  id: i32 = 0;\n}',
    kinds: [ts.SyntaxKind.PropertyDeclaration],
    find: (node) => (hasModifier(node, ts.SyntaxKind.AccessorKeyword) ? { node } : undefined),
  },
  {
    name: 'local-class',
    wrong: 'a class stands inside a function',
    instead: 'declare it at the top of the file',
    bad: 'export function count(): i32 {\n  class Counter {\n    value: i32 = 1;\n  }\n  return new Counter().value;\n}',
    good: 'class Counter {\n  value: i32 = 1;\n}\nexport function count(): i32 {\n  return new Counter().value;\n}',
    kinds: [ts.SyntaxKind.ClassDeclaration, ts.SyntaxKind.ClassExpression],
    find: (node) => {
      const isTop = ts.isSourceFile(node.parent) || ts.isModuleBlock(node.parent);
      return isTop && ts.isClassDeclaration(node) ? undefined : { node };
    },
  },
  {
    name: 'string-enum',
    wrong: 'a member of an enum is an i32 and no text',
    instead: 'leave the value out, and translate with a `switch` where a text is wanted',
    bad: "enum Mode {\n  Read = 'read',\n}",
    good: "enum Mode {\n  Read,\n}\nexport function nameOf(mode: Mode): string {\n  switch (mode) {\n    case Mode.Read:\n      return 'read';\n    default:\n      return '?';\n  }\n}",
    kinds: [ts.SyntaxKind.EnumMember],
    find: (node) => {
      if (!ts.isEnumMember(node) || node.initializer === undefined) return undefined;
      return ts.isStringLiteralLike(node.initializer) ? { node } : undefined;
    },
  },
];
