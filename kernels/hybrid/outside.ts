/**
 * Calls that leave the kernel. To those outside the kernel is a process like any other: it has a table
 * of handles, and a call of a service inside is a message of one of its threads, which never see user
 * mode. Each belongs to a loan, whose thread sleeps on its stack until the answer has come. So what
 * holds for calls of processes holds for these: rights, priorities, a server that ends (EDIED) or is
 * started again. What is lent lies in the kernel's memory (micro/lent-memory.ts).
 */
import { Errno } from '../../userland/abi/errno.enums';
import { ProcessState } from '../../userland/abi/process.enums';
import { CallFlags, ObjectKind, Rights } from '../../userland/abi/syscall.enums';
import { releasePort } from 'environment/call';
import { Request, RequestState } from 'environment/request';
import { Hart, currentHart } from '../core/hart';
import { panic } from '../core/panic';
import { failure, isError } from '../core/result';
import { makeReadyFirst } from '../core/scheduler';
import { ThreadState } from '../core/thread';
import { OUTSIDE, Port as InsidePort, createPort } from '../inside/port-table';
import { sleep } from '../inside/run';
import { startCall } from '../micro/calls';
import { HandleEntry } from '../micro/handle-entry';
import { findAny, findObject } from '../micro/handles';
import { closeEntry } from '../micro/lifetime';
import { copyHandle } from '../micro/messages';
import { allocateObject } from '../micro/object-slabs';
import { Endpoint, MessageKind, MicroThread, Port, Process } from '../micro/objects';
import { findCallee } from '../micro/ports';
import { allocateThread, nameAddress } from '../micro/processes';
import { Loan, currentLoan } from './loans';
import { handOut, insideOf } from './wall';

/** A thread on loan sleeps until an answer comes from outside. */
const AWAITING_OUTSIDE: u32 = ThreadState.Blocked + 9;

const NAME = 'kernel';
const LENDS: u32 = CallFlags.LendRead | CallFlags.LendWrite;

/** What the kernel has handles in. It has no number: tools do not count it. */
let ownProcess: u32 = 0;

function kernelProcess(): Process {
  return changetype<Process>(ownProcess);
}

export function initialiseOutside(): void {
  const object = allocateObject(ObjectKind.Process);
  if (object == null) panic('no memory for the services');
  const process = changetype<Process>(object);
  process.state = ProcessState.Running;
  process.nameLength = NAME.length;
  for (let i = 0; i < NAME.length; i++) {
    store<u8>(nameAddress(process) + i, NAME.charCodeAt(i) as u8);
  }
  ownProcess = changetype<u32>(process);
}

/** Whether a thread stands for a loan's call: its answer has come, and the loan's own thread can go on. */
export function isEnvoy(thread: MicroThread): bool {
  return thread.process == kernelProcess();
}

/** The loan that a thread stands for: nothing else is in its tp, where programs have their thread's block. */
export function loanBehind(envoy: MicroThread): Loan {
  return changetype<Loan>(envoy.tp);
}

/** The thread that makes a loan's calls; null without memory for one. */
function envoyOf(hart: Hart, loan: Loan): MicroThread | null {
  const known = loan.envoy;
  if (known != null) return known;
  const envoy = allocateThread(hart, kernelProcess());
  if (envoy == null) return null;
  envoy.tp = changetype<u32>(loan);
  loan.envoy = envoy;
  return envoy;
}

/** Sends a request to where its port leads and sleeps until it is answered. */
export function callOutside(request: Request): void {
  const hart = currentHart();
  const loan = currentLoan();
  const envoy = envoyOf(hart, loan);
  if (envoy == null) {
    request.answer(-Errno.ENOMEM);
    return;
  }
  const port = changetype<InsidePort>(request.port);
  const callee = findCallee(envoy, kernelProcess(), port.badge);
  if (isError(callee)) {
    request.answer(callee as i32);
    return;
  }
  let sent: u32 = 0;
  if (request.bringsHandle) {
    sent = showPort(kernelProcess(), changetype<InsidePort>(request.takeHandle()));
    if (isError(sent)) {
      request.answer(sent as i32);
      return;
    }
  }
  setRegisters(envoy, request, sent);
  envoy.priority = loan.thread.priority;
  envoy.basePriority = loan.thread.priority;
  startCall(hart, envoy, changetype<Endpoint>(callee));
  // Whoever has received it is not to run before this thread sleeps, but then at once.
  const receiver = hart.current;
  if (receiver != null) makeReadyFirst(hart, receiver);
  sleep(AWAITING_OUTSIDE);
  if (sent != 0) closeOutside(sent);
  takeAnswer(envoy, request);
}

