/**
 * When instructions come to each stage of the pipeline, by the rules that stand at the beginning of
 * `inorder-engine.ts`: all those of a trace at once, and the parts of the rules that single
 * instructions share.
 */
import type { Ram } from '../bus/ram.ts';
import { HartWord } from '../hart/state-layout.ts';
import type { Accounts } from '../timing/inorder/accounts.ts';
import type { BranchPredictor } from '../timing/inorder/branch-predictor.ts';
import { CountedEvent } from '../timing/inorder/events.ts';
import type { MemoryTiming } from '../timing/inorder/memory-timing.ts';
import type { InorderParameters } from '../timing/inorder/parameters.ts';
import { Reason } from '../timing/inorder/reasons.ts';
import {
  PipelineWord,
  RecentUse,
  RecentWord,
  SHORTEST_PASSAGE,
  RECENT_INSTRUCTIONS,
} from '../timing/inorder/timing-layout.ts';
import { BlockWord } from './block-cache.ts';
import { Record } from './block-record.ts';
import {
  classify,
  divideCycles,
  floatOf,
  InstructionClass,
  isReturnStackRegister,
  readsAndWrites,
  type RegisterUse,
  writesCsrWithFlush,
} from './instruction-timing.ts';
import { Operation } from './operations.ts';
import { TraceWord, type Trace } from './trace.ts';

const HALF_BYTES = 2;
const LONG_BYTES = 4;
export const LINE_SHIFT = 6;
export const LINE_MASK = 63;
/** The last half of a line: a 32-bit instruction that begins there ends in the next. */
export const LAST_HALF = 62;
export const NO_LINE = -1;
const BITS_PER_WORD = 32;
/** From IF to EX and to MEM of an instruction that waits nowhere. */
const SWIFT_EXECUTE = 2;
const SWIFT_MEMORY = 3;

/** The `InstructionClass` of each operation. */
const KINDS = Uint8Array.from({ length: Operation.Stop + 1 }, (_, operation) =>
  classify(operation),
);

/** By `InstructionClass`: whether its registers have to be known even if nothing is waited for. */
const WRITES_LATE = new Uint8Array(InstructionClass.System + 1);
WRITES_LATE[InstructionClass.Float] = 1;
WRITES_LATE[InstructionClass.FloatDivide] = 1;
WRITES_LATE[InstructionClass.Csr] = 1;

/** What a pipeline's times are worked out from. */
export interface TimedParts {
  readonly ram: Ram;
  readonly trace: Trace;
  readonly parameters: InorderParameters;
  readonly memory: MemoryTiming;
  readonly predictor: BranchPredictor;
  /** Cells, by `PipelineWord`. */
  readonly pipeline: Int32Array;
  /** When each store leaves the store buffer. */
  readonly stores: Int32Array;
  /** By `CountedEvent`. */
  readonly events: Float64Array;
  readonly accounts: Accounts;
}

export class TraceTiming {
  readonly #ram: Ram;
  readonly #trace: Trace;
  readonly #parameters: InorderParameters;
  readonly #memory: MemoryTiming;
  readonly #predictor: BranchPredictor;
  readonly #pipeline: Int32Array;
  readonly #stores: Int32Array;
  readonly #events: Float64Array;
  readonly #accounts: Accounts;
  /** The registers of the instruction that `operandsReady` was asked about last. */
  readonly use: RegisterUse = { first: 0, second: 0, third: 0, written: 0 };
  /** What the last call of `fetchTime` found a fetch to take beyond its one cycle. */
  fetchCost = 0;
  /** Why the last call of `operandsReady` found what it did. */
  operandsWhy: number = Reason.Execute;

  constructor(parts: TimedParts) {
    this.#ram = parts.ram;
    this.#trace = parts.trace;
    this.#parameters = parts.parameters;
    this.#memory = parts.memory;
    this.#predictor = parts.predictor;
    this.#pipeline = parts.pipeline;
    this.#stores = parts.stores;
    this.#events = parts.events;
    this.#accounts = parts.accounts;
  }

