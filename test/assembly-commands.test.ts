/** A program as courses set them, with the commands of docs/assembly.md, beside GNU's tools. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithWitness } from './witness.ts';

const VITRINE = fileURLToPath(new URL('../bin/vitrine.mjs', import.meta.url));
const COURSE = fileURLToPath(new URL('../tools/assembler/testing/course.s', import.meta.url));
const DOCUMENT = fileURLToPath(new URL('../docs/assembly.md', import.meta.url));
const GNU_ASSEMBLER = 'riscv64-unknown-elf-as';
const GNU_LINKER = 'riscv64-unknown-elf-ld';

const PRINTED = ['7', '3628800', '3', '7', '7', '42', '99', '1000', ''].join('\n');

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-assembly-'));
  copyFileSync(COURSE, join(folder, 'course.s'));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(command: string, ...words: string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(command, words, { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
}

function vitrine(...words: string[]): Outcome {
  return run(process.execPath, VITRINE, ...words);
}

const quietly = { status: 0, stdout: '', stderr: '' };

describe('assembly from the command line', () => {
  it('becomes a program that runs', () => {
    expect(vitrine('asm', 'course.s')).toEqual(quietly);
    expect(vitrine('boot', 'course.elf', '--max-cycles', '1000000')).toEqual({
      ...quietly,
      stdout: PRINTED,
    });
  });

  it('is what the document shows', () => {
    const document = readFileSync(DOCUMENT, 'utf8');
    const [, hello = ''] = /A whole\nprogram:\n\n```\n([^`]*)```/.exec(document) ?? [];
    writeFileSync(join(folder, 'hello.s'), hello);
    expect(vitrine('asm', 'hello.s')).toEqual(quietly);
    const { status, stdout } = vitrine('boot', 'hello.elf', '--max-cycles', '1000000');
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'Hello\n' });
  });

  it('with a mistake names the line', () => {
    writeFileSync(join(folder, 'wrong.s'), '_start:\n        adi a0, a0, 1\n');
    const { status, stdout, stderr } = vitrine('asm', 'wrong.s');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^vitrine: wrong\.s:2: unknown instruction 'adi'/);
  });
});

describeWithWitness(GNU_ASSEMBLER, 'assembly from the command line, beside GNU as and ld', () => {
  it('is linked by the other one, either way, to a program that does the same', () => {
    expect(vitrine('asm', '-c', 'course.s', '-o', 'ours.o')).toEqual(quietly);
    const target = ['-march=rv32ima_zicsr_zba', '-mabi=ilp32', '-o', 'theirs.o'];
    expect(run(GNU_ASSEMBLER, ...target, 'course.s')).toEqual(quietly);
    const place = ['-melf32lriscv', '-Ttext=0x80000000', '-o', 'gnu.elf'];
    expect(run(GNU_LINKER, ...place, 'ours.o').status).toBe(0);
    expect(vitrine('link', 'theirs.o', '-o', 'vitrine.elf')).toEqual(quietly);
    for (const program of ['gnu.elf', 'vitrine.elf']) {
      const { status, stdout } = vitrine('boot', program, '--max-cycles', '1000000');
      expect({ program, status, stdout }).toEqual({ program, status: 0, stdout: PRINTED });
    }
  });
});
