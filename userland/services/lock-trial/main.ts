/**
 * Tries what keeps the threads of a service apart, where they may lose the hart at every instruction:
 * threads of higher priority wake up again and again, by time, while the first one is at work. Reports
 * what it found, and what it finds without a lock, which has to be wrong: a trial that could not tell
 * would prove nothing.
 */
import { Condition, Lock, SleepLock } from 'environment/lock';
import { findService } from 'environment/services';
import { startThread } from 'environment/threads';
import { ticks } from 'environment/time';
import { ConsoleClient } from 'stubs/console';
import { sleepUntil } from '../../runtime/objects';
import { TextBuilder } from '../../runtime/text-builder';

/** Threads beside the first, each more urgent than the one before. */
const RIVALS: u32 = 3;
const ROUNDS: u32 = 400;
/** Steps that a thread stays where one at a time may be, at most. */
const MOST_STEPS: u32 = 64;
const LINE_BYTES: i32 = 160;

const enum Trial {
  Lock,
  /** Nothing keeps them apart. */
  Nothing,
  /** A SleepLock, with which they sleep. */
  SleepLock,
  /** A cell that is filled and emptied in turn. */
  Condition,
}

@unmanaged
class Shared {
  trial: Trial;
  /** Rivals that are at it still. */
  running: u32;
  /** Threads where one at a time may be; how often it was not one. */
  inside: u32;
  collisions: u32;
  /** Counted by reading, waiting and writing: one that is lost was not kept apart. */
  counted: u32;
  /** The same, each thread for itself. */
  entries: u32;
  /** Times that a thread found the lock taken. */
  waits: u32;
  /** What is in the cell; 0: nothing. */
  cell: u32;
  put: u32;
  taken: u32;
}

const shared = changetype<Shared>(memory.data(offsetof<Shared>(), 4));
const lock = changetype<Lock>(memory.data(offsetof<Lock>(), 4));
const sleepLock = changetype<SleepLock>(memory.data(offsetof<SleepLock>(), 4));
const changed = changetype<Condition>(memory.data(offsetof<Condition>(), 4));
const line = TextBuilder.on(
  memory.data(offsetof<TextBuilder>(), 4),
  memory.data(LINE_BYTES),
  LINE_BYTES,
);

export function main(start: usize): i32 {
  if (runTrial(Trial.Lock) < 0) return 1;
  report('lock');
  runTrial(Trial.SleepLock);
  report('sleep lock');
  runTrial(Trial.Condition);
  line.clear();
  line.text('lock-trial: condition: ').decimal(shared.put).text(' put, ');
  line.decimal(shared.taken).text(' taken').line();
  say();
  runTrial(Trial.Nothing);
  report('nothing');
  return 0;
}

/** Lets all threads at it and waits for the rivals. ENOMEM, ENFILE. */
function runTrial(trial: Trial): i32 {
  memory.fill(changetype<usize>(shared), 0, offsetof<Shared>());
  shared.trial = trial;
  shared.running = RIVALS;
  for (let rival: u32 = 1; rival <= RIVALS; rival++) {
    const error = startThread(compete, rival, rival);
    if (error < 0) return error;
  }
  let round: u32 = 0;
  while (shared.running != 0 || shared.cell != 0) {
    if (trial == Trial.Condition) empty();
    else enter(round);
    round += 1;
  }
  return 0;
}

function compete(rival: u32): void {
  for (let round: u32 = 0; round < ROUNDS; round++) {
    // Never at the same place of what the others do.
    sleepUntil(ticks() + <u64>(1 + ((round * 7 + rival * 5) % 11)));
    if (shared.trial == Trial.Condition) fill(round);
    else enter(round + rival);
  }
  lock.acquire();
  shared.running -= 1;
  changed.wakeAll(lock);
  lock.release();
}

/** Is where one at a time may be. */
function enter(round: u32): void {
  const trial = shared.trial;
  if (trial == Trial.Lock) {
    if (load<u32>(changetype<usize>(lock)) != 0) shared.waits += 1;
    lock.acquire();
  } else if (trial == Trial.SleepLock) {
    lock.acquire();
    if (sleepLock.isHeld) shared.waits += 1;
    sleepLock.take(lock);
    lock.release();
  }
  if (shared.inside != 0) shared.collisions += 1;
  shared.inside += 1;
  const counted = shared.counted;
  for (let step = round % MOST_STEPS; step != 0; step--) sawTime();
  if (trial == Trial.SleepLock) sleepUntil(ticks() + 1);
  shared.counted = counted + 1;
  shared.inside -= 1;
  shared.entries += 1;
  if (trial == Trial.Lock) {
    lock.release();
  } else if (trial == Trial.SleepLock) {
    lock.acquire();
    sleepLock.give(lock);
    lock.release();
  }
}

function sawTime(): bool {
  return ticks() != 0;
}

/** Waits until the cell is empty and puts something in. */
function fill(round: u32): void {
  lock.acquire();
  while (shared.cell != 0) changed.wait(lock);
  shared.cell = round + 1;
  shared.put += round + 1;
  changed.wakeAll(lock);
  lock.release();
}

/** Waits until the cell is full and takes out what it holds, as long as anybody fills it. */
function empty(): void {
  lock.acquire();
  while (shared.cell == 0 && shared.running != 0) changed.wait(lock);
  shared.taken += shared.cell;
  shared.cell = 0;
  changed.wakeAll(lock);
  lock.release();
}

function report(what: string): void {
  const lost = shared.entries - shared.counted;
  line.clear();
  line.text('lock-trial: ').text(what).text(': ').decimal(shared.entries).text(' entries, ');
  line.decimal(shared.waits).text(' waits, ').decimal(shared.collisions).text(' collisions, ');
  line.decimal(lost).text(' lost').line();
  say();
}

function say(): void {
  const console = findService('/svc/console');
  if (console >= 0) ConsoleClient.at(<u32>console).write(line.address, line.length);
}
