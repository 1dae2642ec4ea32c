/**
 * The engine of the in-order clock model. An instruction takes its effect in the cycle in which it is
 * fetched; when it comes to each later stage, and why it waits before, follows at that moment from
 * the instructions before it:
 *
 *     IF  = when the one before went to ID, or where a jump was resolved
 *     ID  = max(IF + fetch, EX of the one before)
 *     EX  = max(ID + 1, operands ready, unit free, MEM of the one before)
 *     MEM = max(EX + 1, WB of the one before)
 *     WB  = MEM + 1 + what the access takes beyond a hit
 *
 * The clock stands at the next instruction's IF. Plain instructions are executed many at a time by
 * the interpreter, which writes down what they did, and then timed (`TraceTiming`). Every other one,
 * and everything unusual, the interpreter performs by itself, with the clock at its cycle
 * (`#single`); both lead to the same times, since all that decides them is declared state.
 */
import type { Ram } from '../bus/ram.ts';
import { CSR_ADDRESSES } from '../hart/csr-addresses.ts';
import { isTranslating } from '../hart/csr-file.ts';
import { Attention, type HartState } from '../hart/hart-state.ts';
import type { Hart } from '../hart/hart.ts';
import { csrOf } from '../hart/instruction-fields.ts';
import { Mstatus } from '../hart/mstatus.ts';
import { Access, Privilege } from '../hart/privilege.ts';
import { HartWord, TlbShape } from '../hart/state-layout.ts';
import { CycleClock } from '../timing/clock.ts';
import { BranchPredictor } from '../timing/inorder/branch-predictor.ts';
import { Accounts, type ChargedCycles } from '../timing/inorder/accounts.ts';
import { CountedEvent, countSelected, selectsCommitted } from '../timing/inorder/events.ts';
import { MemoryTiming, type SharedMemoryTiming } from '../timing/inorder/memory-timing.ts';
import type { InorderParameters } from '../timing/inorder/parameters.ts';
import { rebase } from '../timing/inorder/pipeline-origin.ts';
import { viewPipeline, type PipelineView } from '../timing/inorder/pipeline-view.ts';
import { Reason } from '../timing/inorder/reasons.ts';
import { EVENT_COUNTERS } from '../hart/counters.ts';
import {
  PipelineWord,
  RecentUse,
  RecentWord,
  RECENT_INSTRUCTIONS,
  TimingArea,
  TimingLimit,
  timingOffset,
} from '../timing/inorder/timing-layout.ts';
import { BlockWord, NOT_IN_RAM, type BlockCache } from './block-cache.ts';
import { NO_BLOCK, TagMask, Tlb } from './block-record.ts';
import { committedEvent } from './committed-events.ts';
import { decodeInstruction, isLong } from './decode.ts';
import { emptyInstruction } from './decoded-instruction.ts';
import { Interpreter } from './interpreter.ts';
import { Operation } from './operations.ts';
import { LONGEST_TRACE } from './trace.ts';
import { LAST_HALF, LINE_MASK, LINE_SHIFT, NO_LINE, TraceTiming } from './trace-timing.ts';
import {
  classify,
  InstructionClass,
  isReturnStackRegister,
  longestInstruction,
  writesCsrWithFlush,
} from './instruction-timing.ts';

const HALF_BYTES = 2;
const HALF_BITS = 16;
const LONG_BYTES = 4;
const NOWHERE = -1;
/** No number of choices. */
const NOT_READ = -1;
/** Times count from an origin, which moves before they leave 31 bits. */
const FURTHEST = 2 ** 29;
const FENCE_I = 1;
const FUNCT3_SHIFT = 12;
const FUNCT3_MASK = 7;
const BYTES_PER_WORD = 4;
const CELL_WORDS = 0x8000 / BYTES_PER_WORD;

/** What one engine adds to a snapshot of the machine. */
export interface SavedEngine {
  readonly cells: Uint8Array;
  readonly charged: readonly ChargedCycles[];
}

