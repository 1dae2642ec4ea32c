/**
 * Lines of the repository's sources, as debug information names them. The names come from files
 * that are not trusted, so nothing outside the repository is ever read.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** Sources are text by people; a larger file is none. */
const LARGEST_SOURCE = 4 * 2 ** 20;
const SOURCE_NAME = /\.(ts|s)$/i;

export class SourceLines {
  private readonly files = new Map<string, readonly string[] | undefined>();
  private readonly root: string;

  /** @param root of the repository */
  constructor(root: string) {
    this.root = realpathSync(root);
  }

  /** A line (1-based) of a repository path; undefined if the repository has none such. */
  readonly read = (path: string, line: number): string | undefined => {
    if (!this.files.has(path)) this.files.set(path, this.load(path));
    return this.files.get(path)?.[line - 1];
  };

  private load(path: string): readonly string[] | undefined {
    if (!SOURCE_NAME.test(path)) return undefined;
    try {
      const real = realpathSync(join(this.root, path));
      const inside = relative(this.root, real);
      if (inside.startsWith('..') || inside.includes(`node_modules${sep}`)) return undefined;
      const text = readFileSync(real, 'utf8');
      return text.length > LARGEST_SOURCE ? undefined : text.split(/\r?\n/);
    } catch {
      return undefined;
    }
  }
}
