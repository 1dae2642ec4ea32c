/** What a file takes from others. */
import ts from 'typescript';
import type { CheckedSource } from '../checked-source.ts';
import { banned, type Found, type Rule } from '../rule.ts';

/** Import paths that are no files beside: tools/images says where each leads. */
const PACKAGES = new Set(['stubs', 'environment', 'placement', 'testing']);
/** Where target code lies. */
const TARGET_FOLDERS = ['kernels/', 'userland/', 'build/stubs/'];

function pathOf(node: ts.Node): ts.StringLiteral | undefined {
  if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) return undefined;
  const { moduleSpecifier } = node;
  return moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier)
    ? moduleSpecifier
    : undefined;
}

/** The repository path, without `.ts`, that a relative import leads to; undefined: out of it. */
function resolve(from: string, to: string): string | undefined {
  const parts = from.split('/').slice(0, -1);
  for (const part of to.split('/')) {
    if (part === '.' || part === '') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

function isRelative(path: string): boolean {
  return path.startsWith('.');
}

function findHostImport(node: ts.Node, source: CheckedSource): Found | undefined {
  const path = pathOf(node);
  if (path === undefined) return undefined;
  if (!isRelative(path.text)) {
    const name = path.text.split('/')[0];
    return PACKAGES.has(name) ? undefined : { node: path, subject: path.text };
  }
  const target = resolve(source.path, path.text);
  const isTarget =
    target !== undefined && TARGET_FOLDERS.some((folder) => target.startsWith(folder));
  return isTarget || !isTargetPath(source.path) ? undefined : { node: path, subject: path.text };
}

function isTargetPath(path: string): boolean {
  return TARGET_FOLDERS.some((folder) => path.startsWith(folder));
}

function findMissingFile(node: ts.Node, source: CheckedSource): Found | undefined {
  const path = pathOf(node);
  if (path === undefined || !isRelative(path.text) || path.text.endsWith('.ts')) return undefined;
  const target = resolve(source.path, path.text);
  if (target === undefined) return undefined;
  const candidates = [`${target}.ts`, `${target}/index.ts`, `${target}.d.ts`];
  if (candidates.some((candidate) => source.exists(candidate))) return undefined;
  return { node: path, subject: path.text };
}

const OTHER_FILE = "import { PATH_BYTES } from './paths';\nexport const size = PATH_BYTES;";

export const MODULE_RULES: readonly Rule[] = [
  {
    name: 'type-import',
    wrong: 'there is no `import type`',
    instead: 'write `import { NAME } from …`: nothing is loaded while running',
    bad: "import type { Path } from './paths';\nexport function show(path: Path): void {}",
    good: "import { Path } from './paths';\nexport function show(path: Path): void {}",
    kinds: [
      ts.SyntaxKind.ImportClause,
      ts.SyntaxKind.ImportSpecifier,
      ts.SyntaxKind.ExportSpecifier,
      ts.SyntaxKind.ExportDeclaration,
    ],
    find: (node) => {
      if (ts.isImportClause(node)) {
        return node.phaseModifier === ts.SyntaxKind.TypeKeyword ? { node } : undefined;
      }
      if (
        ts.isImportSpecifier(node) ||
        ts.isExportSpecifier(node) ||
        ts.isExportDeclaration(node)
      ) {
        return node.isTypeOnly ? { node } : undefined;
      }
      return undefined;
    },
  },
  {
    name: 'default-import',
    wrong: 'there are no default imports',
    instead: 'write `import { {} } from …`, and `export` before the declaration',
    bad: "import PATH_BYTES from './paths';\nexport const size = PATH_BYTES;",
    good: OTHER_FILE,
    kinds: [ts.SyntaxKind.ImportClause],
    find: (node) => {
      if (!ts.isImportClause(node) || node.name === undefined) return undefined;
      return { node: node.name, subject: node.name.text };
    },
  },
  {
    name: 'default-export',
    wrong: 'there are no default exports',
    instead: 'write `export` before the declaration, and import it by its name',
    bad: 'export default function half(value: i32): i32 {\n  return value / 2;\n}',
    good: 'export function half(value: i32): i32 {\n  return value / 2;\n}',
    kinds: [ts.SyntaxKind.ExportAssignment, ts.SyntaxKind.DefaultKeyword],
    find: (node) => ({ node }),
  },
  {
    name: 'require',
    wrong: 'modules are not loaded while running (`require`, `import()`, `import x = …`)',
    instead: "write `import { NAME } from './file';` at the top",
    bad: "const paths = require('./paths');",
    good: OTHER_FILE,
    kinds: [ts.SyntaxKind.CallExpression, ts.SyntaxKind.ImportEqualsDeclaration],
    find: (node, source) => {
      if (!ts.isCallExpression(node)) return { node };
      const { expression } = node;
      if (expression.kind === ts.SyntaxKind.ImportKeyword) return { node };
      if (!ts.isIdentifier(expression) || expression.text !== 'require') return undefined;
      return source.meaningOf(expression) === undefined ? { node } : undefined;
    },
  },
  {
    name: 'host-import',
    wrong: '`{}` is host code: it runs in Node, and this runs on the machine',
    instead:
      'import files below kernels/ and userland/ by relative paths, or stubs/…, environment/…',
    bad: "import { readFileSync } from 'node:fs';\nexport function read(): void {}",
    good: "import { FileClient } from 'stubs/file';\nexport function read(file: FileClient): void {}",
    kinds: [ts.SyntaxKind.ImportDeclaration, ts.SyntaxKind.ExportDeclaration],
    find: findHostImport,
  },
  {
    name: 'import-extension',
    wrong: 'an import names a file with `.ts`',
    instead: "leave the ending out: `from './paths'`",
    bad: "import { PATH_BYTES } from './paths.ts';\nexport const size = PATH_BYTES;",
    good: OTHER_FILE,
    kinds: [ts.SyntaxKind.ImportDeclaration, ts.SyntaxKind.ExportDeclaration],
    find: (node) => {
      const path = pathOf(node);
      return path?.text.endsWith('.ts') === true ? { node: path } : undefined;
    },
  },
  {
    name: 'missing-file',
    wrong: 'there is no file for the import `{}`',
    instead: 'write the path from this file, beginning with `./` or `../`',
    bad: "import { PATH_BYTES } from './pahts';\nexport const size = PATH_BYTES;",
    good: OTHER_FILE,
    kinds: [ts.SyntaxKind.ImportDeclaration, ts.SyntaxKind.ExportDeclaration],
    find: findMissingFile,
  },
  {
    name: 'declared-variable',
    wrong:
      '`{}` is declared and nowhere defined: only functions come from assembly or from other objects',
    instead: 'write a function in assembly that returns the address, and declare that',
    bad: 'export declare const kernel_end: u32;',
    good: 'export declare function kernel_end(): u32;',
    kinds: [ts.SyntaxKind.VariableStatement],
    find: (node) => {
      if (!ts.isVariableStatement(node)) return undefined;
      const modifiers = ts.getModifiers(node) ?? [];
      if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword)) return undefined;
      return { node, subject: node.declarationList.declarations[0].name.getText() };
    },
  },
  {
    name: 'module-declaration',
    wrong: 'a file cannot declare other modules',
    instead: 'import the file; for names that belong together write `namespace NAME { … }`',
    bad: "declare module 'disk' {\n  export const size: i32;\n}",
    good: 'export namespace disk {\n  export const size: i32 = 512;\n}',
    kinds: [ts.SyntaxKind.ModuleDeclaration],
    find: (node) => {
      if (!ts.isModuleDeclaration(node)) return undefined;
      const isGlobal = (node.flags & ts.NodeFlags.GlobalAugmentation) !== 0;
      return isGlobal || ts.isStringLiteral(node.name) ? { node } : undefined;
    },
  },
  banned({
    name: 'export-equals',
    wrong: 'there is no `export as namespace`',
    instead: 'write `export` before what others may use',
    bad: 'export as namespace disk;',
    good: 'export const size: i32 = 512;',
    kinds: [ts.SyntaxKind.NamespaceExportDeclaration],
  }),
];
