/**
 * How a method's parameters travel: scalars and lengths in the eight message words, in order;
 * strings and buffers one behind the other in the lent range, in order; a handle beside them.
 */
import type { BufferParameter, Method, Parameter, ResultType, TextParameter } from './protocol.ts';

/** Words of a message (registers a0–a7). */
export const MESSAGE_WORDS = 8;
/** Bytes that one call may lend: the size of the area in which a stub gathers several ranges. */
export const TRANSFER_BYTES = 8192;
/** Bytes of text that one call may carry: the size of the area into which a server copies them. */
export const TEXT_BYTES = 1024;

/** A string or a buffer: its length takes a word, its bytes a part of the lent range. */
export interface Range {
  readonly parameter: TextParameter | BufferParameter;
  readonly lengthWord: number;
  readonly readByServer: boolean;
  readonly writtenByServer: boolean;
}

/** A scalar and the word it starts in (`u64`: low half first). */
export interface Scalar {
  readonly name: string;
  readonly type: 'u32' | 'i32' | 'bool' | 'u64';
  readonly word: number;
}

export interface MarshallingPlan {
  readonly scalars: readonly Scalar[];
  readonly ranges: readonly Range[];
  /** Name of the parameter that is a handle. */
  readonly handle: string | undefined;
  readonly words: number;
  /** Lent as it lies in the caller's memory; otherwise the ranges are gathered in one area. */
  readonly inPlace: boolean;
  readonly lendRead: boolean;
  readonly lendWrite: boolean;
  /** `status`: word 0 is the result. `wide`: word 0 is 0, the value in words 1 and 2. `handle`: it travels with the reply. */
  readonly reply: 'status' | 'wide' | 'handle';
}

/**
 * Lays a method's parameters out.
 *
 * @returns the plan, or a sentence that says what does not fit.
 */
export function planMethod(method: Method): MarshallingPlan | string {
  const scalars: Scalar[] = [];
  const ranges: Range[] = [];
  let handle: string | undefined;
  let words = 0;
  for (const parameter of method.parameters) {
    switch (parameter.kind) {
      case 'scalar':
        scalars.push({ name: parameter.name, type: parameter.type, word: words });
        words += parameter.type === 'u64' ? 2 : 1;
        break;
      case 'handle':
        if (handle !== undefined) return 'a message carries one handle at most';
        handle = parameter.name;
        break;
      case 'text':
      case 'buffer':
        ranges.push({
          parameter,
          lengthWord: words,
          readByServer: isRead(parameter),
          writtenByServer: isWritten(parameter),
        });
        words += 1;
        break;
    }
  }
  if (words > MESSAGE_WORDS) {
    return `needs ${words} message words, there are ${MESSAGE_WORDS}`;
  }
  const inPlace = ranges.length === 1;
  const lent = ranges.reduce((sum, range) => sum + range.parameter.max, 0);
  if (!inPlace && lent > TRANSFER_BYTES) {
    return `lends up to ${lent} bytes in several ranges, at most ${TRANSFER_BYTES} fit`;
  }
  const text = ranges
    .filter((range) => range.parameter.kind === 'text')
    .reduce((sum, range) => sum + range.parameter.max, 0);
  if (text > TEXT_BYTES) return `carries up to ${text} bytes of text, at most ${TEXT_BYTES} fit`;
  const lendWrite = ranges.some((range) => range.writtenByServer);
  if (method.idempotent && ranges.some((range) => range.readByServer && range.writtenByServer)) {
    return 'is @idempotent but has an @inout buffer, which a first attempt may have changed';
  }
  return {
    scalars,
    ranges,
    handle,
    words,
    inPlace,
    lendRead: ranges.some((range) => range.readByServer),
    lendWrite,
    reply: replyOf(method.result),
  };
}

function replyOf(result: ResultType): MarshallingPlan['reply'] {
  if (result === 'Handle') return 'handle';
  return result === 'u32' || result === 'u64' ? 'wide' : 'status';
}

function isRead(parameter: Parameter): boolean {
  return (
    parameter.kind === 'text' || (parameter.kind === 'buffer' && parameter.direction !== 'out')
  );
}

function isWritten(parameter: Parameter): boolean {
  return parameter.kind === 'buffer' && parameter.direction !== 'in';
}
