/**
 * The assembler. The source is gone through several times: forward references take their values
 * from the pass before, branches that turn out too long become jumps, and the passes end when no
 * symbol has moved. Only the last pass's errors count.
 */
import type { ObjectFile } from '../linker/object.ts';
import { type AssemblyError, type SourceLine, StatementError } from './assembly-error.ts';
import { AssemblyState } from './assembly-state.ts';
import { carryOutDirective } from './directives.ts';
import { evaluate, evaluateNumber, numberValue } from './expression.ts';
import { assembleInstruction } from './instruction-statement.ts';
import { encodeFractions } from './number-encodings.ts';
import { expandIteration, expandMacro, type Macro, readMacroHeader } from './macros.ts';
import { type CodeLine, readLines, splitStatements } from './source-text.ts';
import { SymbolTable } from './symbol-table.ts';
import { splitOperands, tokenize } from './tokens.ts';

export type { AssemblyError } from './assembly-error.ts';
export { formatAssemblyError } from './assembly-error.ts';

export interface AssemblyOptions {
  /** Symbols defined from the outside, as with `--defsym`. */
  readonly symbols?: Readonly<Record<string, number>>;
  /** The text of a file that `.include` names, or undefined if there is none. */
  readonly readInclude?: (name: string) => string | undefined;
  /** The bytes of a file that `.incbin` names, or undefined if there is none. */
  readonly readBinary?: (name: string) => Uint8Array | undefined;
}

export type AssemblyResult =
  | { readonly object: ObjectFile; readonly errors?: undefined }
  | { readonly object?: undefined; readonly errors: readonly AssemblyError[] };

/** Sources settle in three or four passes; one that does not by now never will. */
const MAXIMUM_PASSES = 32;

/** What macros, repetitions and includes may expand to, in lines. */
const MAXIMUM_LINES = 1_000_000;

const MAXIMUM_ERRORS = 100;

const LABEL = /^\s*([A-Za-z_.$][\w.$]*|\d+)\s*:(?!:)/;
const ASSIGNMENT = /^\s*([A-Za-z_.$][\w.$]*)\s*=(?!=)\s*(.*)$/;
const OPERATION = /^\s*([A-Za-z_.$][\w.$]*)(?:\s+|$|(?=[^\w.$]))(.*)$/;
const BLOCK_OPENERS = new Set(['.rept', '.rep', '.irp', '.irpc']);

/** A macro whose lines are being assembled. */
interface Expansion {
  /** How many lines were still to come before it was called. */
  readonly pending: number;
  /** How many conditions were open. */
  readonly conditions: number;
}

/** One `.if` that is open. */
interface Condition {
  readonly opened: SourceLine;
  /** Whether the lines around it are assembled. */
  readonly outer: boolean;
  /** Whether a branch has been taken already. */
  taken: boolean;
  /** Whether the lines of the current branch are assembled. */
  active: boolean;
}

function operationOf(code: string): string {
  return OPERATION.exec(code)?.[1]?.toLowerCase() ?? '';
}

/** Whether the two halves of `a, b` are the same text, with or without quotes. */
function areEqualTexts(text: string): boolean {
  const [, left = '', right = ''] = /^((?:"[^"]*"|[^,"])*),(.*)$/.exec(text) ?? [];
  return left.trim() === right.trim();
}

/** One pass from the first line to the last. */
class Pass {
  readonly state: AssemblyState;
  readonly errors: AssemblyError[] = [];
  readonly #options: AssemblyOptions;
  readonly #macros = new Map<string, Macro>();
  readonly #conditions: Condition[] = [];
  /** Lines still to come, the next one last. */
  readonly #pending: CodeLine[];
  readonly #expansions: Expansion[] = [];
  #lineCount = 0;
  #macroCount = 0;
  #isEnded = false;

  constructor(lines: readonly CodeLine[], state: AssemblyState, options: AssemblyOptions) {
    this.state = state;
    this.#options = options;
    this.#pending = lines.toReversed();
    for (const [name, value] of Object.entries(options.symbols ?? {})) {
      state.symbols.assign(name, numberValue(BigInt(value)));
    }
  }

  run(): void {
    for (let line = this.#pending.pop(); line !== undefined; line = this.#pending.pop()) {
      this.state.place = line.place;
      this.#lineCount += 1;
      if (this.#isEnded || this.errors.length >= MAXIMUM_ERRORS) return;
      if (this.#lineCount > MAXIMUM_LINES) {
        this.#report(`more than ${MAXIMUM_LINES} lines after expansion: endless macro or .rept?`);
        return;
      }
      const statements = splitStatements(line.code);
      if (statements.length > 1) {
        this.#push(statements.map((code) => ({ place: line.place, code })));
        continue;
      }
      try {
        this.#process(line);
      } catch (error) {
        if (!(error instanceof StatementError)) throw error;
        this.#report(error.message);
      }
    }
    const open = this.#condition;
    if (open !== undefined) {
      this.state.place = open.opened;
      this.#report('.if without .endif');
    }
  }

  get #isActive(): boolean {
    return this.#condition?.active ?? true;
  }

