/** What the build driver and its worker processes say to each other. */
import type { ImageDescription } from './image-description.ts';
import type { Inputs } from './build-record.ts';

export type BuildJob =
  | { readonly kind: 'stubs' }
  | { readonly kind: 'image'; readonly image: ImageDescription }
  | {
      readonly kind: 'check';
      /** Repository paths of sources. */
      readonly files: readonly string[];
    };

/** A file that a job has made, by its name in the job's output directory. */
export interface BuildOutput {
  readonly name: string;
  readonly contents: Uint8Array;
}

export interface BuildSuccess {
  readonly kind: 'done';
  readonly outputs: readonly BuildOutput[];
  /**
   * What the outputs were made from: the hash of each file that was read, null for one that was
   * looked for and is absent (its coming would change the outputs). Repository paths with `/`.
   */
  readonly inputs: Inputs;
  /** Ready to print. */
  readonly warnings: readonly string[];
}

export interface BuildFailure {
  readonly kind: 'failed';
  /** Ready to print: every error with its file, line and source line. */
  readonly message: string;
}

/** A description that says what cannot be built: no source is wrong. */
export interface BuildRefusal {
  readonly kind: 'refused';
  /** One line, with the file and the place in it. */
  readonly message: string;
}

/** A defect of Vitrine itself. */
export interface BuildCrash {
  readonly kind: 'crashed';
  readonly message: string;
  readonly stack: string;
}

export type BuildProblem = BuildFailure | BuildRefusal | BuildCrash;
export type BuildResult = BuildSuccess | BuildProblem;

/** What a person knows a job by. */
export function jobName(job: BuildJob): string {
  return job.kind === 'image' ? job.image.name : job.kind;
}
