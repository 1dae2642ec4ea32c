/**
 * A program that means the kernel ill, in the place of the shell: whatever it asks for gets an error
 * of its own, and the kernel goes on. Switches the machine off, with status 1 if a check failed.
 */
import { Errno } from '../../../../userland/abi/errno.enums';
import { OpenFlags } from '../../../../userland/abi/files.enums';
import { Message } from '../../../../userland/abi/message.structs';
import { LIBSYS } from '../../../../userland/abi/program.structs';
import { CallFlags, StartHandle, Syscall } from '../../../../userland/abi/syscall.enums';
import { startHandle } from '../../../../userland/runtime/program/data-page';
import { openFile } from '../../../../userland/runtime/program/files';
import { close_handle } from '../../../../userland/runtime/program/libsys';
import { endLine, flush, out } from '../../../../userland/runtime/program/output';
import { findKnownService } from '../../../../userland/runtime/program/services';
import { FileMethod } from 'stubs/file';
import { FilesMethod } from 'stubs/files';
import { NamesMethod } from 'stubs/names';
import { PowerClient } from 'stubs/power';
import { ProcessMethod } from 'stubs/process';

declare function kernel_call(message: usize): i32;

/** The kernel's own image, and what no process has. */
const KERNEL: u32 = 0x8040_0000;
const UNMAPPED: u32 = 0x5000_0000;
const USER_END: u32 = 0x8000_0000;
const OWN_TEXT: u32 = 0x0001_0000;
const PAGE: u32 = 4096;
const UNKNOWN_METHOD: u32 = 0xfe00;
const RANDOM_CALLS: u32 = 4000;

const message = changetype<Message>(memory.data(offsetof<Message>(), 4));
const buffer = memory.data(64);
const PATH = '/motd';

let checks: u32 = 0;
let failures: u32 = 0;

export function main(): i32 {
  testNumbers();
  testHandles();
  testLentRanges();
  testMemory();
  testRandomCalls();
  out.decimal(checks).text(' checks, ').decimal(failures).text(' failed');
  endLine();
  flush();
  return PowerClient.at(<u32>findKnownService('/svc/power')).off(failures == 0 ? 0 : 1);
}

function check(what: string, got: i32, wanted: i32): void {
  checks += 1;
  if (got == wanted) return;
  failures += 1;
  out.text('FAIL ').text(what).text(': ').signed(got).text(' instead of ').signed(wanted);
  endLine();
}

/** A system call with everything else 0. */
function prepare(number: u32, handle: u32): Message {
  memory.fill(changetype<usize>(message), 0, offsetof<Message>());
  message.status = number;
  message.handle = handle;
  return message;
}

function enter(): i32 {
  return kernel_call(changetype<usize>(message));
}

/** A call: its own error, or else what the service has answered. */
function ask(): i32 {
  const error = enter();
  return error < 0 ? error : <i32>message.word0;
}

function testNumbers(): void {
  const known =
    (1 << Syscall.Null) |
    (1 << Syscall.Call) |
    (1 << Syscall.Wait) |
    (1 << Syscall.Destroy) |
    (1 << Syscall.Map) |
    (1 << Syscall.Unmap) |
    (1 << Syscall.Exit) |
    (1 << Syscall.Log);
  for (let number: u32 = 0; number < 32; number++) {
    if (((known >> number) & 1) != 0) continue;
    prepare(number, startHandle(StartHandle.Names));
    check('a number that is no system call', enter(), -Errno.ENOSYS);
  }
  prepare(u32.MAX_VALUE, 0);
  check('the last number there could be', enter(), -Errno.ENOSYS);
  prepare(Syscall.Null, 0);
  check('nothing at all', enter(), 0);
}

