/** Pipelines that run in the background. */
import { Errno } from '../../abi/errno.enums';
import { ProcessClient } from 'stubs/process';
import { close_handle } from '../../runtime/program/libsys';
import { endLine, out } from '../../runtime/program/output';

export const MOST_JOBS: u32 = 16;

/** Handles of the last program of each; 0: none. */
const jobs = memory.data(<i32>MOST_JOBS * 4, 4);

function jobAt(index: u32): u32 {
  return load<u32>(jobs + <usize>index * 4);
}

function setJob(index: u32, child: u32): void {
  store<u32>(jobs + <usize>index * 4, child);
}

/** Notes a job and shows its number; false if there are too many. */
export function addJob(child: u32): bool {
  for (let i: u32 = 0; i < MOST_JOBS; i++) {
    if (jobAt(i) != 0) continue;
    setJob(i, child);
    out
      .text('[')
      .decimal(i + 1)
      .text(']');
    endLine();
    return true;
  }
  return false;
}

/** Shows which jobs have ended since the last time. */
export function reportJobs(): void {
  for (let i: u32 = 0; i < MOST_JOBS; i++) {
    if (jobAt(i) == 0) continue;
    const status = ProcessClient.at(jobAt(i)).poll();
    if (status == -Errno.EAGAIN) continue;
    close_handle(jobAt(i));
    setJob(i, 0);
    out
      .text('[')
      .decimal(i + 1)
      .text('] ended, status ')
      .signed(status);
    endLine();
  }
}

/** Waits for all jobs; the status of the last, or EINTR. */
export function waitForJobs(): i32 {
  let status: i32 = 0;
  for (let i: u32 = 0; i < MOST_JOBS; i++) {
    if (jobAt(i) == 0) continue;
    status = ProcessClient.at(jobAt(i)).wait();
    if (status == -Errno.EINTR) return status;
    close_handle(jobAt(i));
    setJob(i, 0);
  }
  return status;
}