  /** Cycles of a division: one for each bit of the quotient, between two bounds. */
  divideLatency(operation: number, dividend: number, divisor: number): number {
    const { divideShortest, divideLongest } = this.#parameters;
    const cycles = divideShortest + divideCycles(operation, dividend, divisor);
    return cycles < divideLongest ? cycles : divideLongest;
  }

  /**
   * Times the instructions of the trace, the first of which is fetched at `start`, charges their
   * waiting, and leaves the pipeline as they do: when the next instruction is fetched.
   * @param fetchSatp `satp` for fetches, `dataSatp` for data; not negative: no translation
   */
  replay(start: number, instructions: number, fetchSatp: number, dataSatp: number): number {
    const p = this.#pipeline;
    const { words } = this.#ram;
    const trace = this.#trace;
    const log = trace.words;
    const logged = trace.length;
    const parameters = this.#parameters;
    const { loadLatency, narrowLoadLatency, multiplyLatency, multiplyPipelined } = parameters;
    const { mispredictPenalty } = parameters;
    const memory = this.#memory;
    const { keepsLines } = memory;
    const predictor = this.#predictor;
    const stores = this.#stores;
    const events = this.#events;
    const { current, row } = this.#accounts;
    let t = start;
    let left = instructions;
    let fetchLine = p[PipelineWord.FetchLine];
    let executeBefore = p[PipelineWord.Execute];
    let executeWhyBefore = p[PipelineWord.ExecuteWhy];
    let memoryBefore = p[PipelineWord.Memory];
    let memoryWhyBefore = p[PipelineWord.MemoryWhy];
    let writeBackBefore = p[PipelineWord.WriteBack];
    let writeBackWhyBefore = p[PipelineWord.WriteBackWhy];
    let latestReady = p[PipelineWord.LatestReady];
    let recent = p[PipelineWord.NextRecent];
    let nextWhy: number = Reason.Execute;
    // From when on a plain instruction of the line that is fetched from waits nowhere.
    let settled = Math.max(
      executeBefore - 1,
      memoryBefore - 2,
      writeBackBefore - 3,
      latestReady - 2,
    );
    let at = 0;

    while (at < logged) {
      const block = log[at + TraceWord.Block];
      const count = log[at + TraceWord.Count];
      const edge = log[at + TraceWord.Edge];
      at += TraceWord.Header;
      const codeOffset = words[block + BlockWord.Offset];
      const codeAddress = words[block + BlockWord.Address];
      let shorts = words[block + BlockWord.ShortLow];
      let record = block + BlockWord.Records;
      let distance = 0;

      for (let index = 0; index < count; index++) {
        const operation = words[record];
        const kind = KINDS[operation];
        const size = (shorts & 1) === 0 ? LONG_BYTES : HALF_BYTES;
        const offset = codeOffset + distance;
        const isNewLine =
          offset >> LINE_SHIFT !== fetchLine ||
          ((offset & LINE_MASK) === LAST_HALF && size === LONG_BYTES);
        // What is older than the last few instructions leaves no trace in the pipeline.
        const isRecent = left <= RECENT_INSTRUCTIONS;
        left--;

        if (kind === (InstructionClass.Plain as number) && t >= settled && !isNewLine) {
          if (isRecent) {
            const first = PipelineWord.Recent + recent * RecentWord.Words;
            p[first + RecentWord.Pc] = codeAddress + distance;
            p[first + RecentWord.Fetch] = t;
            p[first + RecentWord.Used] = RecentUse.Swift;
          }
          recent = (recent + 1) & (RECENT_INSTRUCTIONS - 1);
          executeBefore = t + SWIFT_EXECUTE;
          executeWhyBefore = Reason.Execute;
          memoryBefore = t + SWIFT_MEMORY;
          memoryWhyBefore = Reason.Execute;
          writeBackBefore = t + SHORTEST_PASSAGE;
          writeBackWhyBefore = Reason.Execute;
          nextWhy = Reason.Execute;
          t++;
          distance += size;
          record += Record.Words;
          shorts = index === BITS_PER_WORD - 1 ? words[block + BlockWord.ShortHigh] : shorts >>> 1;
          continue;
        }

        // IF
        let decode = t + 1;
        let decodeWhy: number = Reason.Execute;
        if (isNewLine) {
          const pc = (codeAddress + distance) | 0;
          fetchLine = this.fetchTime(offset, pc, size, fetchLine, keepsLines, fetchSatp);
          if (this.fetchCost > 0) {
            decode += this.fetchCost;
            decodeWhy = memory.reason;
          }
        }
        if (executeBefore > decode) {
          decode = executeBefore;
          decodeWhy = executeWhyBefore;
        }
        // ID
        let execute = decode + 1;
        let executeWhy: number = Reason.Execute;
        if (memoryBefore > execute) {
          execute = memoryBefore;
          executeWhy = memoryWhyBefore;
        }
        if (latestReady > execute || WRITES_LATE[kind] !== 0) {
          const a = words[record + Record.A];
          const b = words[record + Record.B];
          const c = words[record + Record.C];
          const ready = this.operandsReady(operation, a, b, c);
          if (ready > execute) {
            execute = ready;
            executeWhy = this.operandsWhy;
          }
        }
        // Units that take longer than a cycle.
        if (kind === (InstructionClass.Multiply as number)) {
          if (p[PipelineWord.MultiplierFree] > execute) {
            execute = p[PipelineWord.MultiplierFree];
            executeWhy = Reason.Multiply;
          }
          const ready = execute + multiplyLatency;
          p[PipelineWord.MultiplierFree] = multiplyPipelined ? execute + 1 : ready;
          const rd = words[record + Record.A];
          p[PipelineWord.Ready + rd] = ready;
          p[PipelineWord.Why + rd] = Reason.Multiply;
          if (ready > latestReady) latestReady = ready;
        } else if (kind === (InstructionClass.Divide as number)) {
          if (p[PipelineWord.DividerFree] > execute) {
            execute = p[PipelineWord.DividerFree];
            executeWhy = Reason.Divide;
          }
          const ready = execute + this.divideLatency(operation, log[at], log[at + 1]);
          at += 2;
          p[PipelineWord.DividerFree] = ready;
          const rd = words[record + Record.A];
          p[PipelineWord.Ready + rd] = ready;
          p[PipelineWord.Why + rd] = Reason.Divide;
          if (ready > latestReady) latestReady = ready;
        } else if (kind === (InstructionClass.Float as number)) {
          const ready = execute + parameters.floatLatency;
          const { written } = this.use;
          p[PipelineWord.Ready + written] = ready;
          p[PipelineWord.Why + written] = Reason.Float;
          if (ready > latestReady) latestReady = ready;
        } else if (kind === (InstructionClass.FloatDivide as number)) {
          if (p[PipelineWord.DividerFree] > execute) {
            execute = p[PipelineWord.DividerFree];
            executeWhy = Reason.Float;
          }
          const ready = execute + parameters.floatDivideLatency;
          const { written } = this.use;
          p[PipelineWord.DividerFree] = ready;
          p[PipelineWord.Ready + written] = ready;
          p[PipelineWord.Why + written] = Reason.Float;
          if (ready > latestReady) latestReady = ready;
        } else if (kind === (InstructionClass.Csr as number)) {
          const ready = execute + parameters.csrLatency;
          const { written } = this.use;
          p[PipelineWord.Ready + written] = ready;
          p[PipelineWord.Why + written] = Reason.CsrRead;
          if (ready > latestReady) latestReady = ready;
        }
        // EX
        let memoryTime = execute + 1;
        let memoryWhy: number = Reason.Execute;
        if (writeBackBefore > memoryTime) {
          memoryTime = writeBackBefore;
          memoryWhy = writeBackWhyBefore;
        }
        // MEM
        let writeBack = memoryTime + 1;
        let writeBackWhy: number = Reason.Execute;
        if (kind === (InstructionClass.Store as number)) {
          const cost = memory.access(log[at + 1], log[at], dataSatp, true);
          at += 2;
          const slot = p[PipelineWord.NextStore];
          const free = stores[slot];
          if (free > memoryTime) {
            writeBack = free + 1;
            writeBackWhy = Reason.StoreBuffer;
          }
          const drained = Math.max(p[PipelineWord.Drained], writeBack - 1) + 1 + cost;
          p[PipelineWord.Drained] = drained;
          stores[slot] = drained;
          p[PipelineWord.NextStore] = slot + 1 === stores.length ? 0 : slot + 1;
        } else if (
          kind === (InstructionClass.Load as number) ||
          kind === (InstructionClass.Atomic as number)
        ) {
          const isAtomic = kind === (InstructionClass.Atomic as number);
          const cost = memory.access(log[at + 1], log[at], dataSatp, isAtomic);
          at += 2;
          let why: number = Reason.LoadUse;
          if (cost > 0) {
            writeBack += cost;
            writeBackWhy = memory.reason;
            why = memory.reason;
          }
          if (isAtomic && p[PipelineWord.Drained] > writeBack) {
            writeBack = p[PipelineWord.Drained];
            writeBackWhy = Reason.Atomic;
          }
          const isNarrow =
            operation !== (Operation.LoadWord as number) && operation <= Operation.LoadHalfUnsigned;
          const ready = writeBack + (isNarrow ? narrowLoadLatency : loadLatency) - 2;
          const rd =
            operation >= Operation.LoadFloatHalf && !isAtomic
              ? floatOf(words[record + Record.A])
              : words[record + Record.A];
          p[PipelineWord.Ready + rd] = ready;
          p[PipelineWord.Why + rd] = why;
          if (ready > latestReady) latestReady = ready;
        }
        // When the next one is fetched.
        let next = decode;
        nextWhy = decodeWhy;
        if (operation >= Operation.BranchEqual && operation <= Operation.JumpAndLinkRegister) {
          const pc = (codeAddress + distance) | 0;
          let isPredicted: boolean;
          if (operation === (Operation.JumpAndLinkRegister as number)) {
            isPredicted = this.jumped(
              pc,
              log[at],
              words[record + Record.A],
              words[record + Record.B],
              words[block + BlockWord.FallAddress],
            );
            at++;
          } else if (operation === (Operation.JumpAndLink as number)) {
            const to = words[block + BlockWord.TakenAddress];
            isPredicted = predictor.jump(pc, to);
            if (isReturnStackRegister(words[record + Record.A])) {
              predictor.call(words[block + BlockWord.FallAddress]);
            }
            if (!isPredicted) events[CountedEvent.TargetMispredicted]++;
          } else {
            const isTaken = edge === block + BlockWord.TakenLink;
            isPredicted = predictor.branch(pc, isTaken, words[block + BlockWord.TakenAddress]);
            if (!isPredicted) events[CountedEvent.DirectionMispredicted]++;
          }
          if (!isPredicted && execute - 1 + mispredictPenalty > next) {
            next = execute - 1 + mispredictPenalty;
            nextWhy = Reason.BranchFlush;
          }
        } else if (
          kind === (InstructionClass.Csr as number) &&
          writesCsrWithFlush(words[record + Record.C]) &&
          execute - 1 + parameters.csrWritePenalty > next
        ) {
          next = execute - 1 + parameters.csrWritePenalty;
          nextWhy = Reason.CsrWrite;
        }
        if (isRecent) {
          const first = PipelineWord.Recent + recent * RecentWord.Words;
          p[first + RecentWord.Pc] = codeAddress + distance;
          p[first + RecentWord.Fetch] = t;
          p[first + RecentWord.Decode] = decode;
          p[first + RecentWord.Execute] = execute;
          p[first + RecentWord.Memory] = memoryTime;
          p[first + RecentWord.WriteBack] = writeBack;
          p[first + RecentWord.Reasons] =
            decodeWhy | (executeWhy << 8) | (memoryWhy << 16) | (writeBackWhy << 24);
          p[first + RecentWord.Used] = RecentUse.Full;
        }
        recent = (recent + 1) & (RECENT_INSTRUCTIONS - 1);
        const gap = next - t - 1;
        if (gap > 0) {
          current[row + nextWhy] += gap;
          events[nextWhy] += gap;
        }
        executeBefore = execute;
        executeWhyBefore = executeWhy;
        memoryBefore = memoryTime;
        memoryWhyBefore = memoryWhy;
        writeBackBefore = writeBack;
        writeBackWhyBefore = writeBackWhy;
        settled = Math.max(execute - 1, memoryTime - 2, writeBack - 3, latestReady - 2);
        t = next;
        distance += size;
        record += Record.Words;
        shorts = index === BITS_PER_WORD - 1 ? words[block + BlockWord.ShortHigh] : shorts >>> 1;
      }
    }

    p[PipelineWord.FetchLine] = fetchLine;
    p[PipelineWord.Execute] = executeBefore;
    p[PipelineWord.ExecuteWhy] = executeWhyBefore;
    p[PipelineWord.Memory] = memoryBefore;
    p[PipelineWord.MemoryWhy] = memoryWhyBefore;
    p[PipelineWord.WriteBack] = writeBackBefore;
    p[PipelineWord.WriteBackWhy] = writeBackWhyBefore;
    p[PipelineWord.LatestReady] = latestReady;
    p[PipelineWord.NextRecent] = recent;
    p[PipelineWord.NextFetch] = t;
    p[PipelineWord.NextWhy] = nextWhy;
    return t;
  }

