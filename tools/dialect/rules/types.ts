/** Types that have no size in memory that is known when the code is compiled. */
import ts from 'typescript';
import { isNumberType } from '../checked-source.ts';
import { banned, type Rule } from '../rule.ts';

const NO_UNION = 'a value has one type here';

/** TypeScript's types that compute with types. */
const UTILITY_TYPES = new Set([
  ...['Partial', 'Required', 'Record', 'Pick', 'Omit', 'Exclude', 'Extract', 'NonNullable'],
  ...['Parameters', 'ReturnType', 'InstanceType', 'Awaited'],
]);

function isNull(node: ts.TypeNode): boolean {
  return ts.isLiteralTypeNode(node) && node.literal.kind === ts.SyntaxKind.NullKeyword;
}

function isUndefined(node: ts.TypeNode): boolean {
  return node.kind === ts.SyntaxKind.UndefinedKeyword;
}

function partsWithoutNull(node: ts.Node): readonly ts.TypeNode[] {
  return ts.isUnionTypeNode(node) ? node.types.filter((type) => !isNull(type)) : [];
}

export const TYPE_RULES: readonly Rule[] = [
  banned({
    name: 'any',
    wrong: 'there is no `any`: the compiler must know how a value lies in memory',
    instead: 'name its type, or make the function generic (`<T>`)',
    bad: 'function first(value: any): i32 {\n  return value;\n}',
    good: 'function first<T>(value: T): T {\n  return value;\n}',
    kinds: [ts.SyntaxKind.AnyKeyword],
  }),
  banned({
    name: 'unknown',
    wrong: 'there is no `unknown`: nothing at run time says what type a value has',
    instead: 'name its type; for an address write `usize`',
    bad: 'function show(value: unknown): void {}',
    good: 'function show(address: usize): void {}',
    kinds: [ts.SyntaxKind.UnknownKeyword],
  }),
  {
    name: 'object',
    wrong: '`{}` is no type here',
    instead: 'name the class, or write `usize` for an address',
    bad: 'function show(value: object): void {}',
    good: 'function show(address: usize): void {}',
    kinds: [ts.SyntaxKind.ObjectKeyword, ts.SyntaxKind.SymbolKeyword],
    find: (node) => ({ node, subject: node.getText() }),
  },
  {
    name: 'bigint',
    wrong: 'there is no `bigint`',
    instead: 'write `i64` or `u64`, and literals without `n`',
    bad: 'const large: u64 = 5_000_000_000n;',
    good: 'const large: u64 = 5_000_000_000;',
    kinds: [ts.SyntaxKind.BigIntKeyword, ts.SyntaxKind.BigIntLiteral],
    find: (node) => ({ node }),
  },
  {
    name: 'undefined',
    wrong: 'there is no `undefined`',
    instead:
      'write `null` for a missing object, and a number of its own (such as −1) for a missing number',
    bad: 'class Task {\n  next: Task | undefined;\n}',
    good: 'class Task {\n  next: Task | null = null;\n}',
    kinds: [ts.SyntaxKind.UnionType, ts.SyntaxKind.UndefinedKeyword, ts.SyntaxKind.Identifier],
    find: (node, source) => {
      if (ts.isUnionTypeNode(node)) return node.types.some(isUndefined) ? { node } : undefined;
      if (!ts.isIdentifier(node)) return { node };
      if (node.text !== 'undefined' || isMemberName(node)) return undefined;
      return source.meaningOf(node) === undefined ? { node } : undefined;
    },
  },
  {
    name: 'nullable-number',
    wrong: '`{}` cannot be null: a number has no value to spare for it',
    instead: 'use a number that means "none" (such as −1), or return success and store the value',
    bad: 'function find(key: i32): i32 | null {\n  return null;\n}',
    good: 'function find(key: i32): i32 {\n  return -1;\n}',
    kinds: [ts.SyntaxKind.UnionType],
    find: (node) => {
      const parts = partsWithoutNull(node);
      const isNullable = ts.isUnionTypeNode(node) && node.types.some(isNull);
      const isNumber = isNullable && parts.length === 1 && isNumberType(parts[0]);
      return isNumber ? { node, subject: parts[0].getText() } : undefined;
    },
  },
  {
    name: 'literal-type',
    wrong: 'a literal is no type',
    instead: 'declare an `enum`',
    bad: "type Mode = 'read' | 'write';",
    good: 'enum Mode {\n  Read,\n  Write,\n}',
    kinds: [ts.SyntaxKind.UnionType, ts.SyntaxKind.LiteralType, ts.SyntaxKind.TemplateLiteralType],
    find: (node) => {
      if (!ts.isUnionTypeNode(node)) {
        return ts.isTypeNode(node) && isNull(node) ? undefined : { node };
      }
      const parts = partsWithoutNull(node);
      return parts.length > 1 && parts.every((type) => ts.isLiteralTypeNode(type))
        ? { node }
        : undefined;
    },
  },
  {
    name: 'union',
    wrong: `there are no union types (only \`CLASS | null\`): ${NO_UNION}`,
    instead:
      'use a common base class, two functions, or an @unmanaged class with a field that says which it is',
    bad: 'function write(value: i32 | string): void {}',
    good: 'function writeNumber(value: i32): void {}\nfunction writeText(value: string): void {}',
    kinds: [ts.SyntaxKind.UnionType],
    find: (node) => (partsWithoutNull(node).length > 1 ? { node } : undefined),
  },
  banned({
    name: 'intersection',
    wrong: 'there are no intersection types',
    instead: 'declare a class that extends one and has the fields of the other',
    bad: 'class A {\n  a: i32 = 0;\n}\nclass B {\n  b: i32 = 0;\n}\nfunction sum(both: A & B): i32 {\n  return both.a;\n}',
    good: 'class A {\n  a: i32 = 0;\n}\nclass Both extends A {\n  b: i32 = 0;\n}\nfunction sum(both: Both): i32 {\n  return both.a + both.b;\n}',
    kinds: [ts.SyntaxKind.IntersectionType],
  }),
  banned({
    name: 'tuple',
    wrong: 'there are no tuples',
    instead: 'declare a class with named fields; for several results store them through an address',
    bad: 'function divide(a: i32, b: i32): [i32, i32] {\n  return [a / b, a % b];\n}',
    good: 'class Division {\n  constructor(public quotient: i32, public rest: i32) {}\n}\nfunction divide(a: i32, b: i32): Division {\n  return new Division(a / b, a % b);\n}',
    kinds: [ts.SyntaxKind.TupleType],
  }),
  banned({
    name: 'object-type',
    wrong: 'an object type cannot be written in place',
    instead: 'declare a class (@unmanaged if it is laid out in memory) and use its name',
    bad: 'function area(size: { width: i32; height: i32 }): i32 {\n  return size.width * size.height;\n}',
    good: 'class Size {\n  width: i32 = 0;\n  height: i32 = 0;\n}\nfunction area(size: Size): i32 {\n  return size.width * size.height;\n}',
    kinds: [ts.SyntaxKind.TypeLiteral],
  }),
  banned({
    name: 'computed-type',
    wrong:
      'types are not computed from types (`keyof`, `typeof`, `T[K]`, mapped and conditional types)',
    instead: 'write the type out, or use a generic parameter',
    bad: 'const limit: i32 = 5;\nfunction atMost(value: typeof limit): bool {\n  return value <= limit;\n}',
    good: 'const limit: i32 = 5;\nfunction atMost(value: i32): bool {\n  return value <= limit;\n}',
    kinds: [
      ts.SyntaxKind.TypeQuery,
      ts.SyntaxKind.MappedType,
      ts.SyntaxKind.ConditionalType,
      ts.SyntaxKind.IndexedAccessType,
    ],
  }),
  {
    name: 'type-operator',
    wrong: '`{}` is no type here',
    instead: 'write the type out',
    bad: 'class Size {\n  width: i32 = 0;\n}\nfunction field(name: keyof Size): i32 {\n  return 0;\n}',
    good: 'enum Field {\n  Width,\n}\nfunction field(name: Field): i32 {\n  return 0;\n}',
    kinds: [ts.SyntaxKind.TypeOperator],
    find: (node) => {
      if (!ts.isTypeOperatorNode(node)) return undefined;
      // asc reads `readonly T[]` as `T[]`.
      return node.operator === ts.SyntaxKind.ReadonlyKeyword
        ? undefined
        : { node, subject: node.getText() };
    },
  },
  {
    name: 'utility-type',
    wrong: 'there is no `{}`: types are not computed from types',
    instead: 'declare the class that is wanted',
    bad: 'class Size {\n  width: i32 = 0;\n}\nfunction change(by: Partial<Size>): void {}',
    good: 'class Size {\n  width: i32 = 0;\n}\nfunction change(by: Size): void {}',
    kinds: [ts.SyntaxKind.TypeReference],
    find: (node, source) => {
      if (!ts.isTypeReferenceNode(node) || !ts.isIdentifier(node.typeName)) return undefined;
      const { typeName } = node;
      if (!UTILITY_TYPES.has(typeName.text)) return undefined;
      if (source.meaningOf(typeName) !== undefined) return undefined;
      return { node, subject: typeName.text };
    },
  },
  {
    name: 'function-type',
    wrong: '`Function` does not say what it takes',
    instead: 'write its parameters and result: `(value: i32) => void`',
    bad: 'function twice(work: Function): void {}',
    good: 'function twice(work: () => void): void {\n  work();\n  work();\n}',
    kinds: [ts.SyntaxKind.TypeReference],
    find: (node) => {
      if (!ts.isTypeReferenceNode(node) || node.typeArguments !== undefined) return undefined;
      return node.typeName.getText() === 'Function' ? { node } : undefined;
    },
  },
  banned({
    name: 'type-predicate',
    wrong: 'a function cannot say what type its argument has',
    instead: 'return `bool`, and cast with `as` or `changetype<T>` where it is true',
    bad: 'class Task {\n  kind: i32 = 0;\n}\nfunction isTask(value: Task | null): value is Task {\n  return value != null;\n}',
    good: 'class Task {\n  kind: i32 = 0;\n}\nfunction isTask(value: Task | null): bool {\n  return value != null;\n}',
    kinds: [ts.SyntaxKind.TypePredicate],
  }),
];

/** Whether a name is that of a member or a label, and means nothing by itself. */
function isMemberName(name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === name;
  return (
    ts.isPropertyAssignment(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent)
  );
}
