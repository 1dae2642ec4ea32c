/** Reads a protocol from its TypeScript interface, and tells its author what is wrong with it. */
import ts from 'typescript';
import { planMethod } from './marshalling.ts';
import {
  BASE_METHODS,
  BASE_PROTOCOL,
  LARGEST_PROTOCOL,
  METHODS_PER_PROTOCOL,
  ProtocolError,
} from './protocol.ts';
import type { Direction, Method, Parameter, Protocol, ResultType } from './protocol.ts';

const SCALARS = ['u32', 'i32', 'bool', 'u64'] as const;
const RESULTS = ['void', ...SCALARS, 'Handle'] as const;
const METHOD_TAGS = new Set(['max', 'in', 'out', 'inout', 'idempotent']);
/** Names that the generated code uses itself, or that a member of every client has. */
const RESERVED = new Set(['request', 'server', 'message', 'area', 'attempt', 'outcome', 'handle']);
const RESERVED_METHODS = new Set(['at', 'handle', 'constructor']);

/** A doc tag: `@max path 255` is name `max`, words `['path', '255']`. */
interface Tag {
  readonly name: string;
  readonly words: readonly string[];
  readonly line: number;
}

/**
 * Reads one protocol file.
 *
 * @param file its name, as messages show it.
 * @throws ProtocolError
 */
export function parseProtocol(file: string, source: string): Protocol {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ESNext, true);
  return new ProtocolReader(file, tree).read();
}

class ProtocolReader {
  readonly #file: string;
  readonly #tree: ts.SourceFile;

  constructor(file: string, tree: ts.SourceFile) {
    this.#file = file;
    this.#tree = tree;
  }

