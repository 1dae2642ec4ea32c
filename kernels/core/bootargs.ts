/** The kernel's command line: words separated by spaces. */
import { Platform } from './platform';

const SPACE: u8 = 0x20;

/** Whether one of the words is `argument`. */
export function hasArgument(platform: Platform, argument: string): bool {
  const text = platform.bootargs;
  const length = platform.bootargsLength;
  let start: u32 = 0;
  for (let at: u32 = 0; at <= length; at++) {
    if (at < length && load<u8>(text + at) != SPACE) continue;
    if (isWord(text + start, at - start, argument)) return true;
    start = at + 1;
  }
  return false;
}

function isWord(address: u32, length: u32, word: string): bool {
  if (length != <u32>word.length) return false;
  for (let i: u32 = 0; i < length; i++) {
    if ((load<u8>(address + i) as i32) != word.charCodeAt(i)) return false;
  }
  return true;
}
