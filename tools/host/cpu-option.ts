/** What `--cpu` says: `functional`, or `inorder[:PRESET|:FILE.json]`. */
import {
  checkParameters,
  findPreset,
  ParameterError,
} from '../../machine/timing/inorder/parameter-check.ts';
import {
  DEFAULT_PRESET,
  PRESETS,
  type InorderParameters,
} from '../../machine/timing/inorder/parameters.ts';
import { readInputFile } from './boot-files.ts';
import { InputError } from './command-error.ts';

const FUNCTIONAL = 'functional';
const INORDER = 'inorder';
const FILE_SUFFIX = '.json';

/** A clock model. */
export interface CpuOption {
  /** As it was given. */
  readonly name: string;
  /** Of the in-order model; undefined: the functional one. */
  readonly inorder: InorderParameters | undefined;
}

export const FUNCTIONAL_CPU: CpuOption = { name: FUNCTIONAL, inorder: undefined };

/**
 * Reads the file, if one is named.
 * @throws InputError naming the option or the file and what is wrong with it
 */
export function parseCpuOption(text: string): CpuOption {
  const [model, ...rest] = text.split(':');
  const which = rest.join(':');
  if (text === FUNCTIONAL) return FUNCTIONAL_CPU;
  if (model !== INORDER) {
    throw new InputError(
      `--cpu ${text}: there is ${FUNCTIONAL} and ${INORDER}[:PRESET|:FILE.json]`,
    );
  }
  if (rest.length === 0) return { name: text, inorder: PRESETS[DEFAULT_PRESET] };
  if (which.endsWith(FILE_SUFFIX)) return { name: text, inorder: readParameters(which) };
  const inorder = findPreset(which);
  if (inorder === undefined) {
    const known = Object.keys(PRESETS).join(', ');
    throw new InputError(`--cpu ${text}: there is no preset "${which}": there is ${known}`);
  }
  return { name: text, inorder };
}

function readParameters(path: string): InorderParameters {
  const text = new TextDecoder().decode(readInputFile(path, 'clock model'));
  try {
    return checkParameters(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw new InputError(`${path} is not JSON: ${error.message}`, { cause: error });
    }
    if (error instanceof ParameterError) {
      throw new InputError(`${path}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