  read(): Protocol {
    this.#checkSyntax();
    const interfaces = this.#tree.statements.filter((statement) =>
      ts.isInterfaceDeclaration(statement),
    );
    if (interfaces.length === 0) throw this.#error(this.#tree, 'declares no interface');
    const [declaration, second] = interfaces;
    if (interfaces.length > 1) {
      throw this.#error(second.name, `a file holds one protocol, ${second.name.text} is a second`);
    }
    const name = declaration.name.text;
    const documentation = this.#documentation(declaration, `protocol ${name}`);
    const number = this.#protocolNumber(declaration);
    const methods: Method[] = [];
    for (const member of declaration.members) {
      const method = this.#method(member, number, methods.length);
      if (methods.some((other) => other.name === method.name)) {
        throw this.#error(member, `method ${method.name} is declared twice`);
      }
      methods.push(method);
    }
    const limit = number === BASE_PROTOCOL ? BASE_METHODS : METHODS_PER_PROTOCOL;
    if (methods.length > limit) {
      throw this.#error(declaration, `${name} has ${methods.length} methods, at most ${limit} fit`);
    }
    return { name, module: moduleName(this.#file), number, documentation, methods };
  }

  #checkSyntax(): void {
    const { diagnostics = [] } = ts.transpileModule(this.#tree.text, {
      fileName: this.#file,
      reportDiagnostics: true,
    });
    if (diagnostics.length === 0) return;
    const [first] = diagnostics;
    const line = this.#tree.getLineAndCharacterOfPosition(first.start ?? 0).line + 1;
    throw new ProtocolError(
      this.#file,
      line,
      ts.flattenDiagnosticMessageText(first.messageText, ' '),
    );
  }

  #protocolNumber(declaration: ts.InterfaceDeclaration): number {
    const name = declaration.name.text;
    const tags = this.#tags(declaration).filter((tag) => tag.name === 'protocol');
    const [tag] = tags;
    if (tags.length !== 1) {
      throw this.#error(declaration.name, `${name} needs one tag \`@protocol NUMBER\``);
    }
    const number = wholeNumber(tag.words.at(0));
    if (number === undefined || number > LARGEST_PROTOCOL || tag.words.length !== 1) {
      throw new ProtocolError(
        this.#file,
        tag.line,
        `@protocol takes one number from 0 to ${LARGEST_PROTOCOL}`,
      );
    }
    return number;
  }

  #method(member: ts.TypeElement, protocol: number, place: number): Method {
    if (!ts.isMethodSignature(member) || !ts.isIdentifier(member.name)) {
      throw this.#error(member, 'a protocol has methods only');
    }
    const name = member.name.text;
    if (member.typeParameters !== undefined || member.questionToken !== undefined) {
      throw this.#error(member, `${name}: a method is neither generic nor optional`);
    }
    if (RESERVED_METHODS.has(name)) {
      throw this.#error(member, `${name}: the client has a member of that name`);
    }
    const documentation = this.#documentation(member, `method ${name}`);
    const tags = this.#tags(member);
    const parameters = this.#parameters(name, member, tags);
    const result = this.#result(name, member);
    const idempotent = tags.some((tag) => tag.name === 'idempotent');
    const number = protocol * METHODS_PER_PROTOCOL + place;
    const method = { name, number, documentation, parameters, result, idempotent };
    const plan = planMethod(method);
    if (typeof plan === 'string') throw this.#error(member, `${name} ${plan}`);
    return method;
  }

  #parameters(method: string, member: ts.MethodSignature, tags: readonly Tag[]): Parameter[] {
    const parameters: Parameter[] = [];
    for (const declaration of member.parameters) {
      const parameter = this.#parameter(method, declaration, tags);
      if (parameters.some((other) => other.name === parameter.name)) {
        throw this.#error(declaration, `${method}: parameter ${parameter.name} is declared twice`);
      }
      parameters.push(parameter);
    }
    for (const tag of tags) {
      if (!METHOD_TAGS.has(tag.name)) {
        throw new ProtocolError(this.#file, tag.line, `${method}: unknown tag @${tag.name}`);
      }
      if (tag.name === 'idempotent') continue;
      if (!parameters.some((parameter) => parameter.name === tag.words[0])) {
        const subject = tag.words.at(0) ?? 'nothing';
        throw new ProtocolError(
          this.#file,
          tag.line,
          `${method}: @${tag.name} names ${subject}, which is no parameter`,
        );
      }
    }
    return parameters;
  }

  #parameter(
    method: string,
    declaration: ts.ParameterDeclaration,
    tags: readonly Tag[],
  ): Parameter {
    if (
      !ts.isIdentifier(declaration.name) ||
      declaration.dotDotDotToken !== undefined ||
      declaration.questionToken !== undefined ||
      declaration.type === undefined
    ) {
      throw this.#error(declaration, `${method}: a parameter is a plain name with a type`);
    }
    const name = declaration.name.text;
    const place = `${method}, parameter ${name}`;
    if (RESERVED.has(name)) {
      throw this.#error(declaration, `${place}: the generated code uses that name`);
    }
    const type = declaration.type.getText(this.#tree);
    const own = tags.filter((tag) => tag.words[0] === name);
    const scalar = SCALARS.find((candidate) => candidate === type);
    if (scalar !== undefined || type === 'Handle') {
      if (own.length > 0) {
        const [tag] = own;
        throw new ProtocolError(
          this.#file,
          tag.line,
          `${place}: @${tag.name} is for Text and Buffer`,
        );
      }
      return scalar === undefined
        ? { kind: 'handle', name }
        : { kind: 'scalar', name, type: scalar };
    }
    if (type !== 'Text' && type !== 'Buffer') {
      throw this.#error(
        declaration.type,
        `${place}: type ${type} cannot travel; u32, i32, bool, u64, Text, Buffer and Handle can`,
      );
    }
    const max = this.#max(place, declaration, own);
    const direction = this.#direction(place, declaration, own);
    if (type === 'Buffer') {
      if (direction === undefined) {
        throw this.#error(declaration, `${place}: needs @in, @out or @inout`);
      }
      return { kind: 'buffer', name, max, direction };
    }
    if (direction !== undefined && direction !== 'in') {
      throw this.#error(declaration, `${place}: a Text goes in; use a Buffer to get bytes back`);
    }
    return { kind: 'text', name, max };
  }

  #max(place: string, declaration: ts.Node, own: readonly Tag[]): number {
    const tags = own.filter((tag) => tag.name === 'max');
    const [tag] = tags;
    if (tags.length === 0) throw this.#error(declaration, `${place}: needs @max NAME BYTES`);
    const max = wholeNumber(tag.words.at(1));
    if (max === undefined || max === 0 || tags.length > 1 || tag.words.length !== 2) {
      throw new ProtocolError(this.#file, tag.line, `${place}: @max takes one number of bytes`);
    }
    return max;
  }

  #direction(place: string, declaration: ts.Node, own: readonly Tag[]): Direction | undefined {
    const directions = own
      .map((tag) => tag.name)
      .filter((name) => name === 'in' || name === 'out' || name === 'inout');
    if (directions.length > 1) {
      throw this.#error(declaration, `${place}: has more than one direction`);
    }
    return directions.at(0);
  }

  #result(method: string, member: ts.MethodSignature): ResultType {
    const type = member.type?.getText(this.#tree) ?? 'nothing';
    const result = RESULTS.find((candidate) => candidate === type);
    if (result === undefined) {
      throw this.#error(
        member.type ?? member,
        `${method}: cannot return ${type}; ${RESULTS.join(', ')} it can`,
      );
    }
    return result;
  }

  /** The doc comment's text, line by line. */
  #documentation(node: ts.Node, subject: string): string[] {
    const comment = ts.getJSDocCommentsAndTags(node).find((part) => ts.isJSDoc(part));
    const text = ts.getTextOfJSDocComment(comment?.comment)?.trim() ?? '';
    if (text === '') throw this.#error(node, `${subject} has no doc comment`);
    return text.split('\n').map((line) => line.trim());
  }

  #tags(node: ts.Node): Tag[] {
    return ts.getJSDocTags(node).map((tag) => ({
      name: tag.tagName.text,
      words: (ts.getTextOfJSDocComment(tag.comment) ?? '')
        .split(/\s+/)
        .filter((word) => word !== ''),
      line: this.#line(tag),
    }));
  }

  #line(node: ts.Node): number {
    return this.#tree.getLineAndCharacterOfPosition(node.getStart(this.#tree)).line + 1;
  }

  #error(node: ts.Node, text: string): ProtocolError {
    return new ProtocolError(this.#file, this.#line(node), text);
  }
}

/** `userland/protocols/console.ts` is module `console`. */
function moduleName(file: string): string {
  return file.replace(/^.*[\\/]/, '').replace(/\.ts$/, '');
}

function wholeNumber(word: string | undefined): number | undefined {
  return word !== undefined && /^\d{1,9}$/.test(word) ? Number(word) : undefined;
}
