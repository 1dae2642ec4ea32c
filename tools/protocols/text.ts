/** Names and comments of the generated source, in which both halves of a stub agree. */
import type { MarshallingPlan } from './marshalling.ts';
import type { Method, Protocol } from './protocol.ts';

/** `text` has its length in `textLength`. */
export function lengthName(parameter: string): string {
  return `${parameter}Length`;
}

/** Method `readLine`, parameter `line`: `READ_LINE_LINE_MAX`. */
export function boundName(method: string, parameter: string): string {
  return `${screaming(method)}_${screaming(parameter)}_MAX`;
}

export function methodName(protocol: Protocol, method: Method): string {
  return `${protocol.name}Method.${method.name}`;
}

function screaming(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase();
}

/** Flags of the call that carries a plan's ranges and, if `handle`, a handle; empty: none. */
export function flagsExpression(plan: MarshallingPlan, handle: boolean): string {
  const flags: string[] = [];
  if (plan.lendRead) flags.push('CallFlags.LendRead');
  if (plan.lendWrite) flags.push('CallFlags.LendWrite');
  if (handle) flags.push('CallFlags.Handle');
  return flags.join(' | ');
}

export function docComment(lines: readonly string[]): string[] {
  if (lines.length === 1) return [`/** ${lines.join('')} */`];
  return ['/**', ...lines.map((line) => (line === '' ? ' *' : ` * ${line}`)), ' */'];
}
