/** GNU objdump finds the TypeScript and assembly of an image's code, and prints it in between. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWithWitness } from './witness.ts';

const GNU_OBJDUMP = 'riscv64-unknown-elf-objdump';
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUTPUT_LIMIT = 1 << 28;
/** `./kernels/micro/ports.ts:84`, before the lines up to that one and the code for it. */
const PLACE = /^(?:\.\/)?((?:kernels|userland)\/\S+\.(?:ts|s)):(\d+)/;
const INSTRUCTION = /^[0-9a-f]{8}:\t/;

interface Interleaved {
  readonly file: string;
  readonly line: number;
  /** The last line of source before the code. */
  readonly text: string;
}

function interleavedLines(listing: string): Interleaved[] {
  const found: Interleaved[] = [];
  const lines = listing.split('\n');
  for (const [index, text] of lines.entries()) {
    const match = PLACE.exec(text);
    if (match === null) continue;
    const next = lines.findIndex((line, at) => at > index && INSTRUCTION.test(line));
    if (next < 0 || next === index + 1) continue;
    found.push({ file: match[1], line: Number(match[2]), text: lines[next - 1] });
  }
  return found;
}

/** Of the calls of functions by name, the share whose line in front of them has that name. */
function shareOfNamedCalls(listing: string): number {
  let source = '';
  let [calls, named] = [0, 0];
  for (const text of listing.split('\n')) {
    const callee = /\tjal\t[0-9a-f]+ <[\w/.-]*\/(?:\w+#)?(\w+)>/.exec(text)?.[1];
    if (callee !== undefined) {
      calls++;
      if (source.includes(callee)) named++;
    } else if (!INSTRUCTION.test(text)) source = text;
  }
  return named / calls;
}

describeWithWitness(GNU_OBJDUMP, 'GNU objdump -dS', () => {
  it.each(['firmware', 'micro', 'mono'])('interleaves the source of %s', (name) => {
    const { stdout } = spawnSync(GNU_OBJDUMP, ['-dlS', `build/${name}.elf`], {
      cwd: ROOT,
      encoding: 'utf8',
      maxBuffer: OUTPUT_LIMIT,
    });
    const sources = new Map<string, readonly string[]>();
    const lineOf = (file: string, line: number): string | undefined => {
      const known = sources.get(file) ?? readFileSync(join(ROOT, file), 'utf8').split('\n');
      sources.set(file, known);
      return known.at(line - 1);
    };
    const found = interleavedLines(stdout);
    expect(found.length).toBeGreaterThan(500);
    for (const { file, line, text } of found) {
      expect(text, `${file}:${line}`).toBe(lineOf(file, line));
    }
    // A call may stand in a statement of several lines.
    expect(shareOfNamedCalls(stdout)).toBeGreaterThan(0.8);
    const files = [...sources.keys()];
    expect(files.some((file) => file.endsWith('.ts'))).toBe(true);
    expect(files.some((file) => file.endsWith('.s'))).toBe(true);
  });
});
