/** Other processes: one to talk to through pipes, and ones that are started and end. */
import { Errno } from '../../abi/errno.enums';
import { Measurement, MeasurementBytes } from '../../abi/measurement.enums';
import { ProcessFlags } from '../../abi/process.enums';
import { FileClient } from 'stubs/file';
import { PipeClient } from 'stubs/pipe';
import { ProcessClient } from 'stubs/process';
import {
  addLiteral,
  beginWords,
  createChild,
  giveDescriptor,
  spawn,
  waitFor,
} from '../../runtime/program/children';
import { descriptor } from '../../runtime/program/data-page';
import { close_handle } from '../../runtime/program/libsys';
import { standardInput, writeAll } from '../../runtime/program/output';
import { findKnownService } from '../../runtime/program/services';
import { measure, Operation } from './measure';

const INPUT: u32 = 0;
const OUTPUT: u32 = 1;
const ERROR: u32 = 2;
const PART_BYTES: u32 = 4096;

const part = memory.data(<i32>PART_BYTES, 16);
/** What is written to the other process, and what comes back. */
let toPartner: u32 = 0;
let fromPartner: u32 = 0;

export function measureRoundTrip(): i32 {
  return measureWithPartner('1', Measurement.RoundTrip, sendByte);
}

export function measureThroughput(): i32 {
  return measureWithPartner('65536', Measurement.PipeThroughput, sendMuch);
}

export function measureSpawn(): i32 {
  return measure(Measurement.Spawn, runProgram);
}

/** As the other process: answers every `bytes` bytes with one, until no more come. */
export function answer(bytes: u32): i32 {
  while (true) {
    let missing = bytes;
    while (missing != 0) {
      const got = standardInput().read(part, min(missing, PART_BYTES));
      if (got <= 0) return got;
      missing -= <u32>got;
    }
    const error = writeAll(descriptor(OUTPUT), part, 1);
    if (error < 0) return error;
  }
}

/** `bytes` is how much the other process answers at a time. */
function measureWithPartner(bytes: string, measurement: Measurement, operation: Operation): i32 {
  const child = startPartner(bytes);
  if (child < 0) return child;
  const error = measure(measurement, operation);
  close_handle(toPartner);
  const status = waitFor(<u32>child);
  close_handle(fromPartner);
  if (error < 0) return error;
  return status == 0 ? 0 : -Errno.EIO;
}

/** Starts this program to answer, with a pipe to it and one back: its handle or an error. */
function startPartner(bytes: string): i32 {
  const found = findKnownService('/svc/pipe');
  if (found < 0) return <i32>found;
  const service = PipeClient.at(<u32>found);
  const input = service.create();
  const inputEnd = PipeClient.at(<u32>input).writeEnd();
  const output = service.create();
  const outputEnd = PipeClient.at(<u32>output).writeEnd();
  close_handle(<u32>found);
  const error = min(min(input, inputEnd), min(output, outputEnd));
  if (error < 0) return <i32>error;
  beginWords();
  addLiteral('bench');
  addLiteral('answer');
  addLiteral(bytes);
  const child = createChild(ProcessFlags.Foreground);
  if (child < 0) return <i32>child;
  giveDescriptor(<u32>child, INPUT, <u32>input);
  giveDescriptor(<u32>child, OUTPUT, <u32>outputEnd);
  giveDescriptor(<u32>child, ERROR, descriptor(ERROR));
  close_handle(<u32>input);
  close_handle(<u32>outputEnd);
  toPartner = <u32>inputEnd;
  fromPartner = <u32>output;
  const started = ProcessClient.at(<u32>child).start();
  return started < 0 ? started : <i32>child;
}

function sendByte(round: u32): i32 {
  const error = writeAll(toPartner, part, 1);
  return error < 0 ? error : FileClient.at(fromPartner).read(part, 1);
}

function sendMuch(round: u32): i32 {
  for (let sent: u32 = 0; sent < (MeasurementBytes.Pipe as u32); sent += PART_BYTES) {
    const error = writeAll(toPartner, part, PART_BYTES);
    if (error < 0) return error;
  }
  return FileClient.at(fromPartner).read(part, 1);
}

function runProgram(round: u32): i32 {
  beginWords();
  addLiteral('true');
  const child = spawn(ProcessFlags.Foreground);
  return child < 0 ? <i32>child : waitFor(<u32>child);
}
