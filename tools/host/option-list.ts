/** Options of the form `VALUE,KEY=VALUE,…`, as QEMU has them. */
import type { InputError } from './command-error.ts';

const BUS = /^virtio-mmio-bus\.([0-7])$/;

/** Splits at single commas; double ones stand for one. */
export function splitOption(text: string): string[] {
  const parts = [''];
  for (const piece of text.match(/,,|,|[^,]+/g) ?? []) {
    if (piece === ',') parts.push('');
    else parts[parts.length - 1] += piece === ',,' ? ',' : piece;
  }
  return parts;
}

/** The reverse of `splitOption`. */
export function joinOption(parts: readonly string[]): string {
  return parts.map((part) => part.replaceAll(',', ',,')).join();
}

/** Makes the error that names the option and what is wrong with it. */
export type OptionError = (problem: string) => InputError;

/** `KEY=VALUE`. @throws what `fail` makes, if there is no `=` */
export function splitKey(part: string, fail: OptionError): { key: string; value: string } {
  const separator = part.indexOf('=');
  if (separator < 0) throw fail(`"${part}" has no value; a comma in a name is written ",,"`);
  return { key: part.slice(0, separator), value: part.slice(separator + 1) };
}

/** The number of the virtio slot that `bus=` names. @throws what `fail` makes, if it names none */
export function parseBus(value: string, fail: OptionError): number {
  const match = BUS.exec(value);
  if (match === null) throw fail(`buses are virtio-mmio-bus.0 to .7, not "${value}"`);
  return Number(match[1]);
}