  /** Fetches from the line or lines of an instruction; the line from which the next one may come. */
  fetchTime(
    offset: number,
    pc: number,
    size: number,
    line: number,
    keepsLines: boolean,
    satp: number,
  ): number {
    const memory = this.#memory;
    let cost = 0;
    let reason: Reason = Reason.Execute;
    const first = offset >> LINE_SHIFT;
    const last = (offset + size - HALF_BYTES) >> LINE_SHIFT;
    if (first !== line) {
      cost = memory.fetch(offset, pc, satp);
      reason = memory.reason;
    }
    if (last !== first) {
      cost += memory.fetch(offset + HALF_BYTES, (pc + HALF_BYTES) | 0, satp);
    }
    if (cost > 0 && reason !== Reason.Execute && memory.reason === Reason.Execute) {
      memory.reason = reason;
    }
    this.fetchCost = cost;
    return keepsLines ? last : NO_LINE;
  }

  /** When all registers that an instruction reads or writes can be used. */
  operandsReady(operation: number, a: number, b: number, c: number): number {
    const use = this.use;
    readsAndWrites(operation, a, b, c, use);
    let ready = 0;
    let register = use.first;
    const p = this.#pipeline;
    if (p[use.second] > p[register]) register = use.second;
    if (p[use.third] > p[register]) register = use.third;
    // Results that nobody keeps are not waited for.
    const { written } = use;
    if (written !== HartWord.XSink && p[written] > p[register]) register = written;
    ready = p[register];
    this.operandsWhy = p[PipelineWord.Why + register];
    return ready;
  }

  /** An indirect jump was executed: whether it had been predicted. */
  jumped(pc: number, target: number, rd: number, rs1: number, back: number): boolean {
    const predictor = this.#predictor;
    const isReturn = isReturnStackRegister(rs1) && rs1 !== rd;
    const isPredicted = isReturn ? predictor.return(pc, target) : predictor.jump(pc, target);
    if (isReturnStackRegister(rd)) predictor.call(back);
    if (!isPredicted) this.#events[CountedEvent.TargetMispredicted]++;
    return isPredicted;
  }
}