function setRegisters(envoy: MicroThread, request: Request, sent: u32): void {
  const message = request.message;
  const flags = message.method & (CallFlags.MethodMask | LENDS);
  envoy.messageKind = MessageKind.KernelCall;
  envoy.t2 = sent == 0 ? flags : flags | CallFlags.Handle;
  envoy.t3 = message.lentAddress;
  envoy.t4 = message.lentLength;
  envoy.t5 = sent;
  envoy.a0 = message.word0;
  envoy.a1 = message.word1;
  envoy.a2 = message.word2;
  envoy.a3 = message.word3;
  envoy.a4 = message.word4;
  envoy.a5 = message.word5;
  envoy.a6 = message.word6;
  envoy.a7 = message.word7;
}

function takeAnswer(envoy: MicroThread, request: Request): void {
  if (isError(envoy.t0)) {
    request.answer(envoy.t0 as i32);
    return;
  }
  let brought: u32 = 0;
  if ((envoy.t2 & CallFlags.Handle) != 0) {
    brought = takePort(envoy.t5);
    if (isError(brought)) {
      request.answer(brought as i32);
      return;
    }
  }
  const message = request.message;
  message.method = brought == 0 ? 0 : CallFlags.Handle;
  message.transfer = brought;
  message.word0 = envoy.a0;
  message.word1 = envoy.a1;
  message.word2 = envoy.a2;
  message.word3 = envoy.a3;
  message.word4 = envoy.a4;
  message.word5 = envoy.a5;
  message.word6 = envoy.a6;
  message.word7 = envoy.a7;
  request.state = RequestState.Answered;
}

/**
 * A port for services inside to the endpoint or port that a handle of `process` stands for: its
 * address, with a reference that is the caller's. EBADF, EACCES without the right Copy; EINVAL: it is
 * something else; ENFILE, ENOMEM.
 */
export function bringIn(process: Process, handle: u32): u32 {
  const found = findObject(process, handle, Rights.Copy);
  if (isError(found)) return found;
  const object = changetype<HandleEntry>(found).object;
  const kind = object == null ? 0 : object.kind;
  if (kind != ObjectKind.Port && kind != ObjectKind.Endpoint) return failure(Errno.EINVAL);
  const inside = insideOf(changetype<Port>(object));
  if (inside != null) {
    inside.references++;
    return changetype<u32>(inside);
  }
  const copy = copyHandle(process, handle, kernelProcess());
  return isError(copy) ? copy : takePort(copy);
}

/** The same for a handle of the kernel's own, which is used up. */
function takePort(handle: u32): u32 {
  const found = findObject(kernelProcess(), handle, 0);
  if (isError(found)) return found;
  const object = changetype<HandleEntry>(found).object;
  const kind = object == null ? 0 : object.kind;
  const inside = kind == ObjectKind.Port ? insideOf(changetype<Port>(object)) : null;
  if (inside != null) inside.references++;
  const isCallable = kind == ObjectKind.Port || kind == ObjectKind.Endpoint;
  const port = inside != null || !isCallable ? inside : createPort(OUTSIDE, handle);
  if (port == null || inside != null) closeOutside(handle);
  if (port != null) return changetype<u32>(port);
  return failure(isCallable ? Errno.ENOMEM : Errno.EINVAL);
}

/**
 * A handle of `process` to a port of a service's, whose reference is used up: ENOMEM or ENFILE, and
 * EBADF if where it leads has ended.
 */
export function showPort(process: Process, port: InsidePort): u32 {
  if (!port.leadsOutside) {
    const handle = handOut(process, port);
    if (isError(handle)) releasePort(port);
    return handle;
  }
  const copy = copyHandle(kernelProcess(), port.badge, process);
  releasePort(port);
  return copy;
}

/** Gives a handle of the kernel's own up. */
export function closeOutside(handle: u32): void {
  const found = findAny(kernelProcess(), handle);
  if (!isError(found)) closeEntry(kernelProcess(), changetype<HandleEntry>(found), false);
}
