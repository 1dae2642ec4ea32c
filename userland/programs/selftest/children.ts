/** Programs that the checks start. */
import { Errno } from '../../abi/errno.enums';
import { ProcessFlags } from '../../abi/process.enums';
import { ProcessClient } from 'stubs/process';
import { createChild, giveDescriptor, waitFor } from '../../runtime/program/children';
import { descriptor } from '../../runtime/program/data-page';
import { close_handle } from '../../runtime/program/libsys';

const INPUT: u32 = 0;
const OUTPUT: u32 = 1;
const ERROR: u32 = 2;

/** Starts a child of the words with this input and output (0: none); its handle or an error. */
export function startWith(input: u32, output: u32): i64 {
  const child = createChild(ProcessFlags.Foreground);
  if (child < 0) return child;
  giveDescriptor(<u32>child, INPUT, input);
  giveDescriptor(<u32>child, OUTPUT, output);
  giveDescriptor(<u32>child, ERROR, descriptor(ERROR));
  const error = ProcessClient.at(<u32>child).start();
  if (error >= 0) return child;
  close_handle(<u32>child);
  return error;
}

/** Runs a child of the words to its end; its status or an error. */
export function runWith(input: u32, output: u32): i32 {
  const child = startWith(input, output);
  return child < 0 ? <i32>child : waitFor(<u32>child);
}

/** The child behind a handle; one that every call refuses if there is none. */
export function child(handle: i64): ProcessClient {
  return ProcessClient.at(handle < 0 ? 0 : <u32>handle);
}

/** Whether a child still runs. */
export function isRunning(handle: i64): bool {
  return child(handle).poll() == -Errno.EAGAIN;
}
