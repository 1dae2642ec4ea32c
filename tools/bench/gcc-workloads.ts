/** The workloads as riscv gcc makes them from C, where it is installed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ElfFile, readElf } from '../elf/read-elf.ts';
import { WORKLOAD_FOLDER } from './compile-workloads.ts';
import { HARNESS, type Shape, TEXT_ORIGIN } from './workloads.ts';

const GCC = 'riscv64-unknown-elf-gcc';
/** The instructions that our compiler uses. */
const ARCHITECTURE = 'rv32imac';
const CSR_EXTENSION = '_zicsr';

/** C has nothing to initialise. */
const NO_START = `
    .globl __wasm_start
__wasm_start:
    ret
`;

export function hasGcc(): boolean {
  return spawnSync(GCC, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/**
 * Compiles and links a workload with `-O2`.
 * @param root of the repository
 * @throws Error with gcc's messages
 */
export function compileWithGcc(root: string, name: string, shape: Shape): ElfFile {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-bench-'));
  try {
    const harness = join(folder, 'harness.s');
    const output = join(folder, 'workload.elf');
    writeFileSync(harness, `${NO_START}${HARNESS}`);
    const source = join(root, WORKLOAD_FOLDER, `${name}.c`);
    const { status, stderr } = spawnSync(
      GCC,
      [
        ...['-O2', `-march=${ARCHITECTURE}${CSR_EXTENSION}`, '-mabi=ilp32', '-ffreestanding'],
        // Its idioms would become calls of a library that is not there.
        ...['-fno-tree-loop-distribute-patterns', '-ffunction-sections', '-nostdlib'],
        `-Wl,-N,--gc-sections,-e,_start,-u,${name}_${shape},-Ttext=0x${TEXT_ORIGIN.toString(16)}`,
        ...['-o', output, harness, source, '-lgcc'],
      ],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`${source}: gcc fails: ${stderr}`);
    const { elf, error } = readElf(new Uint8Array(readFileSync(output)));
    if (elf === undefined) throw error;
    return elf;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
