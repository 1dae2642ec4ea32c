/** Every rule, in the order of the documentation. */
import type { Rule } from './rule.ts';
import { CLASS_RULES } from './rules/classes.ts';
import { EXPRESSION_RULES } from './rules/expressions.ts';
import { FUNCTION_RULES } from './rules/functions.ts';
import { LIBRARY_RULES } from './rules/library.ts';
import { MODULE_RULES } from './rules/modules.ts';
import { NUMBER_RULES } from './rules/numbers.ts';
import { STATEMENT_RULES } from './rules/statements.ts';
import { TYPE_RULES } from './rules/types.ts';

/** Rules that belong together, under one heading. */
export interface RuleGroup {
  readonly title: string;
  readonly rules: readonly Rule[];
}

export const RULE_GROUPS: readonly RuleGroup[] = [
  { title: 'Numbers', rules: NUMBER_RULES },
  { title: 'Types', rules: TYPE_RULES },
  { title: 'Functions', rules: FUNCTION_RULES },
  { title: 'Expressions', rules: EXPRESSION_RULES },
  { title: 'Statements', rules: STATEMENT_RULES },
  { title: 'Classes and enums', rules: CLASS_RULES },
  { title: 'Imports and exports', rules: MODULE_RULES },
  { title: 'What JavaScript brings along', rules: LIBRARY_RULES },
];

export const RULES: readonly Rule[] = RULE_GROUPS.flatMap(({ rules }) => rules);