export class InorderEngine {
  readonly #hart: HartState;
  readonly #unit: Hart;
  readonly #ram: Ram;
  readonly #clock: CycleClock;
  readonly #parameters: InorderParameters;
  readonly #memory: MemoryTiming;
  readonly #predictor: BranchPredictor;
  /** Cells, by `PipelineWord`. */
  readonly #pipeline: Int32Array;
  readonly #origin: Float64Array;
  readonly #events: Float64Array;
  readonly #stores: Int32Array;
  readonly #area: Int32Array;
  /** Executes single instructions by a clock of its own, on which each takes one cycle. */
  readonly #interpreter: Interpreter;
  readonly #steps = new CycleClock();
  readonly #accounts = new Accounts();
  readonly #decoded = emptyInstruction();
  readonly #timing: TraceTiming;
  readonly #longestInstruction: number;
  /** `satp` as it is for fetches and for data; not negative: no translation. */
  #fetchSatp = 0;
  #dataSatp = 0;
  /** Every instruction is to be classified, since a counter counts some kind. */
  #countsCommitted = false;
  /** `Counters.choices` for which that is known. */
  #knownChoices = NOT_READ;
  /** Instructions and traps that have begun, since the model was chosen. */
  started = 0;
  /** The next instruction executes even if a breakpoint is at it. */
  passesBreakpoint = false;
  /** The hart has come to a breakpoint and stands before its instruction. */
  atBreakpoint = false;

