/**
 * How good the compiler's code is: each workload as our compiler makes it from TypeScript, beside what
 * riscv gcc makes of the same in C, in executed instructions, cycles of the in-order model, and bytes.
 */
import { CompiledWorkloads } from './compile-workloads.ts';
import { compileWithGcc, hasGcc } from './gcc-workloads.ts';
import {
  codeBytes,
  runWorkload,
  type Shape,
  SHAPES,
  type Workload,
  WORKLOADS,
} from './workloads.ts';

export interface CodeFigures {
  readonly instructions: number;
  /** Of the preset `u54`. */
  readonly cycles: number;
  readonly bytes: number;
}

export interface CompilerResult {
  readonly name: string;
  readonly shape: Shape;
  readonly ours: CodeFigures;
  /** Absent where gcc is not installed. */
  readonly gcc?: CodeFigures;
}

export type Figure = keyof CodeFigures;

/**
 * Measures every workload in both shapes.
 * @param root of the repository
 * @throws Error if both compilers' code does not do the same
 */
export async function benchmarkCompiler(
  root: string,
  onWorkload: (name: string) => void,
): Promise<CompilerResult[]> {
  const compiled = await CompiledWorkloads.compile(root);
  const besideGcc = hasGcc();
  return SHAPES.flatMap((shape) =>
    WORKLOADS.map((workload): CompilerResult => {
      const { name } = workload;
      onWorkload(`${name}, ${shape}`);
      const image = compiled.link(name, shape);
      const ours = runWorkload(image, workload, shape);
      const figures = { instructions: ours.instructions, cycles: ours.cycles };
      const result = { name, shape, ours: { ...figures, bytes: codeBytes(image) } };
      return besideGcc ? { ...result, gcc: measureGcc(root, workload, shape, ours) } : result;
    }),
  );
}

function measureGcc(
  root: string,
  workload: Workload,
  shape: Shape,
  ours: ReturnType<typeof runWorkload>,
): CodeFigures {
  const image = compileWithGcc(root, workload.name, shape);
  const { instructions, cycles, result, arrays } = runWorkload(image, workload, shape);
  // Two programs that do not do the same are not to be compared.
  if (result !== ours.result || !Buffer.from(arrays).equals(Buffer.from(ours.arrays))) {
    throw new Error(`${workload.name} (${shape}): our code and gcc's come to different results`);
  }
  return { instructions, cycles, bytes: codeBytes(image) };
}

/** Our figure for each of gcc's; undefined without gcc. */
export function ratio({ ours, gcc }: CompilerResult, figure: Figure): number | undefined {
  return gcc === undefined ? undefined : ours[figure] / gcc[figure];
}

/** The geometric mean of the ratios of one shape; undefined without gcc. */
export function meanRatio(
  results: readonly CompilerResult[],
  shape: Shape,
  figure: Figure,
): number | undefined {
  const ratios = results
    .filter((result) => result.shape === shape)
    .map((result) => ratio(result, figure));
  if (ratios.some((value) => value === undefined)) return undefined;
  const logarithms = ratios.map((value) => Math.log(value ?? 1));
  return Math.exp(logarithms.reduce((sum, value) => sum + value, 0) / logarithms.length);
}
