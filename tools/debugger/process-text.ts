/** Processes as a table. */
import { formatTable } from '../cli/table.ts';
import type { Target } from './target.ts';

const HEADER = ['NAME', 'ID', 'STATE', 'THREADS', 'PAGES', 'STARTED', 'IMAGE'];
/** Before the process whose addresses are valid. */
const CURRENT_MARK = '* ';

/** One line for each process under a header; a line that says why if there is none. */
export function processLines(target: Target): string[] {
  if (target.kernel === undefined) {
    return ['the processes of this kernel are not known: only those of Vitrine’s kernels are'];
  }
  const processes = target.kernel.processes();
  if (processes.length === 0) return ['the kernel has made no process yet'];
  const current = target.currentProcess?.id;
  const rows = processes.map((process) => [
    `${process.id === current ? CURRENT_MARK : '  '}${process.name}`,
    `${process.id}`,
    process.state,
    `${process.threads}`,
    `${process.pages}`,
    `${process.incarnation}`,
    target.imageOf(process)?.name ?? '-',
  ]);
  const header = [`  ${HEADER[0]}`, ...HEADER.slice(1)];
  return formatTable(header, rows)
    .split('\n')
    .filter((_, index) => index !== 1);
}
