/**
 * Reads the manifest: the services of the image, as tools/images/manifest.ts derives them from the
 * image description. One property a line, its words separated by single spaces; `service NAME` opens
 * a block, a blank line means nothing. Lines that init does not know are an error, so that a manifest
 * never promises what is not done.
 */
import { isText, parseDecimal } from '../../runtime/bytes';
import { Service, ServiceTable } from './service-table';

const LINE_FEED: u8 = 0x0a;
const SPACE: u8 = 0x20;

/** Reads all of it into the table. Returns 0, or the number of the first line that is wrong; 1 if there is no service at all. */
export function readManifest(table: ServiceTable, text: usize, bytes: u32): u32 {
  let line: u32 = 1;
  let start: u32 = 0;
  for (let i: u32 = 0; i <= bytes; i++) {
    if (i < bytes && load<u8>(text + i) != LINE_FEED) continue;
    if (i > start && !readLine(table, text + start, i - start)) return line;
    start = i + 1;
    line += 1;
  }
  return table.count == 0 ? 1 : 0;
}

function readLine(table: ServiceTable, line: usize, length: u32): bool {
  let keyLength: u32 = 0;
  while (keyLength < length && load<u8>(line + keyLength) != SPACE) keyLength += 1;
  if (keyLength + 1 >= length) return false;
  const value = line + keyLength + 1;
  const valueLength = length - keyLength - 1;
  if (isText(line, keyLength, 'service')) {
    const added = table.addService();
    if (added === null) return false;
    added.nameAddress = value;
    added.nameLength = valueLength;
    return true;
  }
  if (table.count == 0) return false;
  const service = table.service(table.count - 1);
  if (isText(line, keyLength, 'provides')) return table.addPath(value, valueLength, false);
  if (isText(line, keyLength, 'fallback')) return table.addPath(value, valueLength, true);
  return (
    readText(service, line, keyLength, value, valueLength) ||
    readNumber(service, line, keyLength, parseDecimal(value, valueLength)) ||
    readChoice(service, line, keyLength, value, valueLength)
  );
}

function readText(
  service: Service,
  key: usize,
  keyLength: u32,
  value: usize,
  valueLength: u32,
): bool {
  if (isText(key, keyLength, 'image')) {
    service.imageAddress = value;
    service.imageLength = valueLength;
  } else if (isText(key, keyLength, 'registers')) {
    service.registersAddress = value;
    service.registersLength = valueLength;
  } else if (isText(key, keyLength, 'interrupt')) {
    service.interruptAddress = value;
    service.interruptLength = valueLength;
  } else if (isText(key, keyLength, 'requires')) {
    service.requiresAddress = value;
    service.requiresLength = valueLength;
  } else if (isText(key, keyLength, 'arguments')) {
    service.argumentsAddress = value;
    service.argumentsLength = valueLength;
  } else {
    return false;
  }
  return true;
}

function readNumber(service: Service, key: usize, keyLength: u32, value: i64): bool {
  if (value < 0) return false;
  if (isText(key, keyLength, 'priority')) {
    service.priority = <u32>value;
  } else if (isText(key, keyLength, 'stack')) {
    service.stackBytes = <u32>value;
  } else if (isText(key, keyLength, 'memory')) {
    service.memoryBytes = <u32>value;
  } else if (isText(key, keyLength, 'threads')) {
    service.threads = <u32>value;
  } else if (isText(key, keyLength, 'kept')) {
    service.keptBytes = <u32>value;
  } else if (isText(key, keyLength, 'device')) {
    service.deviceId = <u32>value;
  } else if (isText(key, keyLength, 'dma')) {
    service.dmaBytes = <u32>value;
  } else if (isText(key, keyLength, 'protocol')) {
    service.protocol = <u32>value;
    service.hasProtocol = true;
  } else {
    return false;
  }
  return true;
}

function readChoice(
  service: Service,
  key: usize,
  keyLength: u32,
  value: usize,
  valueLength: u32,
): bool {
  if (isText(key, keyLength, 'uses')) {
    service.usesOthers = true;
  } else if (isText(key, keyLength, 'optional')) {
    service.isOptional = isText(value, valueLength, 'yes');
  } else if (isText(key, keyLength, 'restart')) {
    service.restarts = isText(value, valueLength, 'always');
  } else if (isText(key, keyLength, 'grant') && isText(value, valueLength, 'initrd')) {
    service.readsInitrd = true;
  } else if (isText(key, keyLength, 'grant') && isText(value, valueLength, 'init')) {
    service.supervises = true;
  } else {
    return false;
  }
  return true;
}
