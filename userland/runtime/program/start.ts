/** What every program does before and after `main`: compiled into each beside its own entry module. */
import './abort';
import { write_tp } from '../../abi/rv';
import { THREAD_BLOCK_BYTES } from '../thread-block';
import { exit } from './output';

const mainThread = memory.data(THREAD_BLOCK_BYTES, 8);

/** Gives the main thread its block. */
export function prepare_program(): void {
  write_tp(mainThread);
}

/** `main` has returned. */
export function end_program(status: i32): void {
  exit(status);
}