  constructor(
    unit: Hart,
    ram: Ram,
    clock: CycleClock,
    blocks: BlockCache,
    parameters: InorderParameters,
    shared: SharedMemoryTiming,
  ) {
    const { state } = unit;
    this.#hart = state;
    this.#unit = unit;
    this.#ram = ram;
    this.#clock = clock;
    this.#parameters = parameters;
    const base = timingOffset(state.index);
    const cells = (offset: number, count: number) =>
      new Int32Array(ram.buffer, base + offset, count);
    this.#area = cells(0, CELL_WORDS);
    this.#pipeline = cells(TimingArea.Pipeline, PipelineWord.End);
    this.#origin = new Float64Array(ram.buffer, base + PipelineWord.Origin * BYTES_PER_WORD, 1);
    this.#events = new Float64Array(ram.buffer, base + TimingArea.Events, CountedEvent.End);
    this.#stores = cells(TimingArea.Stores, parameters.storeEntries);
    this.#memory = new MemoryTiming(
      ram,
      parameters,
      {
        instructionLines: cells(TimingArea.InstructionCache, TimingLimit.Lines),
        dataLines: cells(TimingArea.DataCache, TimingLimit.Lines),
        fetchKeys: cells(TimingArea.FetchTranslations, TimingLimit.Translations),
        dataKeys: cells(TimingArea.DataTranslations, TimingLimit.Translations),
        sharedKeys: cells(TimingArea.SharedTranslations, TimingLimit.SharedTranslations),
        events: this.#events,
      },
      shared,
    );
    this.#longestInstruction = longestInstruction(parameters);
    this.#predictor = new BranchPredictor(
      {
        pipeline: this.#pipeline,
        targetKeys: cells(TimingArea.TargetKeys, parameters.targetEntries),
        targets: cells(TimingArea.Targets, parameters.targetEntries),
        counters: cells(TimingArea.Histories, parameters.historyEntries),
        returns: cells(TimingArea.Returns, parameters.returnEntries),
      },
      parameters.historyBits,
    );
    this.#interpreter = new Interpreter(
      state,
      ram,
      this.#steps,
      unit.memory,
      unit.traps,
      unit.system,
      blocks,
    );
    this.#timing = new TraceTiming({
      ram,
      trace: this.#interpreter.trace,
      parameters,
      memory: this.#memory,
      predictor: this.#predictor,
      pipeline: this.#pipeline,
      stores: this.#stores,
      events: this.#events,
      accounts: this.#accounts,
    });
  }

  /** Empty pipeline, caches and buffers, at the hart's present cycle. */
  start(): void {
    this.#area.fill(0);
    this.#predictor.load();
    this.#origin[0] = this.#unit.cycle;
    this.#pipeline[PipelineWord.FetchLine] = NO_LINE;
    this.#accounts.clear();
    this.#knownChoices = NOT_READ;
    this.started = 0;
    this.#unit.counters.events = { count: (selector) => countSelected(this.#events, selector) };
  }

  /** Cycles until the next instruction can begin. */
  get untilNext(): number {
    const now = this.#unit.cycle - this.#origin[0];
    return Math.max(this.#pipeline[PipelineWord.NextFetch] - now, 0);
  }

  /** What changes when an instruction begins, or time passes for a hart that waits. */
  get progress(): number {
    return this.#unit.isWaiting ? -1 - this.#unit.cycle : this.started;
  }

  /** The pipeline at the hart's present cycle. */
  get view(): PipelineView {
    return viewPipeline(this.#pipeline, this.#unit.cycle - this.#origin[0]);
  }

  /** Where the hart's cycles since the model was chosen went; their sum is the time since. */
  get charged(): readonly ChargedCycles[] {
    this.#chooseAccount();
    const ahead = this.#pipeline[PipelineWord.NextFetch] - (this.#unit.cycle - this.#origin[0]);
    const why = ahead > 0 ? this.#pipeline[PipelineWord.NextWhy] : Reason.Wait;
    const { current, row } = this.#accounts;
    current[row + why] -= ahead;
    const list = this.#accounts.list();
    current[row + why] += ahead;
    return list;
  }

  /**
   * Brings the cells to the one form that a state has: times count from the present cycle, and what
   * is over makes no difference any more.
   */
  save(): void {
    const p = this.#pipeline;
    const now = this.#unit.cycle - this.#origin[0];
    if (now > p[PipelineWord.NextFetch]) {
      this.#chooseAccount();
      this.#charge(Reason.Wait, now - p[PipelineWord.NextFetch]);
      p[PipelineWord.NextFetch] = now;
    }
    rebase(p, this.#stores, now);
    this.#origin[0] += now;
  }

  /** The cells and the charges, to be put back with `restore`. */
  snapshot(): SavedEngine {
    this.save();
    return {
      cells: new Uint8Array(
        this.#area.buffer,
        this.#area.byteOffset,
        this.#area.byteLength,
      ).slice(),
      charged: this.#accounts.list(),
    };
  }

  /** The inverse of `snapshot`, after `start`. */
  restore({ cells, charged }: SavedEngine): void {
    new Uint8Array(this.#area.buffer, this.#area.byteOffset, this.#area.byteLength).set(cells);
    this.#accounts.restore(charged);
    this.#predictor.load();
  }

  /** As `Interpreter.run`. */
  run(): void {
    const hart = this.#hart;
    const clock = this.#clock;
    this.#resume();
    for (;;) {
      clock.shortened = false;
      if (clock.remaining <= 0 || (hart.attention & Attention.Stop) !== 0 || !this.#arrive()) {
        return;
      }
      let isPlain = !this.passesBreakpoint && !this.#countsCommitted;
      if ((hart.attention & Attention.Interrupts) !== 0) {
        const isDue = this.#unit.traps.pendingInterrupt() >= 0;
        if (isDue || (hart.words[HartWord.Waiting] !== 0 && this.#unit.traps.wakesUp())) {
          isPlain = false;
        } else {
          hart.attention &= ~Attention.Interrupts;
        }
      }
      if (hart.words[HartWord.Waiting] !== 0 && isPlain) {
        return;
      }
      if (isPlain && (hart.attention & (Attention.Regime | Attention.Code)) !== 0) {
        hart.attention &= ~(Attention.Regime | Attention.Code);
        this.#unit.memory.refresh();
      }
      if (isPlain) {
        this.#execute();
        if (clock.remaining <= 0 || !this.#arrive()) {
          return;
        }
      }
      if (!this.#single()) {
        return;
      }
    }
  }

  /** Follows the clock, which went on while the hart waited. */
  #resume(): void {
    const p = this.#pipeline;
    let now = this.#clock.now - this.#origin[0];
    if (now > FURTHEST) {
      this.save();
      now = 0;
    }
    const waited = now - p[PipelineWord.NextFetch];
    this.#chooseAccount();
    if (waited > 0) {
      this.#charge(Reason.Wait, waited);
      p[PipelineWord.NextFetch] = now;
    }
    if (this.#unit.counters.choices !== this.#knownChoices) this.#readSelectors();
  }

  #readSelectors(): void {
    this.#knownChoices = this.#unit.counters.choices;
    this.#countsCommitted = EVENT_COUNTERS.some((counter) =>
      selectsCommitted(this.#unit.counters.readEvent(counter)),
    );
  }

  /** Lets the time pass up to the next fetch; false if the slice ends before. */
  #arrive(): boolean {
    const clock = this.#clock;
    const now = clock.now - this.#origin[0];
    const time = this.#pipeline[PipelineWord.NextFetch] - now;
    const passed = Math.min(time, clock.remaining);
    if (passed > 0) {
      this.#hart.nonRetiringCycles += passed;
      clock.remaining -= passed;
    }
    return clock.remaining > 0;
  }

  #charge(reason: number, cycles: number): void {
    const { current, row } = this.#accounts;
    current[row + reason] += cycles;
    this.#events[reason] += cycles;
  }

  #chooseAccount(): void {
    const { words, privilege } = this.#hart;
    const satp = words[HartWord.Satp];
    const isMachine = privilege === Privilege.Machine;
    this.#fetchSatp = !isMachine && isTranslating(satp) ? satp : 0;
    const status = words[HartWord.Mstatus];
    const isModified = isMachine && (status & Mstatus.MPRV) !== 0;
    const effective = isModified ? (status & Mstatus.MPP) >>> Mstatus.MppShift : privilege;
    this.#dataSatp = effective !== (Privilege.Machine as number) && isTranslating(satp) ? satp : 0;
    this.#accounts.choose(this.#fetchSatp, privilege);
  }

  /** Executes and times plain instructions from the hart's pc, until one is not or the slice ends. */
  #execute(): void {
    const clock = this.#clock;
    const limit = (clock.deadline - this.#origin[0]) | 0;
    const start = (limit - clock.remaining) | 0;
    const count = this.#interpreter.runPlainly(this.#certainlyBefore(start, limit));
    if (count === 0) return;
    const t = this.#timing.replay(start, count, this.#fetchSatp, this.#dataSatp);
    this.#events[Reason.Execute] += count;
    this.#accounts.current[this.#accounts.row] += count;
    this.started += count;
    const end = Math.min(t, limit);
    this.#hart.nonRetiringCycles += end - start - count;
    clock.remaining = limit - end;
  }

  /** How many instructions, the next one among them, begin before `limit` however long each takes. */
  #certainlyBefore(start: number, limit: number): number {
    const p = this.#pipeline;
    const pending = Math.max(
      start,
      p[PipelineWord.Execute],
      p[PipelineWord.Memory],
      p[PipelineWord.WriteBack],
      p[PipelineWord.LatestReady],
      p[PipelineWord.MultiplierFree],
      p[PipelineWord.DividerFree],
      p[PipelineWord.Drained],
    );
    const more = Math.floor((limit - 1 - pending) / this.#longestInstruction);
    return Math.min(Math.max(more + 1, 1), LONGEST_TRACE);
  }

  /** Lets the interpreter do one thing, and times it; false if it did nothing. */
  #single(): boolean {
    const hart = this.#hart;
    const clock = this.#clock;
    const x = hart.words;
    const p = this.#pipeline;
    const t = clock.now - this.#origin[0];
    const pc = hart.pc;
    this.#chooseAccount();
    const fetchSatp = this.#fetchSatp;
    const dataSatp = this.#dataSatp;
    const interrupt =
      (hart.attention & Attention.Interrupts) !== 0 && this.#unit.traps.pendingInterrupt() >= 0;
    const offset = interrupt ? NOWHERE : this.#codeAt(pc);
    const { operation, a, b, c, length, target } = this.#decoded;
    const kind = classify(operation);
    const isFloatAccess =
      operation >= Operation.LoadFloatHalf && operation <= Operation.StoreFloatDouble;
    const isAccess = kind === InstructionClass.Load || kind === InstructionClass.Store;
    const base =
      kind === InstructionClass.Atomic ? x[b] : isAccess || isFloatAccess ? (x[b] + c) | 0 : 0;
    const dividend = x[b];
    const divisor = kind === InstructionClass.Divide ? x[c] : 0;
    const satpBefore = x[HartWord.Satp];
    const nonRetiring = hart.nonRetiringCycles;

    this.#steps.startSlice(this.#steps.now + 1);
    this.#interpreter.passesBreakpoint = this.passesBreakpoint;
    this.#interpreter.run();
    this.#interpreter.passesBreakpoint = false;
    if (this.#interpreter.atBreakpoint) {
      this.#interpreter.atBreakpoint = false;
      this.atBreakpoint = true;
      return false;
    }
    if (this.#steps.remaining > 0) {
      return false;
    }
    this.passesBreakpoint = false;
    const hasTrapped = hart.nonRetiringCycles !== nonRetiring;
    this.started++;

    const parameters = this.#parameters;
    const memory = this.#memory;
    const events = this.#events;
    let next = t + 1;
    let nextWhy: number = Reason.Execute;
    if (interrupt && hasTrapped) {
      next = t + 1 + parameters.trapPenalty;
      nextWhy = Reason.Trap;
      p[PipelineWord.FetchLine] = NO_LINE;
    } else {
      // IF
      let decode = t + 1;
      let decodeWhy: number = Reason.Execute;
      if (offset < 0) {
        decode += parameters.deviceLatency;
        decodeWhy = Reason.Device;
        p[PipelineWord.FetchLine] = NO_LINE;
      } else {
        const line = p[PipelineWord.FetchLine];
        const isCrossing = (offset & LINE_MASK) === LAST_HALF && length === LONG_BYTES;
        if (offset >> LINE_SHIFT !== line || isCrossing) {
          p[PipelineWord.FetchLine] = this.#timing.fetchTime(
            offset,
            pc,
            length,
            line,
            memory.keepsLines,
            fetchSatp,
          );
          if (this.#timing.fetchCost > 0) {
            decode += this.#timing.fetchCost;
            decodeWhy = memory.reason;
          }
        }
      }
      if (p[PipelineWord.Execute] > decode) {
        decode = p[PipelineWord.Execute];
        decodeWhy = p[PipelineWord.ExecuteWhy];
      }
      // ID
      let execute = decode + 1;
      let executeWhy: number = Reason.Execute;
      if (p[PipelineWord.Memory] > execute) {
        execute = p[PipelineWord.Memory];
        executeWhy = p[PipelineWord.MemoryWhy];
      }
      const ready = this.#timing.operandsReady(operation, a, b, c);
      if (ready > execute) {
        execute = ready;
        executeWhy = this.#timing.operandsWhy;
      }
      let latency = 1;
      let latencyWhy: Reason = Reason.Execute;
      switch (kind) {
        case InstructionClass.Multiply:
        case InstructionClass.Divide: {
          const isDivision = kind === InstructionClass.Divide;
          const word = isDivision ? PipelineWord.DividerFree : PipelineWord.MultiplierFree;
          latencyWhy = isDivision ? Reason.Divide : Reason.Multiply;
          latency = isDivision
            ? this.#timing.divideLatency(operation, dividend, divisor)
            : parameters.multiplyLatency;
          if (p[word] > execute) {
            execute = p[word];
            executeWhy = latencyWhy;
          }
          p[word] = isDivision || !parameters.multiplyPipelined ? execute + latency : execute + 1;
          break;
        }
        case InstructionClass.Csr:
          latency = parameters.csrLatency;
          latencyWhy = Reason.CsrRead;
          break;
        case InstructionClass.Float:
          latency = parameters.floatLatency;
          latencyWhy = Reason.Float;
          break;
        case InstructionClass.FloatDivide:
          latency = parameters.floatDivideLatency;
          latencyWhy = Reason.Float;
          if (p[PipelineWord.DividerFree] > execute) {
            execute = p[PipelineWord.DividerFree];
            executeWhy = Reason.Float;
          }
          p[PipelineWord.DividerFree] = execute + latency;
          break;
      }
      // EX
      let memoryTime = execute + 1;
      let memoryWhy: number = Reason.Execute;
      if (p[PipelineWord.WriteBack] > memoryTime) {
        memoryTime = p[PipelineWord.WriteBack];
        memoryWhy = p[PipelineWord.WriteBackWhy];
      }
      // MEM
      let writeBack = memoryTime + 1;
      let writeBackWhy: number = Reason.Execute;
      const isMemory = isAccess || kind === InstructionClass.Atomic;
      if (isMemory && !hasTrapped) {
        const isStore = kind === InstructionClass.Store;
        const place = this.#dataAt(base, kind !== InstructionClass.Load);
        let cost: number;
        let why: Reason;
        if (place < 0) {
          cost = parameters.deviceLatency;
          why = Reason.Device;
          events[CountedEvent.DeviceAccess]++;
        } else {
          cost = memory.access(place, base, dataSatp, kind !== InstructionClass.Load);
          why = memory.reason;
        }
        if (isStore && place >= 0) {
          const stores = this.#stores;
          const slot = p[PipelineWord.NextStore];
          if (stores[slot] > memoryTime) {
            writeBack = stores[slot] + 1;
            writeBackWhy = Reason.StoreBuffer;
          }
          const drained = Math.max(p[PipelineWord.Drained], writeBack - 1) + 1 + cost;
          p[PipelineWord.Drained] = drained;
          stores[slot] = drained;
          p[PipelineWord.NextStore] = slot + 1 === stores.length ? 0 : slot + 1;
        } else if (cost > 0) {
          writeBack += cost;
          writeBackWhy = why;
        }
        if (kind === InstructionClass.Atomic && p[PipelineWord.Drained] > writeBack) {
          writeBack = p[PipelineWord.Drained];
          writeBackWhy = Reason.Atomic;
        }
        if (!isStore) {
          const isWord =
            operation === Operation.LoadWord || kind === InstructionClass.Atomic || isFloatAccess;
          const result = isWord ? parameters.loadLatency : parameters.narrowLoadLatency;
          latency = writeBack + result - 2 - execute;
          latencyWhy = cost > 0 ? why : Reason.LoadUse;
        }
      }
      const { written } = this.#timing.use;
      if (latencyWhy !== Reason.Execute && !hasTrapped) {
        const readyThen = execute + latency;
        p[PipelineWord.Ready + written] = readyThen;
        p[PipelineWord.Why + written] = latencyWhy;
        p[PipelineWord.LatestReady] = Math.max(p[PipelineWord.LatestReady], readyThen);
      }
      // When the next one is fetched.
      next = decode;
      nextWhy = decodeWhy;
      const redirect = (penalty: number, why: Reason, from = execute) => {
        if (from - 1 + penalty > next) {
          next = from - 1 + penalty;
          nextWhy = why;
        }
      };
      if (hasTrapped) {
        redirect(parameters.trapPenalty, Reason.Trap);
        p[PipelineWord.FetchLine] = NO_LINE;
      } else {
        this.#followControl(kind, operation, pc, target, a, b, length, redirect);
        if (kind === InstructionClass.Return) {
          redirect(parameters.returnPenalty, Reason.Trap);
          p[PipelineWord.FetchLine] = NO_LINE;
        } else if (kind === InstructionClass.Fence) {
          const isInstructionFence = operation === Operation.Fence && this.#isFenceI;
          if (isInstructionFence) memory.dropInstructions();
          if (operation === Operation.FenceTranslations) memory.dropTranslations();
          if (operation !== Operation.Fence || isInstructionFence) {
            p[PipelineWord.FetchLine] = NO_LINE;
          }
          redirect(
            parameters.fencePenalty,
            Reason.Fence,
            Math.max(execute, p[PipelineWord.Drained]),
          );
        } else if (kind === InstructionClass.Csr) {
          if (x[HartWord.Satp] !== satpBefore) {
            if (parameters.asidBits === 0) memory.dropTranslations();
            p[PipelineWord.FetchLine] = NO_LINE;
          }
          if (writesCsrWithFlush(c)) redirect(parameters.csrWritePenalty, Reason.CsrWrite);
        }
      }
      const first = PipelineWord.Recent + p[PipelineWord.NextRecent] * RecentWord.Words;
      p[first + RecentWord.Pc] = pc;
      p[first + RecentWord.Fetch] = t;
      p[first + RecentWord.Decode] = decode;
      p[first + RecentWord.Execute] = execute;
      p[first + RecentWord.Memory] = memoryTime;
      p[first + RecentWord.WriteBack] = writeBack;
      p[first + RecentWord.Reasons] =
        decodeWhy | (executeWhy << 8) | (memoryWhy << 16) | (writeBackWhy << 24);
      p[first + RecentWord.Used] = RecentUse.Full;
      p[PipelineWord.NextRecent] = (p[PipelineWord.NextRecent] + 1) & (RECENT_INSTRUCTIONS - 1);
      p[PipelineWord.Execute] = execute;
      p[PipelineWord.ExecuteWhy] = executeWhy;
      p[PipelineWord.Memory] = memoryTime;
      p[PipelineWord.MemoryWhy] = memoryWhy;
      p[PipelineWord.WriteBack] = writeBack;
      p[PipelineWord.WriteBackWhy] = writeBackWhy;
    }
    this.#count(hasTrapped, kind);
    if (kind === InstructionClass.Csr && isEventSelector(csrOf(c))) this.#readSelectors();
    p[PipelineWord.NextFetch] = next;
    p[PipelineWord.NextWhy] = nextWhy;
    this.#charge(hasTrapped ? Reason.Trap : Reason.Execute, 1);
    this.#charge(nextWhy, next - t - 1);
    const passed = Math.min(next - t, clock.remaining);
    clock.remaining -= passed;
    hart.nonRetiringCycles += passed - 1;
    this.#chooseAccount();
    return true;
  }

  #followControl(
    kind: InstructionClass,
    operation: Operation,
    pc: number,
    target: number,
    rd: number,
    rs1: number,
    length: number,
    redirect: (penalty: number, why: Reason) => void,
  ): void {
    const { mispredictPenalty } = this.#parameters;
    const predictor = this.#predictor;
    const events = this.#events;
    const back = (pc + length) | 0;
    const now = this.#hart.pc;
    if (kind === InstructionClass.Branch) {
      const isTaken = now === target && (target !== back || this.#isTaken(operation, rd, rs1));
      if (!predictor.branch(pc, isTaken, target)) {
        events[CountedEvent.DirectionMispredicted]++;
        redirect(mispredictPenalty, Reason.BranchFlush);
      }
    } else if (kind === InstructionClass.Jump) {
      const isPredicted = predictor.jump(pc, target);
      if (isReturnStackRegister(rd)) predictor.call(back);
      if (!isPredicted) {
        events[CountedEvent.TargetMispredicted]++;
        redirect(mispredictPenalty, Reason.BranchFlush);
      }
    } else if (kind === InstructionClass.IndirectJump) {
      if (!this.#timing.jumped(pc, now, rd, rs1, back))
        redirect(mispredictPenalty, Reason.BranchFlush);
    }
  }

  /** Whether a branch that leads to the next instruction either way was taken. */
  #isTaken(operation: Operation, first: number, second: number): boolean {
    const x = this.#hart.words;
    const [a, b] = [x[first], x[second]];
    switch (operation) {
      case Operation.BranchEqual:
        return a === b;
      case Operation.BranchNotEqual:
        return a !== b;
      case Operation.BranchLess:
        return a < b;
      case Operation.BranchGreaterOrEqual:
        return a >= b;
      case Operation.BranchLessUnsigned:
        return a >>> 0 < b >>> 0;
      default:
        return a >>> 0 >= b >>> 0;
    }
  }

  #isFenceI = false;

  /** Decodes the instruction at `pc`; its offset in the machine's memory, or -1 outside RAM. */
  #codeAt(pc: number): number {
    const hart = this.#hart;
    const decoded = this.#decoded;
    const { words, halves } = this.#ram;
    if ((hart.attention & (Attention.Regime | Attention.Code)) !== 0) {
      hart.attention &= ~(Attention.Regime | Attention.Code);
      this.#unit.memory.refresh();
    }
    const block = this.#interpreter.enter(pc);
    // What is raised here is raised again where it is taken.
    hart.attention &= ~Attention.Exception;
    const offset = block === NO_BLOCK ? NOT_IN_RAM : words[block + BlockWord.Offset];
    if (offset === NOT_IN_RAM) {
      decoded.operation = Operation.Illegal;
      decoded.length = HALF_BYTES;
      return NOWHERE;
    }
    const tail = words[block + BlockWord.TailOffset];
    let instruction = halves[offset >>> 1];
    if (isLong(instruction)) {
      const second = tail === 0 ? offset + HALF_BYTES : tail;
      instruction |= halves[second >>> 1] << HALF_BITS;
    }
    decodeInstruction(instruction, pc, decoded);
    this.#isFenceI = ((instruction >>> FUNCT3_SHIFT) & FUNCT3_MASK) === FENCE_I;
    return offset;
  }

  /** Where data lies that was just accessed; -1: outside RAM. */
  #dataAt(address: number, isStore: boolean): number {
    const { words } = this.#ram;
    const { loadTlb } = this.#unit.memory;
    const set = isStore ? loadTlb + TlbShape.StoreWords : loadTlb;
    const entry = set + (((address >>> Tlb.Shift) ^ (address >>> Tlb.FoldShift)) & Tlb.Mask);
    if (words[entry] === (address & TagMask.Byte)) return (address + words[entry + 1]) | 0;
    const place = this.#unit.translate(address, isStore ? Access.Store : Access.Load);
    return place === undefined || !this.#isInRam(place) ? NOWHERE : this.#ram.offsetOf(place);
  }

  #isInRam(physical: number | undefined): boolean {
    return (
      physical !== undefined &&
      physical >= this.#ram.base &&
      physical < this.#ram.base + this.#ram.size
    );
  }

  #count(hasTrapped: boolean, kind: InstructionClass): void {
    if (hasTrapped) {
      this.#events[CountedEvent.Exception]++;
      return;
    }
    if (!this.#countsCommitted) return;
    const { operation, c } = this.#decoded;
    this.#events[committedEvent(kind, operation, c)]++;
  }
}

/** Whether a CSR is one of `mhpmevent3` to `mhpmevent31`. */
function isEventSelector(address: number): boolean {
  return address >= CSR_ADDRESSES.mhpmevent3 && address <= CSR_ADDRESSES.mhpmevent31;
}
