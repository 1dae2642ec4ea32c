/** Every image's whole code as `vitrine objdump` and GNU objdump list it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { listFile } from '../tools/disassembler/listing.ts';
import { readElf } from '../tools/elf/read-elf.ts';
import { describeWithWitness } from './witness.ts';

const GNU_OBJDUMP = 'riscv64-unknown-elf-objdump';
const BUILD = fileURLToPath(new URL('../build/', import.meta.url));
const OUTPUT_LIMIT = 1 << 28;

/** Listed instructions: address, bits and text, without the names of addresses and remarks. */
function instructionsOf(lines: Iterable<string>): string[] {
  const found: string[] = [];
  for (const line of lines) {
    const match = /^\s*([0-9a-f]+):\s+([0-9a-f]{4}(?:[0-9a-f]{4})?)\s+(\S+)[ \t]*([^#<\n]*)/.exec(
      line,
    );
    if (match === null) continue;
    const [, address, bits, mnemonic, operands] = match;
    found.push(`${address.padStart(8, '0')} ${bits} ${mnemonic} ${operands.trim()}`.trim());
  }
  return found;
}

/** Version 2.40 of binutils prints the immediate forms under their short names, others do not. */
function withoutImmediateSuffix(text: string): string {
  return text.replace(
    /(?<= )(add|and|or|xor|sll|srl|sra|ror|bclr|bext|binv|bset|csrrw|csrrs|csrrc|csrw|csrs|csrc)i(?= )/,
    '$1',
  );
}

describeWithWitness(GNU_OBJDUMP, 'the listing of an image beside GNU objdump', () => {
  const images = readdirSync(BUILD).filter((name) => name.endsWith('.elf'));

  it.each(images)('has the same instructions (%s)', (name) => {
    const file = `${BUILD}${name}`;
    const { elf } = readElf(new Uint8Array(readFileSync(file)));
    if (elf === undefined) throw new Error(`${name} is no ELF file`);
    const { stdout } = spawnSync(GNU_OBJDUMP, ['-d', '-z', file], {
      encoding: 'utf8',
      maxBuffer: OUTPUT_LIMIT,
    });
    const theirs = instructionsOf(stdout.split('\n')).map(withoutImmediateSuffix);
    const ours = instructionsOf(listFile(elf)).map(withoutImmediateSuffix);
    expect(theirs.length).toBeGreaterThan(1000);
    const different = theirs.flatMap((text, index) =>
      text === ours[index] ? [] : [`${text} / ${ours[index] ?? 'nothing'}`],
    );
    expect(different.slice(0, 20)).toEqual([]);
    expect(ours.length).toBe(theirs.length);
  });
});
