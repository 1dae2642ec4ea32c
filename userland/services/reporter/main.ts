/**
 * Fetches the supervisor's reports and writes them to the console. It is a process of its own since
 * both calls may have to wait, and nobody must wait for it.
 */
import { Errno } from '../../abi/errno.enums';
import { StartHandle } from '../../abi/syscall.enums';
import { ConsoleClient } from 'stubs/console';
import { NamesClient } from 'stubs/names';
import { NEXT_REPORT_REPORT_MAX, SupervisorClient } from 'stubs/supervisor';
import { log } from '../../runtime/objects';
import { startHandle } from '../../runtime/start-information';
import { TextBuilder } from '../../runtime/text-builder';

const PATH_BYTES: i32 = 64;

const report = memory.data(NEXT_REPORT_REPORT_MAX);
const path = TextBuilder.on(memory.data(offsetof<TextBuilder>(), 4), memory.data(PATH_BYTES), 64);

export function main(start: usize): i32 {
  const supervisor = SupervisorClient.at(findService('/svc/supervisor'));
  const console = ConsoleClient.at(findService('/svc/console'));
  while (true) {
    const length = supervisor.nextReport(report, NEXT_REPORT_REPORT_MAX);
    // The supervisor died while we waited; the next one answers.
    if (length == -Errno.EDIED) continue;
    if (length < 0) return length;
    write(console, report, length);
  }
}

/** Writes to the console, or when that has been given up to the kernel's log. */
function write(console: ConsoleClient, text: usize, length: u32): void {
  let written: i32 = -Errno.EDIED;
  // A console that died has shown a part at most: better twice than not at all.
  while (written == -Errno.EDIED) written = console.write(text, length);
  if (written < 0) log(text, length);
}

/** The endpoint of a service; 0, which every call refuses, if there is none. */
function findService(literal: string): u32 {
  path.clear();
  path.text(literal);
  const names = NamesClient.at(startHandle(StartHandle.Names));
  const endpoint = names.find(path.address, path.length);
  return endpoint < 0 ? 0 : <u32>endpoint;
}
