/** cp FROM TO: copies a file, under its own name if TO is a folder. */
import { OpenFlags } from '../../abi/files.enums';
import { FileClient } from 'stubs/file';
import { argument, argumentCount } from '../../runtime/program/data-page';
import { complain, SUCCESS, usage } from '../../runtime/program/errors';
import { isFolder, openFile, openPath } from '../../runtime/program/files';
import { writeAll } from '../../runtime/program/output';
import { descend, lastComponent, makePath } from '../../runtime/program/paths';

const PART_BYTES: u32 = 16384;
const TARGET: u32 = OpenFlags.Write | OpenFlags.Create | OpenFlags.Truncate;

const part = memory.data(<i32>PART_BYTES);

export function main(): i32 {
  if (argumentCount() != 3) return usage('cp FROM TO');
  const from = argument(1);
  const to = argument(2);
  const source = openFile(from.address, from.length, OpenFlags.Read);
  if (source < 0) return complain(from.address, from.length, <i32>source);
  const error = makePath(to.address, to.length);
  if (error < 0) return complain(to.address, to.length, error);
  if (isFolder()) {
    const start = lastComponent(from);
    descend(from.address + start, from.length - start);
  }
  const target = openPath(TARGET);
  if (target < 0) return complain(to.address, to.length, <i32>target);
  while (true) {
    const length = FileClient.at(<u32>source).read(part, PART_BYTES);
    if (length < 0) return complain(from.address, from.length, length);
    if (length == 0) return SUCCESS;
    const written = writeAll(<u32>target, part, length);
    if (written < 0) return complain(to.address, to.length, written);
  }
}
