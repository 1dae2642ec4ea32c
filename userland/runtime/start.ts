/**
 * What every process does before `main`: compiled into each image beside its own entry module, since
 * start.s calls it.
 */
import { StartInformation } from '../abi/message.structs';
import './abort';
import { write_tp } from '../abi/rv';
import { THREAD_BLOCK_BYTES } from './thread-block';
import { rememberStart } from './start-information';

const mainThread = memory.data(THREAD_BLOCK_BYTES, 8);

/** Gives the main thread its block and remembers what the process was started with. */
export function prepare_process(start: usize): void {
  write_tp(mainThread);
  rememberStart(changetype<StartInformation>(start));
}
