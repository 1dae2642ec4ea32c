/** What becomes of a copy, of the shell and of the system when the file system dies meanwhile. */
import { bootWithLines, type KernelUnderTest } from './boot.ts';

/** On the kernel's command line: a fault in the kernel ends the system, and not only the program. */
export const OOPS_PANIC = 'oops=panic';

const FILE = '/bin/selftest';
const COPY = '/tmp/copy';
const LAST_WORDS = 'the shell goes on';
const PROMPT = 'vitrine> ';

/** After ten parts of 4 KiB the program has `fs` crash (userland/programs/bench/copy.ts). */
const CRASH = `bench copy ${FILE} ${COPY}`;
const COUNT_COPY = `wc ${COPY}`;
const COUNT_FILE = `wc ${FILE}`;

export interface CrashOutcome {
  /** What was typed. */
  readonly line: string;
  /** What the console showed from there to the next prompt. */
  readonly shown: readonly string[];
  /** Bytes that have arrived in the copy, of `bytes`; undefined: it could not be read any more. */
  readonly copied: number | undefined;
  readonly bytes: number | undefined;
  readonly shellGoesOn: boolean;
}

/** @param bootargs the kernel's command line */
export async function crashInCopy(
  kernel: KernelUnderTest,
  bootargs?: string,
): Promise<CrashOutcome> {
  const lines = [CRASH, COUNT_COPY, COUNT_FILE, `echo ${LAST_WORDS}`];
  const { text } = await bootWithLines(kernel, lines, bootargs === undefined ? {} : { bootargs });
  return {
    line: CRASH,
    shown: answer(text, CRASH),
    copied: countedBytes(answer(text, COUNT_COPY)),
    bytes: countedBytes(answer(text, COUNT_FILE)),
    shellGoesOn: answer(text, `echo ${LAST_WORDS}`).includes(LAST_WORDS),
  };
}

/** Of a transcript, the lines that follow one that was typed, up to the next prompt. */
function answer(text: string, line: string): readonly string[] {
  const start = text.indexOf(`${PROMPT}${line}\n`);
  if (start < 0) return [];
  const rest = text.slice(start + PROMPT.length + line.length + 1);
  const end = rest.indexOf(PROMPT);
  return (end < 0 ? rest : rest.slice(0, end)).split('\n').filter((shown) => shown !== '');
}

/** The bytes in the last line of `wc`: lines, words, bytes, of a file or of all. */
function countedBytes(shown: readonly string[]): number | undefined {
  const match = /^ *\d+ +\d+ +(\d+)/.exec(shown.at(-1) ?? '');
  return match === null ? undefined : Number(match[1]);
}
