/**
 * What goes into one image: the `image.json` beside its sources. Paths in it are relative to the
 * repository.
 */
import { InputError } from '../host/command-error.ts';

export interface ImageDescription {
  /** The folder's name; it names the output `NAME.elf`. */
  readonly name: string;
  /** The description itself, a repository path. */
  readonly file: string;
  /** Symbol at which the image is entered. */
  readonly entry: string;
  /** The modules whose exports the image has; the compiler follows their imports. */
  readonly sources: readonly string[];
  readonly assembly: readonly string[];
  /** asc's `--use abort=`: the function to which failed assertions go. */
  readonly abort?: string;
  /** Whose `environment/…` the services in it stand on. */
  readonly environment: 'user' | 'kernel';
  /** Of a kernel with services inside and outside: the folder, among the stubs, of their binding. */
  readonly placement?: string;
  /** Address of the first byte of text. */
  readonly text: number;
  /** Address of static data: asc's `--memoryBase`. */
  readonly data: number;
}

const KEYS = ['entry', 'sources', 'assembly', 'abort', 'environment', 'text', 'data'];

/**
 * Reads the text of `FOLDER/image.json`.
 * @param path of the file, for messages and for the name
 * @throws InputError naming the file and the key that is wrong
 */
export function parseImageDescription(text: string, path: string): ImageDescription {
  const fail = (problem: string): never => {
    throw new InputError(`${path}: ${problem}`);
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return fail(`is not JSON: ${String(error)}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return fail('is not a JSON object');
  }
  const values = new Map<string, unknown>(Object.entries(parsed));
  for (const key of values.keys()) {
    if (!KEYS.includes(key)) fail(`unknown key "${key}": there are ${KEYS.join(', ')}`);
  }

  const string = (key: string): string => {
    const value = values.get(key);
    return typeof value === 'string' && value !== '' ? value : fail(`"${key}" is not a string`);
  };
  const strings = (key: string): string[] => {
    const value = values.get(key) ?? [];
    const isList = Array.isArray(value) && value.every((item) => typeof item === 'string');
    return isList ? value : fail(`"${key}" is not a list of strings`);
  };
  const address = (key: string): number => {
    const value = string(key);
    return /^0x[0-9a-f]{1,8}$/i.test(value)
      ? Number(value)
      : fail(`"${key}" is not an address such as "0x80400000"`);
  };

  const environment = (): 'user' | 'kernel' => {
    const value = values.get('environment') ?? 'user';
    return value === 'user' || value === 'kernel'
      ? value
      : fail('"environment" is neither "user" nor "kernel"');
  };

  const name = /([^/]+)\/[^/]+$/.exec(path)?.[1];
  const sources = strings('sources');
  if (name === undefined) return fail('is in no folder');
  if (sources.length === 0) return fail('"sources" names no module');
  return {
    name,
    file: path,
    entry: string('entry'),
    sources,
    assembly: strings('assembly'),
    ...(values.has('abort') ? { abort: string('abort') } : {}),
    environment: environment(),
    text: address('text'),
    data: address('data'),
  };
}
