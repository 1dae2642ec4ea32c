/**
 * Finds in target code what TypeScript has and the dialect has not, before the AssemblyScript
 * compiler comes upon it with words of its own. Looks at one file at a time, at its syntax alone.
 */
import ts from 'typescript';
import type { Diagnostic } from '../compiler/diagnostics.ts';
import { CheckedSource } from './checked-source.ts';
import { messageOf, type Rule } from './rule.ts';
import { RULES } from './rules.ts';

export interface SourceToCheck {
  /** Repository path, with `/`. */
  readonly path: string;
  readonly text: string;
}

const RULES_BY_KIND = byKind(RULES);

function byKind(rules: readonly Rule[]): ReadonlyMap<ts.SyntaxKind, readonly Rule[]> {
  const found = new Map<ts.SyntaxKind, Rule[]>();
  for (const rule of rules) {
    for (const kind of rule.kinds) found.set(kind, [...(found.get(kind) ?? []), rule]);
  }
  return found;
}

/** A rule that a source breaks, for tests and documentation. */
export interface Breach {
  readonly rule: Rule;
  readonly diagnostic: Diagnostic;
}

/**
 * What is wrong with a source, in the order of its lines.
 * @param exists whether there is a file at a repository path: imports are looked up
 */
export function checkSource(
  { path, text }: SourceToCheck,
  exists: (path: string) => boolean,
): readonly Breach[] {
  const source = new CheckedSource(path, text, exists);
  const breaches: Breach[] = [];
  const visit = (node: ts.Node): void => {
    const rules = RULES_BY_KIND.get(node.kind) ?? [];
    for (const rule of rules) {
      if (rule.integersOnly === true && !source.integersOnly) continue;
      const found = rule.find(node, source);
      if (found === undefined) continue;
      const message = messageOf(rule, found);
      breaches.push({ rule, diagnostic: locate(source, found.node, message) });
      // What is within a construct that has to go is of no interest before it has.
      if (found.node === node) return;
    }
    ts.forEachChild(node, visit);
  };
  visit(source.tree);
  return breaches;
}

function locate({ tree, path }: CheckedSource, node: ts.Node, message: string): Diagnostic {
  const start = node.getStart(tree);
  const { line, character } = tree.getLineAndCharacterOfPosition(start);
  const sourceLine = tree.text.split('\n')[line].replace(/\r$/, '');
  const place = { file: path, line: line + 1, column: character + 1 };
  return { severity: 'error', message, ...place, sourceLine };
}
