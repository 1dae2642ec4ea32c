/**
 * The CSRs of counters and of time: Zicntr and Zihpm, what lets which mode read them, and what holds
 * them still (RISC-V Privileged Architecture 3.1.10 to 3.1.12 and 4.1.5).
 */
import { checkedCsrName } from './csr-addresses.ts';
import type { CsrDefinition } from './csr-definition.ts';
import {
  CounterBit,
  CYCLE_COUNTER,
  EVENT_COUNTERS,
  RETIRED_COUNTER,
  type Counters,
} from './counters.ts';
import type { HartState } from './hart-state.ts';
import type { TimeSource } from './interrupts.ts';
import { Privilege } from './privilege.ts';
import { HartWord } from './state-layout.ts';

/** Whether the current mode may read the counter with this bit. */
export function isCounterEnabled({ words, privilege }: HartState, bit: number): boolean {
  if (privilege === Privilege.Machine) {
    return true;
  }
  const machine = (words[HartWord.Mcounteren] & bit) !== 0;
  const supervisor = (words[HartWord.Scounteren] & bit) !== 0;
  return machine && (privilege === Privilege.Supervisor || supervisor);
}

/** A register of which every bit is one enable. */
function enables(
  { words }: HartState,
  name: 'mcounteren' | 'scounteren',
  word: HartWord,
): CsrDefinition {
  return {
    name,
    read: () => words[word],
    write: (value) => {
      words[word] = value;
    },
  };
}

/** The two halves of a counter, as M-mode and as the less privileged modes have them. */
function counter(
  hart: HartState,
  counters: Counters,
  index: number,
  userName: string,
): readonly CsrDefinition[] {
  const isAccessible = () => isCounterEnabled(hart, 1 << index);
  const low = () => counters.readLow(index);
  const high = () => counters.readHigh(index);
  return [
    { name: checkedCsrName(userName), isAccessible, read: low },
    { name: checkedCsrName(`${userName}h`), isAccessible, read: high },
    {
      name: checkedCsrName(`m${userName}`),
      read: low,
      write: (value) => {
        counters.writeLow(index, value);
      },
    },
    {
      name: checkedCsrName(`m${userName}h`),
      read: high,
      write: (value) => {
        counters.writeHigh(index, value);
      },
    },
  ];
}

export function counterCsrs(
  hart: HartState,
  counters: Counters,
  time: TimeSource,
): readonly CsrDefinition[] {
  const isAccessible = () => isCounterEnabled(hart, CounterBit.TM);
  const events = EVENT_COUNTERS.flatMap((index): readonly CsrDefinition[] => [
    ...counter(hart, counters, index, `hpmcounter${index}`),
    {
      name: checkedCsrName(`mhpmevent${index}`),
      read: () => counters.readEvent(index),
      write: (value) => {
        counters.writeEvent(index, value);
      },
    },
  ]);
  return [
    ...counter(hart, counters, CYCLE_COUNTER, 'cycle'),
    ...counter(hart, counters, RETIRED_COUNTER, 'instret'),
    ...events,
    { name: 'time', isAccessible, read: () => time.timeLow() | 0 },
    { name: 'timeh', isAccessible, read: () => time.timeHigh() | 0 },
    {
      name: 'mcountinhibit',
      read: () => hart.words[HartWord.Mcountinhibit],
      write: (value) => {
        counters.writeInhibit(value);
      },
    },
    enables(hart, 'mcounteren', HartWord.Mcounteren),
    enables(hart, 'scounteren', HartWord.Scounteren),
  ];
}
