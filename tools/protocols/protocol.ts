/** A protocol as the generator understands it: what parse.ts reads and the writers print. */

/** A scalar travels in one message word, `u64` in two. */
export type ScalarType = 'u32' | 'i32' | 'bool' | 'u64';

/** Whose bytes the callee sees and whose the caller sees. */
export type Direction = 'in' | 'out' | 'inout';

interface ParameterBase {
  readonly name: string;
}

export interface ScalarParameter extends ParameterBase {
  readonly kind: 'scalar';
  readonly type: ScalarType;
}

/** `Text`: a short UTF-8 string, which the server gets whole. */
export interface TextParameter extends ParameterBase {
  readonly kind: 'text';
  /** Bytes. */
  readonly max: number;
}

/** `Buffer`: bytes that stay with the caller; the server copies from or to them piece by piece. */
export interface BufferParameter extends ParameterBase {
  readonly kind: 'buffer';
  /** Bytes. */
  readonly max: number;
  readonly direction: Direction;
}

/** `Handle`: a capability that travels with the message; one at most. */
export interface HandleParameter extends ParameterBase {
  readonly kind: 'handle';
}

export type Parameter = ScalarParameter | TextParameter | BufferParameter | HandleParameter;

export type ResultType = 'void' | ScalarType | 'Handle';

export interface Method {
  readonly name: string;
  /** What word t2 of a call carries: the protocol's number above, the method's place below. */
  readonly number: number;
  /** The doc comment's text, without its tags. */
  readonly documentation: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly result: ResultType;
  /** Calling it twice is as good as once: the stub retries it when the server died. */
  readonly idempotent: boolean;
}

export interface Protocol {
  /** The interface's name, e.g. `Console`. */
  readonly name: string;
  /** The module its stub becomes, e.g. `console`: the file's name. */
  readonly module: string;
  readonly number: number;
  readonly documentation: readonly string[];
  readonly methods: readonly Method[];
}

/** Protocol 0 is `Server`, which every server offers; 0xff is the kernel's (FaultMethod). */
export const BASE_PROTOCOL = 0;
export const LARGEST_PROTOCOL = 0xfe;
/** The base protocol's methods are 0 to 15, so that a method below 16 means the same everywhere. */
export const BASE_METHODS = 16;
export const METHODS_PER_PROTOCOL = 256;

/** A mistake of a protocol's author: one line, with its place. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly file: string;
  /** 1-based. */
  readonly line: number;

  constructor(file: string, line: number, text: string) {
    super(`${file}:${line}: ${text}`);
    this.file = file;
    this.line = line;
  }
}
