/** Numbers have a size here, and those with a fraction are not for everybody. */
import ts from 'typescript';
import { type CheckedSource, isFloatType } from '../checked-source.ts';
import { banned, type Found, type Rule } from '../rule.ts';

const FLOAT_NAMES = new Set(['NaN', 'Infinity']);

/** `-1`, as a literal. */
function isNegativeLiteral(node: ts.Expression): boolean {
  return (
    ts.isPrefixUnaryExpression(node) &&
    node.operator === ts.SyntaxKind.MinusToken &&
    ts.isNumericLiteral(node.operand) &&
    Number(node.operand.text) > 0
  );
}

function isZero(node: ts.Expression): boolean {
  return ts.isNumericLiteral(node) && Number(node.text) === 0;
}

const COMPARISONS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
]);

function unsignedName(value: ts.Expression, source: CheckedSource): string | undefined {
  const type = source.numberType(value);
  return type?.isUnsigned === true ? type.name : undefined;
}

function findNegativeComparison(node: ts.Node, source: CheckedSource): Found | undefined {
  if (!ts.isBinaryExpression(node) || !COMPARISONS.has(node.operatorToken.kind)) return undefined;
  const { left, right } = node;
  const value = isNegativeLiteral(right) ? left : isNegativeLiteral(left) ? right : undefined;
  const name = value === undefined ? undefined : unsignedName(value, source);
  return name === undefined ? undefined : { node, subject: name };
}

/** `u >= 0` is always true and `u < 0` never. */
function findZeroComparison(node: ts.Node, source: CheckedSource): Found | undefined {
  if (!ts.isBinaryExpression(node) || !isZero(node.right)) return undefined;
  const { kind } = node.operatorToken;
  const isDecided =
    kind === ts.SyntaxKind.GreaterThanEqualsToken || kind === ts.SyntaxKind.LessThanToken;
  const name = isDecided ? unsignedName(node.left, source) : undefined;
  return name === undefined ? undefined : { node, subject: name };
}

const SHIFTS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.LessThanLessThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanToken,
  ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken,
]);

function findFarShift(node: ts.Node, source: CheckedSource): Found | undefined {
  if (!ts.isBinaryExpression(node) || !SHIFTS.has(node.operatorToken.kind)) return undefined;
  if (!ts.isNumericLiteral(node.right)) return undefined;
  const type = source.numberType(node.left);
  if (type === undefined || Number(node.right.text) < type.bits) return undefined;
  return { node, subject: type.name };
}

/** A product of 32 bits that is widened when it is too late. */
function findLateWidening(node: ts.Node, source: CheckedSource): Found | undefined {
  if (!ts.isVariableDeclaration(node)) return undefined;
  const { type, initializer } = node;
  if (type === undefined || initializer === undefined || !ts.isBinaryExpression(initializer))
    return undefined;
  const wide = type.getText();
  if (wide !== 'i64' && wide !== 'u64') return undefined;
  if (initializer.operatorToken.kind !== ts.SyntaxKind.AsteriskToken) return undefined;
  const sides = [initializer.left, initializer.right].map((side) => source.numberType(side));
  const isNarrow = sides.every((side) => side !== undefined && side.bits <= 32);
  return isNarrow ? { node: initializer, subject: wide } : undefined;
}

export const NUMBER_RULES: readonly Rule[] = [
  banned({
    name: 'number',
    wrong: '`number` is f64 here',
    instead:
      'write `i32`, `u32`, `u64`, … for integers, `usize` for addresses, `f64` if it has a fraction',
    bad: 'export function half(value: number): i32 {\n  return 1;\n}',
    good: 'export function half(value: i32): i32 {\n  return value / 2;\n}',
    kinds: [ts.SyntaxKind.NumberKeyword],
  }),
  {
    name: 'float-type',
    wrong: '`{}` needs floating point, which kernels and services have not',
    instead: 'count in smaller units with integers, or do it in a program',
    bad: 'export function half(value: f64): void {}',
    good: 'export function half(thousandths: i32): i32 {\n  return thousandths / 2;\n}',
    integersOnly: true,
    kinds: [ts.SyntaxKind.TypeReference],
    find: (node) => {
      if (!ts.isTypeReferenceNode(node) || !isFloatType(node)) return undefined;
      return { node, subject: node.getText() };
    },
  },
  {
    name: 'float-literal',
    wrong: '{} is a number with a fraction, and kernels and services have no floating point',
    instead: 'count in smaller units: `value * 3 / 2` in place of `value * 1.5`',
    bad: 'export function longer(value: i32): i32 {\n  return <i32>(value * 1.5);\n}',
    good: 'export function longer(value: i32): i32 {\n  return (value * 3) / 2;\n}',
    integersOnly: true,
    kinds: [ts.SyntaxKind.NumericLiteral, ts.SyntaxKind.Identifier],
    find: (node, source) => {
      const text = node.getText(source.tree);
      if (ts.isIdentifier(node)) {
        const isName = FLOAT_NAMES.has(text) && source.meaningOf(node) === undefined;
        return isName && !ts.isPropertyAccessExpression(node.parent)
          ? { node, subject: text }
          : undefined;
      }
      const isFloat = /^[\d_]*\.[\d_]*|^[\d_]+e/i.test(text);
      return isFloat ? { node, subject: text } : undefined;
    },
  },
  {
    name: 'negative-unsigned',
    wrong: 'a `{}` is never below zero: it holds 2³² − 1 (or the like) in place of −1',
    instead: 'make the variable `i32`, or compare with `{}.MAX_VALUE`',
    bad: 'export function isNone(value: u32): bool {\n  return value == -1;\n}',
    good: 'export function isNone(value: u32): bool {\n  return value == u32.MAX_VALUE;\n}',
    kinds: [ts.SyntaxKind.BinaryExpression],
    find: findNegativeComparison,
  },
  {
    name: 'unsigned-and-zero',
    wrong:
      'a `{}` is never below zero, so this is always the same (and a loop that counts down to it never ends)',
    instead: 'make the variable `i32`, or count `for (let i = n; i > 0; i--)` and use `i - 1`',
    bad: 'export function clear(count: u32): void {\n  for (let i: u32 = count; i >= 0; i--) store<u8>(i, 0);\n}',
    good: 'export function clear(count: u32): void {\n  for (let i: u32 = count; i > 0; i--) store<u8>(i - 1, 0);\n}',
    kinds: [ts.SyntaxKind.BinaryExpression],
    find: findZeroComparison,
  },
  {
    name: 'far-shift',
    wrong:
      'a `{}` has not so many bits: the count of a shift is taken modulo their number, so nothing is shifted out',
    instead: 'widen first: `<u64>value >> 32`',
    bad: 'export function high(value: u32): u32 {\n  return value >> 32;\n}',
    good: 'export function high(value: u64): u32 {\n  return <u32>(value >> 32);\n}',
    kinds: [ts.SyntaxKind.BinaryExpression],
    find: findFarShift,
  },
  {
    name: 'late-widening',
    wrong: 'the product is cut to 32 bits before it becomes `{}`',
    instead: 'widen a factor: `<{}>a * b`',
    bad: 'export function bytes(blocks: u32, size: u32): u64 {\n  const total: u64 = blocks * size;\n  return total;\n}',
    good: 'export function bytes(blocks: u32, size: u32): u64 {\n  const total: u64 = <u64>blocks * size;\n  return total;\n}',
    kinds: [ts.SyntaxKind.VariableDeclaration],
    find: findLateWidening,
  },
];
