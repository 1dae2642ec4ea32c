/**
 * Tells the process server of each Ctrl-C at the console. It is a process of its own since the console
 * calls nobody, and the process server must not wait for it.
 */
import { Errno } from '../../abi/errno.enums';
import { StartHandle } from '../../abi/syscall.enums';
import { ConsoleClient } from 'stubs/console';
import { NamesClient } from 'stubs/names';
import { ProcessClient } from 'stubs/process';
import { startHandle } from '../../runtime/start-information';
import { TextBuilder } from '../../runtime/text-builder';

const PATH_BYTES: i32 = 64;

const path = TextBuilder.on(memory.data(offsetof<TextBuilder>(), 4), memory.data(PATH_BYTES), 64);

export function main(start: usize): i32 {
  const console = ConsoleClient.at(findService('/svc/console'));
  const processes = ProcessClient.at(findService('/svc/process'));
  while (true) {
    const error = console.nextInterrupt();
    if (error >= 0) processes.interrupt();
    // A console that died is there again soon.
    else if (error != -Errno.EDIED) return error;
  }
}

/** The endpoint of a service; 0, which every call refuses, if there is none. */
function findService(literal: string): u32 {
  path.clear();
  path.text(literal);
  const names = NamesClient.at(startHandle(StartHandle.Names));
  return <u32>max<i64>(0, names.find(path.address, path.length));
}
