/** Calls and replies: words, methods, badges, handles that travel. */
import { Errno } from '../../../userland/abi/errno.enums';
import { Message } from '../../../userland/abi/message.structs';
import {
  CallFlags,
  FaultMethod,
  ReceiveKind,
  Rights,
  StartHandle,
  Syscall,
} from '../../../userland/abi/syscall.enums';
import { check, expect } from './check';
import {
  createEndpoint,
  createNotification,
  destroy,
  grant,
  invoke,
  NEVER,
  newMessage,
  send,
  startHandle,
  startThread,
} from './system';

const SEND_BACK: u32 = 1;
const TAKE_HANDLE: u32 = 2;
const RETURN_HANDLE: u32 = 3;
const BADGE: u32 = 77;

/** Answers words with their complements, in reverse order. */
function serve(endpoint: u32): void {
  const message = newMessage();
  message.lentAddress = 0;
  let taken: u32 = 0;
  while (true) {
    const kind = send(message, Syscall.ReplyReceive, endpoint);
    check(kind == ReceiveKind.Message, 'a message arrives');
    const replyHandle = message.handle;
    const badge = message.lentAddress;
    const method = message.method & CallFlags.MethodMask;
    if (method == SEND_BACK) {
      const last = message.word7;
      message.word7 = ~message.word0;
      message.word0 = ~last;
      message.word1 = badge;
      message.method = 0;
    } else if (method == TAKE_HANDLE) {
      check((message.method & CallFlags.Handle) != 0, 'the handle is announced');
      taken = message.transfer;
      message.word0 = invoke(Syscall.Signal, taken, 4) as u32;
      message.method = 0;
    } else if (method == RETURN_HANDLE) {
      message.transfer = taken;
      message.method = CallFlags.Handle;
    }
    message.lentAddress = replyHandle;
  }
}

function testWords(endpoint: u32, message: Message, badge: u32): void {
  message.method = SEND_BACK;
  message.word0 = 0x1234_5678;
  message.word3 = 0xdead_beef;
  message.word7 = 0xffff_fffe;
  expect(send(message, Syscall.Call, endpoint), 0, 'a call is answered');
  check(message.word0 == 1, 'word 0 comes back from word 7');
  check(message.word1 == badge, 'the server sees the badge');
  check(message.word3 == 0xdead_beef, 'word 3 travels both ways');
  check(message.word7 == ~0x1234_5678, 'word 7 comes back from word 0');
}

export function testMessages(): void {
  const endpoint = createEndpoint();
  startThread(serve, endpoint, 10);
  const message = newMessage();
  testWords(endpoint, message, 0);

  const self = startHandle(StartHandle.Self);
  const badged = grant(self, endpoint, Rights.Call | Rights.Copy, BADGE);
  testWords(badged, message, BADGE);
  const again = grant(self, badged, Rights.Call, BADGE + 1);
  testWords(again, message, BADGE);

  const notification = createNotification(0);
  message.method = TAKE_HANDLE | CallFlags.Handle;
  message.transfer = notification;
  expect(send(message, Syscall.Call, endpoint), 0, 'a call with a handle is answered');
  expect(message.word0 as i32, 0, 'the server can use the handle it got');
  expect(invoke(Syscall.Wait, notification, NEVER, NEVER), 0, 'the bit arrives');

  message.method = RETURN_HANDLE;
  expect(send(message, Syscall.Call, endpoint), 0, 'a handle comes back');
  check((message.method & CallFlags.Handle) != 0, 'and is announced');
  check(message.transfer != notification, 'as a handle of its own');
  expect(invoke(Syscall.Signal, message.transfer, 1), 0, 'which works');

  message.method = SEND_BACK | CallFlags.Handle;
  message.transfer = 0;
  expect(send(message, Syscall.Call, endpoint), -Errno.EBADF, 'no handle to travel');
  const bound = grant(self, notification, Rights.Signal, 0);
  message.method = SEND_BACK | CallFlags.Handle;
  message.transfer = bound;
  expect(send(message, Syscall.Call, endpoint), -Errno.EACCES, 'a handle without Copy stays');
  message.method = FaultMethod.Fault;
  expect(send(message, Syscall.Call, endpoint), -Errno.EINVAL, 'nobody forges a fault');

  expect(invoke(Syscall.Receive, badged), -Errno.EACCES, 'receiving needs its right');
  expect(invoke(Syscall.Reply, endpoint), -Errno.EBADF, 'an endpoint is no reply');
  expect(invoke(Syscall.ReplyReceive, badged), -Errno.EACCES, 'so does replying and receiving');
  expect(destroy(again), 0, 'a handle can be given up');
  expect(destroy(again), -Errno.EBADF, 'once');
  testWords(endpoint, message, 0);
}
