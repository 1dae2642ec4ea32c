/** The range that a caller lends: copies, their bounds, and what the server may not do. */
import { Errno } from '../../../userland/abi/errno.enums';
import { CallFlags, Syscall } from '../../../userland/abi/syscall.enums';
import { check, expect } from './check';
import {
  createEndpoint,
  createMemory,
  invoke,
  map,
  newMessage,
  PAGE,
  send,
  startThread,
} from './system';

const READ_WRITE: u32 = 3;
const READ: u32 = 1;
/** Two pages of the client, the second of which can only be read. */
const CLIENT: u32 = 0x4000_0000;
const SERVER: u32 = 0x4800_0000;
const LENGTH: u32 = 64;
/** The range crosses into the second page. */
const LENT: u32 = CLIENT + PAGE - 32;

/** Word 0: system call, word 1: offset, word 2: length, word 3: address. Answers with its result. */
function serve(endpoint: u32): void {
  const message = newMessage();
  while (true) {
    send(message, Syscall.ReplyReceive, endpoint);
    const reply = message.handle;
    check(message.lentLength == LENGTH || message.lentLength == 0, 'the length arrives');
    const result = invoke(message.word0, reply, message.word1, message.word3, message.word2);
    message.word0 = result as u32;
    message.method = 0;
    message.lentAddress = reply;
  }
}

let endpoint: u32 = 0;

function copy(flags: u32, number: u32, offset: u32, length: u32, address: u32): i32 {
  const message = newMessage();
  message.method = 1 | flags;
  message.lentAddress = LENT;
  message.lentLength = LENGTH;
  message.word0 = number;
  message.word1 = offset;
  message.word2 = length;
  message.word3 = address;
  expect(send(message, Syscall.Call, endpoint), 0, 'the call is answered');
  return message.word0 as i32;
}

export function testLending(): void {
  map(createMemory(PAGE), 0, CLIENT, READ_WRITE);
  map(createMemory(PAGE), 0, CLIENT + PAGE, READ);
  map(createMemory(2 * PAGE), 0, SERVER, READ_WRITE);
  endpoint = createEndpoint();
  startThread(serve, endpoint, 10);
  const lend = CallFlags.LendRead as u32;
  const from = Syscall.CopyFromCaller as u32;
  const to = Syscall.CopyToCaller as u32;
  store<u32>(LENT, 0x0403_0201);

  expect(copy(lend, from, 0, LENGTH, SERVER), 0, 'the whole range');
  check(load<u32>(SERVER) == 0x0403_0201, 'arrives');
  expect(copy(lend, from, 1, 2, SERVER + PAGE - 1), 0, 'a part of it, to a page border');
  check(load<u8>(SERVER + PAGE) == 3, 'arrives across the border');
  expect(copy(lend, from, 1, LENGTH, SERVER), -Errno.EINVAL, 'beyond its end');
  expect(copy(lend, from, LENGTH, 0, SERVER), 0, 'nothing at its end');
  expect(copy(lend, from, 0xffff_fff0, 0x20, SERVER), -Errno.EINVAL, 'an offset that wraps');
  expect(copy(lend, from, 4, 0xffff_fffc, SERVER), -Errno.EINVAL, 'a length that wraps');
  expect(copy(lend, from, 0, 4, 0x8040_0000), -Errno.EFAULT, 'into the kernel');
  expect(copy(lend, from, 0, 4, 0x7fff_fffe), -Errno.EFAULT, 'across the end of user space');
  expect(copy(lend, from, 0, 4, 0), -Errno.EFAULT, 'to address 0');
  expect(copy(lend, from, 0, 4, SERVER + 2 * PAGE - 2), -Errno.EFAULT, 'into an unmapped page');
  expect(copy(lend, to, 0, 4, SERVER), -Errno.EACCES, 'it was lent for reading only');
  expect(copy(0, from, 0, 4, SERVER), -Errno.EACCES, 'it was not lent');

  const lendWrite = CallFlags.LendWrite as u32;
  store<u32>(SERVER, 0x1111_1111);
  expect(copy(lendWrite, to, 0, 4, SERVER), 0, 'into the writable page');
  check(load<u32>(LENT) == 0x1111_1111, 'arrives there');
  expect(copy(lendWrite, to, 30, 4, SERVER), -Errno.EFAULT, 'into a page the caller cannot write');
  expect(copy(lendWrite, from, 0, 4, SERVER), -Errno.EACCES, 'it was lent for writing only');
  expect(copy(lendWrite, to, 0, 4, 0x9000_0000), -Errno.EFAULT, 'out of kernel memory');

  const message = newMessage();
  message.method = 1 | lend;
  message.lentAddress = 0x7fff_f000;
  message.lentLength = 0x1001;
  expect(send(message, Syscall.Call, endpoint), -Errno.EFAULT, 'a range outside user space');
  message.lentAddress = 0x8000_0000;
  message.lentLength = 4;
  expect(send(message, Syscall.Call, endpoint), -Errno.EFAULT, 'a range in the kernel');
  message.lentAddress = PAGE;
  message.lentLength = 0xffff_f001;
  expect(send(message, Syscall.Call, endpoint), -Errno.EFAULT, 'a range that wraps');
  expect(invoke(from, 0, 0, SERVER, 4), -Errno.EBADF, 'without a reply handle');
}
