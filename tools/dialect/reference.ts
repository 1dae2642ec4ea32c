/** The rules as documentation: what each example gets to hear, and how it is written instead. */
import { checkSource } from './check.ts';
import type { Rule } from './rule.ts';
import { RULE_GROUPS, type RuleGroup } from './rules.ts';

export const REFERENCE_START = '<!-- rules: generated from tools/dialect -->';
export const REFERENCE_END = '<!-- end of rules -->';

/** A place where every rule holds, and one where managed objects may be made. */
const SERVICE = 'userland/services/example/main.ts';
const PROGRAM = 'userland/programs/example/main.ts';
const MISSING = /pahts/;

/** Where the example of a rule is thought to stand. */
export function placeOfExample(rule: Rule): string {
  return rule.integersOnly === true ? SERVICE : PROGRAM;
}

/** Whether a file is there for the examples. */
export function existsForExamples(path: string): boolean {
  return !MISSING.test(path);
}

function describeRule(rule: Rule): string {
  const source = { path: placeOfExample(rule), text: rule.bad };
  const [breach] = checkSource(source, existsForExamples);
  const where = rule.integersOnly === true ? ' (kernels and services)' : '';
  const lines = [
    `**\`${rule.name}\`**${where}: ${breach.diagnostic.message}.`,
    '',
    '```ts',
    rule.bad,
    '// instead',
    rule.good,
    '```',
  ];
  return lines.join('\n');
}

function describeGroup({ title, rules }: RuleGroup): string {
  return [`### ${title}`, ...rules.map(describeRule)].join('\n\n');
}

/** Markdown, from the first marker to the last. */
export function reference(): string {
  return [REFERENCE_START, ...RULE_GROUPS.map(describeGroup), REFERENCE_END].join('\n\n');
}

/** A text with its part between the markers replaced. */
export function withReference(text: string): string {
  const start = text.indexOf(REFERENCE_START);
  const end = text.indexOf(REFERENCE_END);
  if (start < 0 || end < start) throw new Error('the text has no place for the rules');
  return text.slice(0, start) + reference() + text.slice(end + REFERENCE_END.length);
}
