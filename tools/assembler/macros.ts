/** `.macro` definitions and the substitution of their arguments. */
import { StatementError } from './assembly-error.ts';
import type { CodeLine } from './source-text.ts';

export interface MacroParameter {
  readonly name: string;
  readonly defaultText: string;
  readonly isRequired: boolean;
  /** Takes the rest of the line, commas included. */
  readonly isVariadic: boolean;
}

export interface Macro {
  readonly name: string;
  readonly parameters: readonly MacroParameter[];
  readonly body: readonly CodeLine[];
}

/** Reads what follows `.macro`: the name, and parameters such as `a`, `a=1`, `a:req`, `a:vararg`. */
export function readMacroHeader(text: string): Pick<Macro, 'name' | 'parameters'> {
  const match = /^\s*([A-Za-z_.$][\w.$]*)\s*,?\s*(.*)$/.exec(text);
  if (match === null) throw new StatementError('.macro needs a name');
  const parameters = match[2]
    .replace(/\s*=\s*/g, '=')
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .map((word): MacroParameter => {
      const parameter = /^([A-Za-z_$][\w$]*)(?::(req|vararg))?(?:=(.*))?$/.exec(word);
      if (parameter === null) throw new StatementError(`.macro: '${word}' is not a parameter`);
      const [, name, qualifier, defaultText = ''] = parameter;
      const isRequired = qualifier === 'req';
      return { name, defaultText, isRequired, isVariadic: qualifier === 'vararg' };
    });
  return { name: match[1], parameters };
}

/** Splits at commas outside quotes and parentheses; where there is none, at blanks. */
function splitArguments(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let depth = 0;
  let inString = false;
  const hasComma = /,/.test(text.replace(/"(?:\\.|[^"\\])*"|\([^()]*\)/g, ''));
  for (const character of text.trim()) {
    if (character === '"') inString = !inString;
    if (!inString && character === '(') depth += 1;
    if (!inString && character === ')') depth -= 1;
    const separates = hasComma ? character === ',' : /\s/.test(character);
    if (separates && depth === 0 && !inString) {
      parts.push(part.trim());
      part = '';
    } else {
      part += character;
    }
  }
  if (part.trim() !== '' || parts.length > 0) parts.push(part.trim());
  return hasComma ? parts : parts.filter((word) => word !== '');
}

/** An argument in quotes stands for what is between them. */
function unquote(text: string): string {
  return /^"(?:\\.|[^"\\])*"$/.test(text) ? text.slice(1, -1) : text;
}

function bindArguments(macro: Macro, text: string): Map<string, string> {
  const bound = new Map<string, string>();
  const given = macro.parameters.length === 0 ? [] : splitArguments(text);
  if (macro.parameters.length === 0 && text.trim() !== '') {
    throw new StatementError(`macro ${macro.name} takes no arguments`);
  }
  let index = 0;
  for (const argument of given) {
    const keyword = /^([A-Za-z_$][\w$]*)=(.*)$/.exec(argument);
    if (keyword !== null && macro.parameters.some(({ name }) => name === keyword[1])) {
      bound.set(keyword[1], unquote(keyword[2].trim()));
      continue;
    }
    const parameter = macro.parameters.at(Math.min(index, macro.parameters.length - 1));
    if (parameter === undefined) break;
    if (index >= macro.parameters.length && !parameter.isVariadic) {
      throw new StatementError(
        `macro ${macro.name} takes ${macro.parameters.length} arguments, not ${given.length}`,
      );
    }
    const before = bound.get(parameter.name);
    if (parameter.isVariadic && before !== undefined) {
      bound.set(parameter.name, `${before}, ${argument}`);
    } else {
      bound.set(parameter.name, parameter.isVariadic ? argument : unquote(argument));
    }
    index += 1;
  }
  for (const { name, defaultText, isRequired } of macro.parameters) {
    const value = bound.get(name) ?? '';
    if (value === '' && isRequired) {
      throw new StatementError(`macro ${macro.name} needs its argument ${name}`);
    }
    if (value === '') bound.set(name, defaultText);
  }
  return bound;
}

/** Replaces `\name`, `\@` and `\()` in a line. */
function substituteText(code: string, bound: ReadonlyMap<string, string>, count: string): string {
  return code.replace(
    /\\(?:([A-Za-z_$][\w$]*)|(@)|(\(\)))/g,
    (whole, name?: string, counter?: string, separator?: string) => {
      if (separator !== undefined) return '';
      if (counter !== undefined) return count;
      return (name === undefined ? undefined : bound.get(name)) ?? whole;
    },
  );
}

/**
 * The lines that a macro call stands for, placed at the call.
 * @param text The arguments, as written.
 * @param count How many macros were called before: what `\@` stands for.
 */
export function expandMacro(
  macro: Macro,
  text: string,
  call: CodeLine['place'],
  count: number,
): CodeLine[] {
  const bound = bindArguments(macro, text);
  return macro.body.map((line) => ({
    place: call,
    code: substituteText(line.code, bound, `${count}`),
  }));
}

/**
 * The lines of `.irp NAME, VALUES`: the body once for each value; of `.irpc` once for each
 * character.
 */
export function expandIteration(
  name: '.irp' | '.irpc',
  text: string,
  body: readonly CodeLine[],
): CodeLine[] {
  const match = /^\s*([A-Za-z_$][\w$]*)\s*,?\s*(.*)$/.exec(text);
  if (match === null) throw new StatementError(`${name} needs a symbol and values`);
  const values = name === '.irp' ? splitArguments(match[2]) : Array.from(unquote(match[2].trim()));
  return values.flatMap((value) =>
    body.map((line) => ({
      place: line.place,
      code: substituteText(line.code, new Map([[match[1], unquote(value)]]), '\\@'),
    })),
  );
}
