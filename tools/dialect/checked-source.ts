/** A source that is checked: its tree, and what names mean in it. */
import ts from 'typescript';
import { isIntegersOnly } from './code-kind.ts';

/** What a name stands for in a source. */
export interface Meaning {
  readonly declaration: ts.Node;
  /** Functions between the use of the name and the one that declares it; 0 for what is global. */
  readonly functionsOut: number;
}

const INTEGER_BITS: ReadonlyMap<string, number> = new Map([
  ...['bool', 'i8', 'u8'].map((name) => [name, 8] as const),
  ...['i16', 'u16'].map((name) => [name, 16] as const),
  ...['i32', 'u32', 'isize', 'usize'].map((name) => [name, 32] as const),
  ...['i64', 'u64'].map((name) => [name, 64] as const),
]);
const FLOATS = new Set(['f32', 'f64', 'number']);

export interface NumberType {
  readonly name: string;
  readonly bits: number;
  readonly isUnsigned: boolean;
}

export class CheckedSource {
  readonly tree: ts.SourceFile;
  readonly integersOnly: boolean;
  private readonly scopes = new Map<ts.Node, ReadonlyMap<string, ts.Node>>();

  /**
   * @param path in the repository, with `/`
   * @param exists whether there is a file at a repository path
   */
  constructor(
    readonly path: string,
    text: string,
    readonly exists: (path: string) => boolean,
  ) {
    this.tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
    this.integersOnly = isIntegersOnly(path);
  }

  /** What an identifier means here; undefined for what another file or the language declares. */
  meaningOf(name: ts.Identifier): Meaning | undefined {
    let functionsOut = 0;
    let isGlobal = false;
    for (let scope: ts.Node = name; ; scope = scope.parent) {
      if (ts.isSourceFile(scope) || ts.isModuleBlock(scope)) isGlobal = true;
      const declaration = this.declarationsIn(scope).get(name.text);
      if (declaration !== undefined) {
        return { declaration, functionsOut: isGlobal ? 0 : functionsOut };
      }
      if (ts.isSourceFile(scope)) return undefined;
      if (ts.isFunctionLike(scope)) functionsOut += 1;
    }
  }

  /** The type of number that a value is, if its declaration in this file says so in words. */
  numberType(value: ts.Expression): NumberType | undefined {
    const type = this.typeOf(value);
    if (type === undefined || !ts.isTypeReferenceNode(type)) return undefined;
    const name = type.typeName.getText(this.tree);
    const bits = INTEGER_BITS.get(name);
    return bits === undefined ? undefined : { name, bits, isUnsigned: name.startsWith('u') };
  }

  private typeOf(value: ts.Expression): ts.TypeNode | undefined {
    if (ts.isParenthesizedExpression(value)) return this.typeOf(value.expression);
    if (ts.isAsExpression(value) || ts.isTypeAssertionExpression(value)) return value.type;
    if (ts.isPropertyAccessExpression(value)) return fieldType(value);
    if (!ts.isIdentifier(value)) return undefined;
    const declaration = this.meaningOf(value)?.declaration;
    if (declaration === undefined) return undefined;
    if (!ts.isVariableDeclaration(declaration) && !ts.isParameter(declaration)) return undefined;
    if (declaration.type !== undefined) return declaration.type;
    const { initializer } = declaration;
    return initializer === undefined || !ts.isAssertionExpression(initializer)
      ? undefined
      : initializer.type;
  }

  private declarationsIn(scope: ts.Node): ReadonlyMap<string, ts.Node> {
    const known = this.scopes.get(scope);
    if (known !== undefined) return known;
    const names = new Map<string, ts.Node>();
    collectDeclarations(scope, names);
    this.scopes.set(scope, names);
    return names;
  }
}

/** Whether a type is written as a name of a number with a fraction. */
export function isFloatType(node: ts.TypeNode): boolean {
  if (node.kind === ts.SyntaxKind.NumberKeyword) return true;
  return (
    ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName) && FLOATS.has(node.typeName.text)
  );
}

/** Whether a type is written as a name of a number or of a truth value. */
export function isNumberType(node: ts.TypeNode): boolean {
  if (isFloatType(node)) return true;
  if (node.kind === ts.SyntaxKind.BooleanKeyword) return true;
  return (
    ts.isTypeReferenceNode(node) &&
    ts.isIdentifier(node.typeName) &&
    INTEGER_BITS.has(node.typeName.text)
  );
}

/** The type of `this.NAME`, where the class around it declares it. */
function fieldType(access: ts.PropertyAccessExpression): ts.TypeNode | undefined {
  if (access.expression.kind !== ts.SyntaxKind.ThisKeyword) return undefined;
  let around: ts.Node = access;
  while (!ts.isClassLike(around) && !ts.isSourceFile(around)) around = around.parent;
  if (!ts.isClassLike(around)) return undefined;
  for (const member of around.members) {
    const isField = ts.isPropertyDeclaration(member) || ts.isGetAccessorDeclaration(member);
    if (isField && member.name.getText() === access.name.text) return member.type;
  }
  return undefined;
}

function collectDeclarations(scope: ts.Node, names: Map<string, ts.Node>): void {
  const add = (name: ts.Node | undefined, declaration: ts.Node): void => {
    if (name !== undefined && ts.isIdentifier(name)) names.set(name.text, declaration);
  };
  const addList = (list: ts.VariableDeclarationList): void => {
    for (const declaration of list.declarations) add(declaration.name, declaration);
  };
  if (ts.isFunctionLike(scope)) {
    for (const parameter of scope.parameters) add(parameter.name, parameter);
    return;
  }
  const isLoop =
    ts.isForStatement(scope) || ts.isForOfStatement(scope) || ts.isForInStatement(scope);
  if (isLoop) {
    const { initializer } = scope;
    if (initializer !== undefined && ts.isVariableDeclarationList(initializer))
      addList(initializer);
    return;
  }
  if (!ts.isBlock(scope) && !ts.isSourceFile(scope) && !ts.isModuleBlock(scope)) {
    if (!ts.isCaseOrDefaultClause(scope)) return;
  }
  for (const statement of scope.statements) {
    if (ts.isVariableStatement(statement)) addList(statement.declarationList);
    else if (
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isEnumDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement)
    ) {
      add(statement.name, statement);
    }
  }
}
