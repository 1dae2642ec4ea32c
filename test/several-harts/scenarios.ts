/** What must hold between harts, each with a guest that shows it: whole here, wrong on a faulty machine. */
import {
  between,
  COUNTERS,
  finish,
  mappedTwice,
  PATCHED,
  ROUNDS,
  start,
  type Guest,
} from './guest.ts';

const A5 = 15;
const HARTS = 3;
/** Before any of the guests ends. */
const CYCLES = 3_000;

function isSwitchedOff({ run }: Guest): boolean {
  return run().reason === 'poweroff';
}

/** Whether a guest that stores the value that a reserved word has already makes SC fail. */
function sameValueBreaks(): boolean {
  const guest = start(2, between('li t2, 5\nsw t2, (s0)'));
  return isSwitchedOff(guest) && guest.machine.harts[0].readRegister(A5) === 1;
}

function countersAreRight(): boolean {
  const guest = start(HARTS, COUNTERS + finish(HARTS));
  return isSwitchedOff(guest) && guest.word('counters') === HARTS * ROUNDS;
}

function newCodeIsExecuted(): boolean {
  const guest = start(2, PATCHED);
  return isSwitchedOff(guest) && guest.machine.harts[1].readRegister(A5) === 2;
}

function newTablesCount(): boolean {
  const guest = mappedTwice();
  return isSwitchedOff(guest) && guest.machine.harts[1].readRegister(A5) === 2;
}

/** Whether slices of 7 cycles lead where one of all cycles does. */
function slicesDoNotShow(): boolean {
  const source = COUNTERS + finish(HARTS);
  const [whole, sliced] = [start(HARTS, source), start(HARTS, source)];
  whole.run(CYCLES);
  while (sliced.machine.cycle < CYCLES) sliced.run(Math.min(7, CYCLES - sliced.machine.cycle));
  return whole.machine.describeState() === sliced.machine.describeState();
}

function waitingIsCounted(): boolean {
  const { machine, run } = start(2, 'bnez a0, 1f\nj .\n1: wfi\nj 1b\n');
  run(CYCLES);
  return machine.harts[1].retired === 2;
}

/** An event that is due in the middle of a quantum is seen there by all. */
function eventsEndQuanta(): boolean {
  const { machine, run } = start(2, 'j .');
  const clint = machine.devices.find(({ device }) => device.declaration.name === 'clint');
  clint?.device.write(0x4004, 4, 0);
  clint?.device.write(0x4000, 4, 3);
  run(1);
  return machine.harts[0].cycle === 300;
}

export const SCENARIOS = {
  sameValueBreaks,
  countersAreRight,
  newCodeIsExecuted,
  newTablesCount,
  slicesDoNotShow,
  waitingIsCounted,
  eventsEndQuanta,
} as const satisfies Readonly<Record<string, () => boolean>>;