function testHandles(): void {
  const names = startHandle(StartHandle.Names);
  testWrongHandle(0);
  testWrongHandle(1);
  testWrongHandle(names + 0x1000);
  testWrongHandle(names ^ 0x100);
  testWrongHandle(0xfff);
  testWrongHandle(0x7fff_ffff);
  testWrongHandle(u32.MAX_VALUE);
  const file = <u32>open();
  check('a file is closed', close_handle(file), 0);
  prepare(Syscall.Call, file).method = FileMethod.seek;
  check('a closed file', enter(), -Errno.EBADF);
  const other = <u32>open();
  check('its place is taken by another', file == other ? 1 : 0, 0);
  prepare(Syscall.Call, file).method = FileMethod.seek;
  check('and it stays closed', enter(), -Errno.EBADF);
  close_handle(other);
  const own = startHandle(StartHandle.Process);
  prepare(Syscall.Call, own).method = ProcessMethod.wait;
  check('waiting for oneself', ask(), -Errno.EBADF);
  prepare(Syscall.Call, own).method = ProcessMethod.start;
  check('starting oneself', ask(), -Errno.EBADF);
  prepare(Syscall.Call, names).method = UNKNOWN_METHOD;
  check('a method that nobody has', ask(), -Errno.ENOSYS);
  prepare(Syscall.Call, names).method = 0xff00;
  check("a method of the kernel's own", enter(), -Errno.EINVAL);
  prepare(Syscall.Wait, names);
  check('waiting for what is no notification', enter(), -Errno.EBADF);
}

function testWrongHandle(handle: u32): void {
  prepare(Syscall.Call, handle).method = NamesMethod.list;
  check('a handle that was never given', enter(), -Errno.EBADF);
  prepare(Syscall.Destroy, handle);
  check('giving it up', enter(), -Errno.EBADF);
  const own = startHandle(StartHandle.Process);
  prepare(Syscall.Call, own).method = ProcessMethod.give | CallFlags.Handle;
  message.transfer = handle;
  check('giving it away', enter(), -Errno.EBADF);
}

function testLentRanges(): void {
  const file = <u32>open();
  check('nothing to read', read(file, <u32>buffer, 0), 0);
  check("the kernel's memory as buffer", read(file, KERNEL, 16), -Errno.EFAULT);
  check('a range over the end', read(file, USER_END - 8, 16), -Errno.EFAULT);
  check('a range around the end', read(file, 0x10, u32.MAX_VALUE), -Errno.EFAULT);
  check('page zero', read(file, 0, 16), -Errno.EFAULT);
  check('no memory', read(file, UNMAPPED, 16), -Errno.EFAULT);
  check('own code', read(file, OWN_TEXT, 16), -Errno.EFAULT);
  check("everybody's code", read(file, <u32>LIBSYS, 16), -Errno.EFAULT);
  prepare(Syscall.Call, file).method = FileMethod.read;
  message.word0 = 16;
  check('a buffer that is not lent', ask(), -Errno.EINVAL);
  check('a buffer longer than any', read(file, <u32>buffer, 0x10_0000), -Errno.EINVAL);
  prepare(Syscall.Call, file).method = FileMethod.read | CallFlags.LendWrite;
  message.lentAddress = <u32>buffer;
  message.lentLength = 8;
  message.word0 = 16;
  check('less than is said to be lent', ask(), -Errno.EINVAL);
  close_handle(file);
  const names = startHandle(StartHandle.Names);
  prepare(Syscall.Call, names).method = NamesMethod.find | CallFlags.LendRead;
  message.lentAddress = UNMAPPED;
  message.lentLength = 16;
  message.word0 = 16;
  check('a path that is not there', ask(), -Errno.EFAULT);
  prepare(Syscall.Log, 0).word0 = KERNEL;
  message.word1 = 16;
  check("the kernel's memory for the log", enter(), -Errno.EFAULT);
  prepare(Syscall.Log, 0).word1 = 257;
  check('too much for the log', enter(), -Errno.EINVAL);
}

