/** A copy during which the file system dies. */
import { OpenFlags } from '../../abi/files.enums';
import { Text } from '../../abi/message.structs';
import { ProcessFlags } from '../../abi/process.enums';
import { FileClient } from 'stubs/file';
import { addLiteral, beginWords, spawn, waitFor } from '../../runtime/program/children';
import { complain, SUCCESS } from '../../runtime/program/errors';
import { openFile } from '../../runtime/program/files';
import { writeAll } from '../../runtime/program/output';

const PART_BYTES: u32 = 4096;
/** After so many parts `fs` is made to crash. */
const PARTS_BEFORE_CRASH: u32 = 10;
const WRITE_NEW: u32 = OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate;

const part = memory.data(<i32>PART_BYTES, 16);

/** Copies a file, and another process crashes `fs` meanwhile. The exit status. */
export function copyThroughCrash(from: Text, to: Text): i32 {
  const source = openFile(from.address, from.length, OpenFlags.Read);
  if (source < 0) return complain(from.address, from.length, <i32>source);
  const target = openFile(to.address, to.length, WRITE_NEW);
  if (target < 0) return complain(to.address, to.length, <i32>target);
  let parts: u32 = 0;
  while (true) {
    const got = FileClient.at(<u32>source).read(part, PART_BYTES);
    if (got < 0) return complain(from.address, from.length, got);
    if (got == 0) return SUCCESS;
    const error = writeAll(<u32>target, part, <u32>got);
    if (error < 0) return complain(to.address, to.length, error);
    parts += 1;
    if (parts == PARTS_BEFORE_CRASH) crashFileSystem();
  }
}

/** By a process of its own: where the services are in the kernel, it is the caller who dies. */
function crashFileSystem(): void {
  beginWords();
  addLiteral('crash');
  addLiteral('fs');
  const child = spawn(ProcessFlags.Foreground);
  if (child >= 0) waitFor(<u32>child);
}
