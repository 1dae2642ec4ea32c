/**
 * The parts of user space that only compute, with faces of numbers and memory: tests compile this
 * module to WebAssembly and run it under Node (tools/testing/target-module.ts).
 */
import { TokenKind, Tokens } from '../programs/sh/tokens';
import { CpioReader } from '../runtime/cpio';
import { ElfFile } from '../runtime/elf';
import { TextBuilder } from '../runtime/text-builder';
import { findTrapSite } from '../runtime/trap-sites';
import { ByteRing } from '../services/console/byte-ring';
import { LineEditor } from '../services/console/line-editor';
import { findDevice } from '../services/init/device-tree';
import { readManifest } from '../services/init/manifest';
import { ServiceTable } from '../services/init/service-table';

/** Where results of more than one number are left, as u32. */
const RESULTS: i32 = 64;
const results = memory.data(RESULTS * 4, 4);

export function resultsAddress(): usize {
  return results;
}

function setResult(place: u32, value: u32): void {
  store<u32>(results + <usize>place * 4, value);
}

/** 1 and contents' address and size, if the archive has the file. */
export function findInCpio(archive: usize, bytes: u32, name: usize, nameLength: u32): bool {
  const reader = CpioReader.on(memory.data(offsetof<CpioReader>(), 4), archive, bytes);
  if (!reader.find(name, nameLength)) return false;
  setResult(0, <u32>reader.contents);
  setResult(1, reader.size);
  setResult(2, reader.isFolder ? 1 : 0);
  return true;
}

/** Number of entries, however the archive looks. */
export function countCpio(archive: usize, bytes: u32): u32 {
  const reader = CpioReader.on(memory.data(offsetof<CpioReader>(), 4), archive, bytes);
  let count: u32 = 0;
  while (reader.next()) count += 1;
  return count;
}

/** 1 and address, bytes and interrupt of a device. */
export function findInTree(tree: usize, bytes: u32, name: usize, nameLength: u32): bool {
  const device = findDevice(tree, bytes, name, nameLength);
  if (device === null) return false;
  setResult(0, device.address);
  setResult(1, device.bytes);
  setResult(2, device.interrupt);
  return true;
}

/** 1 and file address, file length, line and reason of a trap site. */
export function findSite(table: usize, bytes: u32, pc: u32): bool {
  const site = findTrapSite(table, bytes, pc);
  if (site === null) return false;
  setResult(0, <u32>site.file.address);
  setResult(1, site.file.length);
  setResult(2, site.line);
  setResult(3, site.reason);
  return true;
}

/** 0 and what an ELF file has, or the Errno. */
export function readElf(address: usize, bytes: u32): i32 {
  const file = ElfFile.on(memory.data(offsetof<ElfFile>(), 4), address, bytes);
  const error = file.check();
  if (error < 0) return error;
  setResult(0, file.entry);
  setResult(1, file.segmentCount);
  setResult(2, <u32>file.buildId);
  setResult(3, <u32>file.trapSites);
  setResult(4, file.trapSiteBytes);
  return 0;
}

const tableMemory = memory.data(offsetof<ServiceTable>(), 4);
let table: ServiceTable = ServiceTable.on(tableMemory);

/** Reads a manifest into an empty table; the line that is wrong, or 0. */
export function readServices(text: usize, bytes: u32): u32 {
  memory.fill(tableMemory, 0, offsetof<ServiceTable>());
  table = ServiceTable.on(tableMemory);
  for (let i: u32 = 0; i < 32; i++) {
    memory.fill(changetype<usize>(table.service(i)), 0, sizeOfService());
  }
  const wrong = readManifest(table, text, bytes);
  setResult(0, table.count);
  setResult(1, table.pathCount);
  return wrong;
}

function sizeOfService(): usize {
  return changetype<usize>(table.service(1)) - changetype<usize>(table.service(0));
}

/** What the table says of a service. */
export function serviceAt(index: u32): void {
  const service = table.service(index);
  setResult(0, <u32>service.nameAddress);
  setResult(1, service.nameLength);
  setResult(2, <u32>service.imageAddress);
  setResult(3, service.imageLength);
  setResult(4, service.priority);
  setResult(5, service.stackBytes);
  setResult(6, service.keptBytes);
  setResult(7, service.hasProtocol ? service.protocol : u32.MAX_VALUE);
  setResult(8, service.restarts ? 1 : 0);
  setResult(9, service.usesOthers ? 1 : 0);
  setResult(10, service.readsInitrd ? 1 : 0);
  setResult(11, service.supervises ? 1 : 0);
  setResult(12, <u32>service.registersAddress);
  setResult(13, service.registersLength);
  setResult(14, <u32>service.argumentsAddress);
  setResult(15, service.argumentsLength);
}

const ECHO_BYTES: i32 = 4096;
const echo = ByteRing.on(
  memory.data(offsetof<ByteRing>(), 4),
  memory.data(ECHO_BYTES),
  <u32>ECHO_BYTES,
);
const editor = LineEditor.on(memory.data(offsetof<LineEditor>(), 4), echo);

export function restartEditor(): void {
  editor.restart();
  echo.clear();
}

/** Takes a key; whether it has finished the line. */
export function typeKey(key: u8): bool {
  editor.key(key);
  return editor.isDone;
}

/** The next byte for the screen, or −1. */
export function takeEcho(): i32 {
  return echo.length == 0 ? -1 : <i32>echo.take();
}

/** Address of the finished line; results: its length. */
export function finishedLine(): usize {
  setResult(0, editor.remaining);
  return editor.start;
}

const tokens = Tokens.on(memory.data(offsetof<Tokens>(), 4));
/** The status that `$?` stands for. */
const LAST_STATUS: i32 = 7;

/** The LineError of a line's first pipeline; results: the number of tokens before its end. */
export function parseArguments(line: usize, length: u32): i32 {
  tokens.begin(line, length);
  const error = tokens.next(LAST_STATUS);
  setResult(0, tokens.count - 1);
  setResult(1, tokens.isAtEnd ? 1 : 0);
  return error;
}

/** The address of a word; 0 for an operator, and its TokenKind instead of the length. */
export function wordAt(index: u32): usize {
  const token = tokens.token(index);
  const isWord = token.kind == TokenKind.Word;
  setResult(0, isWord ? token.length : <u32>token.kind);
  return isWord ? token.address : 0;
}

const BUILDER_BYTES: i32 = 128;
const builder = TextBuilder.on(
  memory.data(offsetof<TextBuilder>(), 4),
  memory.data(BUILDER_BYTES),
  <u32>BUILDER_BYTES,
);

/** Address of `DECIMAL|SIGNED|HEX|SECONDS|` and a column; results: the length. */
export function formatNumbers(value: u64): usize {
  builder.clear();
  builder
    .decimal(value)
    .text('|')
    .signed(<i32>value)
    .text('|')
    .hexadecimal(<u32>value, 8);
  builder
    .text('|')
    .seconds(value)
    .text('|')
    .decimalTo(100, value & 0xffff);
  setResult(0, builder.length);
  return builder.address;
}