function testMemory(): void {
  check('no pages', map(UNMAPPED, 0), -Errno.EINVAL);
  check('a part of a page', map(UNMAPPED, 100), -Errno.EINVAL);
  check('the middle of a page', map(UNMAPPED + 4, PAGE), -Errno.EINVAL);
  check('page zero', map(0, PAGE), -Errno.EFAULT);
  check('over the kernel', map(KERNEL, PAGE), -Errno.EFAULT);
  check('over libsys', map(<u32>LIBSYS, PAGE), -Errno.EFAULT);
  check('around the end', map(UNMAPPED, u32.MAX_VALUE - PAGE + 1), -Errno.EFAULT);
  check('over oneself', map(OWN_TEXT, PAGE), -Errno.EEXIST);
  check('more than there is', map(UNMAPPED, 0x2000_0000), -Errno.ENOMEM);
  check('a page', map(UNMAPPED, PAGE), 0);
  check('twice', map(UNMAPPED, PAGE), -Errno.EEXIST);
  prepare(Syscall.Map, startHandle(StartHandle.Names)).word1 = UNMAPPED + PAGE;
  message.word3 = PAGE;
  check('of what is no memory', enter(), -Errno.EBADF);
  check('giving it up', unmap(UNMAPPED, PAGE), 0);
  check('and once more, where nothing is', unmap(UNMAPPED, PAGE), 0);
  check('no bytes', unmap(UNMAPPED, 0), -Errno.EINVAL);
  check('half a page', unmap(UNMAPPED, PAGE / 2), -Errno.EINVAL);
  check(
    'more than there is below the end of user space',
    unmap(UNMAPPED, 0xffff_f000),
    -Errno.EFAULT,
  );
  check("giving up the kernel's", unmap(KERNEL, PAGE), -Errno.EFAULT);
  prepare(Syscall.Unmap, 0).word0 = startHandle(StartHandle.Process);
  message.word1 = UNMAPPED;
  message.word2 = PAGE;
  check('of another process', enter(), -Errno.EBADF);
}

let random: u32 = 0x1234_5678;

/** Marsaglia's xorshift. */
function next(): u32 {
  random ^= random << 13;
  random ^= random >> 17;
  random ^= random << 5;
  return random;
}

/** Calls that make no sense to services that do not wait: the kernel is there afterwards. */
function testRandomCalls(): void {
  for (let i: u32 = 0; i < RANDOM_CALLS; i++) {
    const service = i % 3 == 0 ? '/tmp' : i % 3 == 1 ? '/svc/initrd' : '/svc/names';
    const handle = <u32>findKnownService(service);
    prepare(Syscall.Call, handle);
    const flags = next() & (CallFlags.LendRead | CallFlags.LendWrite | CallFlags.Handle);
    message.method = randomMethod() | flags;
    message.lentAddress = next() % 4 == 0 ? <u32>buffer : next();
    message.lentLength = next() % 64;
    message.transfer = next() % 2 == 0 ? handle : next();
    message.word0 = next() % 64;
    message.word1 = next() % 64;
    message.word2 = next();
    if (enter() >= 0 && message.transfer != 0) close_handle(message.transfer);
    close_handle(handle);
  }
  prepare(Syscall.Null, 0);
  check('the kernel is there', enter(), 0);
  const file = open();
  check('and so are files', file > 0 ? 1 : 0, 1);
  close_handle(<u32>file);
}

function randomMethod(): u32 {
  const place = next() % 6;
  switch (next() % 3) {
    case 0:
      return FilesMethod.open + place;
    case 1:
      return FileMethod.read + place;
    default:
      return NamesMethod.resolve + place;
  }
}

/** Opens a file that is there under every kernel: its handle. */
function open(): i64 {
  for (let i = 0; i < PATH.length; i++) store<u8>(buffer + i, <u8>PATH.charCodeAt(i));
  return openFile(buffer, PATH.length, OpenFlags.Read);
}

function read(file: u32, address: u32, length: u32): i32 {
  prepare(Syscall.Call, file).method = FileMethod.read | CallFlags.LendWrite;
  message.lentAddress = address;
  message.lentLength = length;
  message.word0 = length;
  return ask();
}

function unmap(address: u32, bytes: u32): i32 {
  prepare(Syscall.Unmap, 0).word1 = address;
  message.word2 = bytes;
  return enter();
}

function map(address: u32, bytes: u32): i32 {
  prepare(Syscall.Map, 0).word1 = address;
  message.word3 = bytes;
  return enter();
}
