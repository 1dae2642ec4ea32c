/** One thing that TypeScript has and target code has not, or has otherwise. */
import type ts from 'typescript';
import type { CheckedSource } from './checked-source.ts';

/** Where a rule has found its construct, and what to call it in the message. */
export interface Found {
  readonly node: ts.Node;
  /** Takes the place of `{}` in the rule's texts. */
  readonly subject?: string;
  /** What to write, where that depends on the subject. */
  readonly instead?: string;
}

export interface Rule {
  /** Names the rule in the documentation: words joined by `-`. */
  readonly name: string;
  /** What is wrong, in plain words; `{}` stands for the subject. */
  readonly wrong: string;
  /** What to write in its place, as the end of the sentence. */
  readonly instead: string;
  /** A small module that breaks this rule, once, and no other. */
  readonly bad: string;
  /** The same done as the dialect wants it. */
  readonly good: string;
  /** The rule holds only in code that must not use floating point and has no managed objects. */
  readonly integersOnly?: boolean;
  /** The kinds of syntax that the rule looks at. */
  readonly kinds: readonly ts.SyntaxKind[];
  /** Undefined: there is nothing wrong with this node. */
  find(node: ts.Node, source: CheckedSource): Found | undefined;
}

/** A rule that its kinds of syntax break by being there. */
export function banned(rule: Omit<Rule, 'find'>): Rule {
  return { ...rule, find: (node) => ({ node }) };
}

/** `what is wrong; what to write`, as it is reported. */
export function messageOf(rule: Rule, found: Found): string {
  const text = `${rule.wrong}; ${found.instead ?? rule.instead}`;
  return text.replaceAll('{}', found.subject ?? '');
}
