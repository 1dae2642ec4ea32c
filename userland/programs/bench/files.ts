/** Files of the disk: opened, read and closed. */
import { Errno } from '../../abi/errno.enums';
import { OpenFlags } from '../../abi/files.enums';
import { Measurement, MeasurementBytes } from '../../abi/measurement.enums';
import { FileClient } from 'stubs/file';
import { openPath } from '../../runtime/program/files';
import { close_handle } from '../../runtime/program/libsys';
import { path } from '../../runtime/program/paths';
import { measure } from './measure';

const READ_BYTES: u32 = MeasurementBytes.Read;
const buffer = memory.data(<i32>READ_BYTES, 16);

/** One for each round: programs that nobody has run, so that nobody has read them. */
const FILES: StaticArray<string> = ['cp', 'wc', 'grep', 'hexdump', 'head', 'kill', 'mkdir', 'rm'];
/** Has as many parts of READ_BYTES as there are rounds. */
const LONG_FILE = 'selftest';

let openFile: u32 = 0;

export function measureOpen(): i32 {
  const error = measure(Measurement.OpenUncached, openReadClose);
  return error < 0 ? error : measure(Measurement.OpenCached, openReadClose);
}

export function measureRead(): i32 {
  const opened = openProgram(LONG_FILE);
  if (opened < 0) return <i32>opened;
  openFile = <u32>opened;
  let got: i32 = 1;
  while (got > 0) got = FileClient.at(openFile).read(buffer, READ_BYTES);
  if (got == 0) got = FileClient.at(openFile).seek(0);
  const error = got < 0 ? got : measure(Measurement.ReadCached, readPart);
  close_handle(openFile);
  return error;
}

function openReadClose(round: u32): i32 {
  const opened = openProgram(FILES[round]);
  if (opened < 0) return <i32>opened;
  const error = readFrom(<u32>opened);
  close_handle(<u32>opened);
  return error;
}

function readPart(round: u32): i32 {
  return readFrom(openFile);
}

function openProgram(name: string): i64 {
  path.clear();
  path.text('/bin/').text(name);
  return openPath(OpenFlags.Read);
}

/** 0, or an error if there are not as many bytes as are asked for. */
function readFrom(file: u32): i32 {
  const got = FileClient.at(file).read(buffer, READ_BYTES);
  if (got < 0) return got;
  return got == READ_BYTES ? 0 : -Errno.EIO;
}
