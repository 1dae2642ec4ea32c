/**
 * Puts the disk's driver to the test, together with others of its kind: each writes to a part of the
 * disk that its argument numbers, and reads it back, while the others do the same. Says on the console
 * how that went.
 */
import { Errno } from '../../abi/errno.enums';
import { BlockClient } from 'stubs/block';
import { ConsoleClient } from 'stubs/console';
import { findService } from 'environment/services';
import { parseDecimal } from '../../runtime/bytes';
import { argument, argumentCount } from '../../runtime/start-information';
import { TextBuilder } from '../../runtime/text-builder';

const SECTOR_BYTES: u32 = 512;
/** The most that one request moves. */
const BUFFER_BYTES: i32 = 65536;
const BUFFER_SECTORS: u32 = <u32>BUFFER_BYTES / SECTOR_BYTES;
/** Requests that fit into the part of one of us. */
const PARTS: u32 = 4;
const ROUNDS: u32 = 12;
/** Where a single sector of each part is read again. */
const PROBED_SECTOR: u32 = 77;
const LINE_BYTES: i32 = 96;

const written = memory.data(BUFFER_BYTES, 8);
const read = memory.data(BUFFER_BYTES, 8);
const line = TextBuilder.on(
  memory.data(offsetof<TextBuilder>(), 4),
  memory.data(LINE_BYTES),
  LINE_BYTES,
);

export function main(start: usize): i32 {
  const text = argument(1);
  const number = argumentCount() < 2 ? -1 : parseDecimal(text.address, text.length);
  const endpoint = findService('/svc/block');
  if (number < 0 || endpoint < 0) return 1;
  const block = BlockClient.at(<u32>endpoint);
  const error = tryBounds(block);
  report(<u32>number, error < 0 ? error : tryPart(block, <u32>number * PARTS * BUFFER_SECTORS));
  return 0;
}

/** Requests that the driver has to refuse. EINVAL is its answer; EIO here says that it was another. */
function tryBounds(block: BlockClient): i32 {
  const sectors = <u32>block.size();
  const isRefused =
    block.read(sectors, read, SECTOR_BYTES) == -Errno.EINVAL &&
    block.read(sectors - 1, read, 2 * SECTOR_BYTES) == -Errno.EINVAL &&
    block.read(u32.MAX_VALUE, read, SECTOR_BYTES) == -Errno.EINVAL &&
    block.read(0, read, SECTOR_BYTES - 1) == -Errno.EINVAL &&
    block.read(0, read, <u32>BUFFER_BYTES + SECTOR_BYTES) == -Errno.E2BIG &&
    block.read(sectors, read, 0) == 0 &&
    block.read(sectors - 1, read, SECTOR_BYTES) == SECTOR_BYTES;
  return isRefused ? 0 : -Errno.EIO;
}

/** Fills the part of the disk again and again; 0, the driver's error, or EIO for other contents. */
function tryPart(block: BlockClient, first: u32): i32 {
  for (let round: u32 = 0; round < ROUNDS; round++) {
    const sector = first + (round % PARTS) * BUFFER_SECTORS;
    fill(sector, round);
    const wrote = block.write(sector, written, BUFFER_BYTES);
    if (wrote != BUFFER_BYTES) return min(wrote, -Errno.EIO);
    const got = block.read(sector, read, BUFFER_BYTES);
    if (got != BUFFER_BYTES || !isSame(0, BUFFER_BYTES)) return -Errno.EIO;
    memory.fill(read, 0, SECTOR_BYTES);
    const single = block.read(sector + PROBED_SECTOR, read, SECTOR_BYTES);
    if (single != SECTOR_BYTES || !isSame(PROBED_SECTOR, SECTOR_BYTES)) return -Errno.EIO;
  }
  return block.flush();
}

/** Every word tells its sector, its place there and the round. */
function fill(sector: u32, round: u32): void {
  for (let at: u32 = 0; at < <u32>BUFFER_BYTES; at += 4) {
    const word = ((sector + at / SECTOR_BYTES) << 16) | ((at % SECTOR_BYTES) << 4) | round;
    store<u32>(written + at, word);
  }
}

function isSame(sector: u32, bytes: u32): bool {
  for (let at: u32 = 0; at < bytes; at += 4) {
    if (load<u32>(read + at) != load<u32>(written + sector * SECTOR_BYTES + at)) return false;
  }
  return true;
}

function report(number: u32, result: i32): void {
  line.text('block-trial ').decimal(number).text(': ');
  if (result < 0) line.text('error ').signed(-result);
  else line.text('well');
  line.line();
  const console = findService('/svc/console');
  if (console >= 0) ConsoleClient.at(<u32>console).write(line.address, line.length);
}