  /** The innermost `.if` that is open. */
  get #condition(): Condition | undefined {
    return this.#conditions.at(-1);
  }

  #report(message: string): void {
    const { file, line, text } = this.state.place;
    this.errors.push({ file, line, message, sourceLine: text });
  }

  /** Puts lines before those still to come. */
  #push(lines: readonly CodeLine[]): void {
    if (this.#pending.length + lines.length > MAXIMUM_LINES) {
      throw new StatementError(`expands to more than ${MAXIMUM_LINES} lines`);
    }
    for (const line of lines.toReversed()) this.#pending.push(line);
  }

  #process(line: CodeLine): void {
    let { code } = line;
    this.state.beginStatement();
    for (let label = LABEL.exec(code); label !== null; label = LABEL.exec(code)) {
      if (this.#isActive) this.#defineLabel(label[1]);
      code = code.slice(label[0].length);
    }
    if (code.trim() === '') return;
    const assignment = ASSIGNMENT.exec(code);
    if (assignment !== null) {
      if (this.#isActive) {
        const value = evaluate(tokenize(assignment[2]), this.state);
        this.state.symbols.assign(assignment[1], value);
      }
      return;
    }
    const operation = OPERATION.exec(code);
    if (operation === null) {
      if (this.#isActive) throw new StatementError('expected a label, directive or instruction');
      return;
    }
    this.#perform(operation[1], operation[2], line);
  }

  #defineLabel(name: string): void {
    const place = this.state.currentPlace();
    if (/^\d/.test(name)) this.state.symbols.defineLocalLabel(name, place);
    else this.state.symbols.defineLabel(name, place);
  }

  #perform(operation: string, text: string, line: CodeLine): void {
    const name = operation.startsWith('.') ? operation.toLowerCase() : operation;
    if (this.#performConditional(name, text, line)) return;
    if (name === '.macro') {
      const body = this.#takeBlock(new Set(['.macro']), new Set(['.endm', '.endmacro']), name);
      if (this.#isActive) {
        const header = readMacroHeader(text);
        this.#macros.set(header.name, { ...header, body });
      }
      return;
    }
    if (BLOCK_OPENERS.has(name)) {
      const body = this.#takeBlock(BLOCK_OPENERS, new Set(['.endr']), name);
      if (this.#isActive) this.#push(this.#repeat(name, text, body));
      return;
    }
    if (!this.#isActive) return;
    const macro = this.#macros.get(operation);
    if (macro !== undefined) {
      this.#expansions.push({
        pending: this.#pending.length,
        conditions: this.#conditions.length,
      });
      this.#push(expandMacro(macro, text, line.place, this.#macroCount));
      this.#macroCount += 1;
      return;
    }
    switch (name) {
      case '.end':
        this.#isEnded = true;
        return;
      case '.endm':
      case '.endmacro':
      case '.endr':
        throw new StatementError(`${name} without its beginning`);
      case '.exitm':
        this.#exitMacro();
        return;
      case '.incbin':
        this.#includeBinary(text);
        return;
      case '.float':
      case '.single':
        this.state.section.appendBytes(encodeFractions(text, 4));
        return;
      case '.double':
        this.state.section.appendBytes(encodeFractions(text, 8));
        return;
      case '.purgem':
        this.#macros.delete(text.trim());
        return;
      case '.include':
        this.#include(text);
        return;
      case '.error':
      case '.err':
        throw new StatementError(text.trim().replace(/^"(.*)"$/, '$1') || '.err');
    }
    const tokens = tokenize(text);
    if (name.startsWith('.')) carryOutDirective(this.state, name, tokens);
    else assembleInstruction(this.state, name, tokens);
  }

  /** Handles `.if` and its relatives; false if `name` is none of them. */
  #performConditional(name: string, text: string, line: CodeLine): boolean {
    if (/^\.if(?:def|ndef|notdef|b|nb|c|nc|eqs|nes|eq|ne|gt|ge|lt|le)?$/.test(name)) {
      const outer = this.#isActive;
      const condition: Condition = { opened: line.place, outer, taken: true, active: false };
      this.#conditions.push(condition);
      if (outer) {
        condition.active = this.#test(name, text);
        condition.taken = condition.active;
      }
      return true;
    }
    if (name !== '.else' && name !== '.elseif' && name !== '.endif') return false;
    const condition = this.#condition;
    if (condition === undefined) throw new StatementError(`${name} without .if`);
    if (name === '.endif') {
      this.#conditions.pop();
      return true;
    }
    condition.active = false;
    const mayBegin = condition.outer && !condition.taken;
    if (mayBegin) condition.active = name === '.else' || this.#test('.if', text);
    condition.taken ||= condition.active;
    return true;
  }

  #test(name: string, text: string): boolean {
    switch (name) {
      case '.ifdef':
        return this.state.symbols.isDefined(text.trim());
      case '.ifndef':
      case '.ifnotdef':
        return !this.state.symbols.isDefined(text.trim());
      case '.ifb':
        return text.trim() === '';
      case '.ifnb':
        return text.trim() !== '';
      case '.ifc':
      case '.ifeqs':
        return areEqualTexts(text);
      case '.ifnc':
      case '.ifnes':
        return !areEqualTexts(text);
    }
    const value = evaluateNumber(tokenize(text), this.state);
    switch (name) {
      case '.ifeq':
        return value === 0n;
      case '.ifgt':
        return value > 0n;
      case '.ifge':
        return value >= 0n;
      case '.iflt':
        return value < 0n;
      case '.ifle':
        return value <= 0n;
      default:
        return value !== 0n;
    }
  }

  /** Takes the lines up to the one that ends the block, which is dropped. */
  #takeBlock(
    openers: ReadonlySet<string>,
    closers: ReadonlySet<string>,
    opener: string,
  ): CodeLine[] {
    const body: CodeLine[] = [];
    let depth = 1;
    for (let line = this.#pending.pop(); line !== undefined; line = this.#pending.pop()) {
      const operation = operationOf(line.code.replace(LABEL, ''));
      if (openers.has(operation)) depth += 1;
      if (closers.has(operation)) depth -= 1;
      if (depth === 0) return body;
      body.push(line);
    }
    throw new StatementError(`${opener} without its end`);
  }

  #repeat(name: string, text: string, body: readonly CodeLine[]): CodeLine[] {
    if (name === '.irp' || name === '.irpc') return expandIteration(name, text, body);
    const count = evaluateNumber(tokenize(text), this.state);
    if (count < 0n || count * BigInt(body.length) > BigInt(MAXIMUM_LINES)) {
      throw new StatementError(`.rept ${count.toString()} is out of range`);
    }
    return Array.from({ length: Number(count) }, () => body).flat();
  }

  /** Drops what is left of the innermost macro, and the conditions that it has opened. */
  #exitMacro(): void {
    let expansion = this.#expansions.pop();
    while (expansion !== undefined && expansion.pending > this.#pending.length) {
      expansion = this.#expansions.pop();
    }
    if (expansion === undefined) throw new StatementError('.exitm outside a macro');
    this.#pending.length = expansion.pending;
    this.#conditions.length = expansion.conditions;
  }

  /** `.incbin "FILE", SKIP, COUNT`. */
  #includeBinary(text: string): void {
    const [, name = '', rest = ''] = /^\s*"([^"]*)"\s*,?(.*)$/.exec(text) ?? [];
    const bytes = this.#options.readBinary?.(name);
    if (bytes === undefined)
      throw new StatementError(`.incbin: cannot read ${name || text.trim()}`);
    const [skip = 0, count = bytes.length] = splitOperands(tokenize(rest)).map((operand) =>
      Number(evaluateNumber(operand, this.state)),
    );
    if (skip < 0 || count < 0) throw new StatementError('.incbin takes no negative numbers');
    this.state.section.appendBytes(bytes.subarray(skip, skip + count));
  }

  #include(text: string): void {
    const name = text.trim().replace(/^"(.*)"$/, '$1');
    const source = this.#options.readInclude?.(name);
    if (source === undefined) throw new StatementError(`.include: cannot read ${name}`);
    this.#push(readLines(source, name));
  }
}

/**
 * Assembles GNU syntax RISC-V assembly.
 * @param fileName Path relative to the repository: it names the object, the errors and the lines
 *   of the debug information.
 * @returns The object, or every error found.
 */
export function assemble(
  source: string,
  fileName: string,
  options: AssemblyOptions = {},
): AssemblyResult {
  const lines = readLines(source, fileName);
  const start: SourceLine = lines[0]?.place ?? { file: fileName, line: 1, text: '' };
  const longBranches = new Set<number>();
  let previous: SymbolTable | undefined;
  for (let count = 0; count < MAXIMUM_PASSES; count += 1) {
    const longBefore = longBranches.size;
    const symbols = new SymbolTable(previous);
    const pass = new Pass(lines, new AssemblyState(symbols, longBranches, start), options);
    pass.run();
    if (symbols.isSettled() && longBranches.size === longBefore) {
      if (pass.errors.length > 0) return { errors: pass.errors };
      return { object: pass.state.buildObject(fileName) };
    }
    previous = symbols;
  }
  const { file, line, text } = start;
  const message = 'the addresses do not settle: a size or condition depends on what follows it';
  return { errors: [{ file, line, message, sourceLine: text }] };
}
