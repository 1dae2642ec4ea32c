/**
 * What to write in place of mistakes that only the AssemblyScript compiler can find, because it takes
 * types to see them.
 */

interface Advice {
  readonly message: RegExp;
  /** The end of the sentence; `$1` and so on stand for what the message names. */
  readonly instead: string;
}

const ADVICE: readonly Advice[] = [
  {
    message: /^Conversion from type '(\w+)' to 'bool' requires an explicit cast\.$/,
    instead: 'write `value != 0`',
  },
  {
    message: /^Conversion from type '(\w+)' to '(\w+)' requires an explicit cast\.$/,
    instead: 'something may be lost: write `<$2>value` if that is meant',
  },
  {
    message: /^Operator '([^']+)' cannot be applied to types '(\w+)' and '(\w+)'\.$/,
    instead: 'bring both to one type: `<$2>b` or `<$3>a`',
  },
  {
    message: /^Property 'forEach' does not exist on type '~lib\//,
    instead: 'go through `keys()` or `values()`, which are arrays, with a counting loop',
  },
  {
    message: /^Type '\(this: .*' is not assignable to type '/,
    instead: 'a method cannot be passed without its object: pass a plain function and the object',
  },
  {
    message: /^Property '.*' has no initializer and is not assigned in the constructor/,
    instead: 'give it a value where it is declared, or make its type `CLASS | null`',
  },
];

/** A message of asc with what to write instead behind it, if that is known. */
export function withAdvice(message: string): string {
  for (const { message: pattern, instead } of ADVICE) {
    const found = pattern.exec(message);
    if (found === null) continue;
    const advice = instead.replace(/\$(\d)/g, (_, index: string) => found[Number(index)]);
    return `${message.replace(/\.$/, '')}; ${advice}`;
  }
  return message;
}
