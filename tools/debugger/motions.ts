/** The commands that make the guest run: on and on, an instruction, a line, out of a function. */
import { Privilege } from '../../machine/hart/privilege.ts';
import type { LineRange } from '../elf/dwarf/read-lines.ts';
import { decodeExpanded } from '../disassembler/expansion.ts';
import { Register } from '../assembler/registers.ts';
import { isAt } from './breakpoints.ts';
import type { Execution, Motion, Progress } from './execution.ts';
import { MORE } from './execution.ts';
import { instructionLength } from './memory-text.ts';
import type { Location } from './locations.ts';
import type { Target } from './target.ts';

/** Single steps are slower than running: so many take a few milliseconds. */
const STEPS_IN_SLICE = 2000;
/** The link register, and the one that run-time routines are called with (psABI). */
const LINK_REGISTERS: readonly number[] = [Register.ra, Register.t0];
const RETURNS_FROM_TRAPS: readonly string[] = ['mret', 'sret'];
const JUMP_AND_LINK: readonly string[] = ['jal', 'jalr'];

const DONE: Progress = { kind: 'stopped', stop: { kind: 'done' } };

/** Runs until a breakpoint, a place, a condition, or a number of cycles. */
export class RunMotion implements Motion {
  private passes = true;

  /**
   * @param places to stop at beside breakpoints
   * @param isReached asked after each slice; whoever makes it true also ends the slice
   */
  constructor(
    private readonly execution: Execution,
    private readonly limit = Infinity,
    private readonly places: readonly Location[] = [],
    private readonly isReached: () => boolean = () => false,
  ) {
    for (const { address } of places) execution.points.acquire(address);
  }

  advance(end: number): Progress {
    const { target } = this.execution;
    const { machine } = target;
    if (this.isReached()) return DONE;
    const progress = this.execution.run(Math.min(end, this.limit), this.passes, () =>
      this.places.some((place) => isAt(place, target.pc, () => target.imageAt(target.pc))),
    );
    this.passes = false;
    if (progress.kind === 'stopped') return progress;
    if (this.isReached()) return DONE;
    if (machine.cycle >= this.limit) return { kind: 'stopped', stop: { kind: 'limit' } };
    return progress;
  }

  finish(): void {
    for (const { address } of this.places) this.execution.points.release(address);
  }
}

/** Executes a number of instructions, wherever they lead; a trap counts as one. */
export class InstructionMotion implements Motion {
  constructor(
    private readonly execution: Execution,
    private left: number,
  ) {}

  advance(end: number): Progress {
    const { machine } = this.execution.target;
    for (let steps = 0; machine.cycle < end && steps < STEPS_IN_SLICE; steps++) {
      const progress = this.execution.step();
      if (progress !== undefined) return progress;
      if (--this.left === 0) return DONE;
      const stop = this.execution.stopAtBreakpoint();
      if (stop !== undefined) return { kind: 'stopped', stop };
    }
    return MORE;
  }

  finish(): void {
    // It sets nothing.
  }
}

/** Where code runs: what must be the same again after a call or a trap. */
class Frame {
  private readonly privilege: Privilege;
  private readonly root: number | undefined;
  private readonly stack: number;
  private readonly hart: number;

  constructor(private readonly target: Target) {
    this.hart = target.selected;
    this.privilege = target.privilege;
    this.root = this.space;
    this.stack = target.hart.readRegister(Register.sp);
  }

  get isHere(): boolean {
    const { target } = this;
    return (
      target.selected === this.hart &&
      target.privilege === this.privilege &&
      target.hart.readRegister(Register.sp) === this.stack &&
      this.space === this.root
    );
  }

  /** The kernel is the same in every address space. */
  private get space(): number | undefined {
    return this.target.privilege === Privilege.User ? this.target.memory.currentRoot : undefined;
  }
}

/** Runs until code of a frame is reached again, after a call or a trap. */
class Detour {
  constructor(
    private readonly execution: Execution,
    private readonly frame: Frame,
    private readonly addresses: readonly number[],
  ) {
    for (const address of addresses) execution.points.acquire(address);
  }

  advance(end: number): Progress {
    const { target } = this.execution;
    return this.execution.run(end, false, () => {
      return this.frame.isHere && this.addresses.includes(target.pc);
    });
  }

  finish(): void {
    for (const address of this.addresses) this.execution.points.release(address);
  }
}

/** What an instruction has done. */
type StepOutcome = 'straight' | 'call' | 'return' | 'trap';

/**
 * Executes instructions of one mode. What a trap to a higher mode does is passed over, and what a
 * call does as well if that is wanted; both run at full speed.
 */
abstract class FrameMotion implements Motion {
  private detour: Detour | undefined;

  constructor(protected readonly execution: Execution) {}

  advance(end: number): Progress {
    const { target } = this.execution;
    for (let steps = 0; target.machine.cycle < end && steps < STEPS_IN_SLICE; steps++) {
      const progress = this.detour === undefined ? this.stepOnce() : this.goAround(end);
      if (progress !== undefined) return progress;
    }
    return MORE;
  }

  finish(): void {
    this.detour?.finish();
    this.detour = undefined;
  }

  protected get target(): Target {
    return this.execution.target;
  }

  /** Whether what a call does is passed over; the pc is at its first instruction. */
  protected abstract passesOver(): boolean;

  /** Whether the guest stands where the person wants it. */
  protected abstract isThere(outcome: StepOutcome): boolean;

  private stepOnce(): Progress | undefined {
    const { target } = this;
    const frame = new Frame(target);
    const { pc, privilege } = target;
    const retired = target.hart.retired;
    const kind = kindOf(target.instructionAt(pc));
    const behind = pc + instructionLength(target, pc);
    const progress = this.execution.step();
    if (progress !== undefined) return progress;

    const trapped = target.hart.retired === retired;
    if (trapped && target.privilege > privilege) {
      // An `ecall` is returned from behind it, a fault or an interrupt to where it struck.
      this.begin(frame, [pc, behind]);
      return undefined;
    }
    const outcome = trapped ? 'trap' : kind;
    const stop = this.execution.stopAtBreakpoint();
    if (stop !== undefined) return { kind: 'stopped', stop };
    if (outcome === 'call' && this.passesOver()) {
      this.begin(frame, [behind]);
      return undefined;
    }
    return this.isThere(outcome) ? DONE : undefined;
  }

  private begin(frame: Frame, addresses: readonly number[]): void {
    this.detour = new Detour(this.execution, frame, addresses);
  }

  private goAround(end: number): Progress | undefined {
    const progress = this.detour?.advance(end) ?? MORE;
    if (progress.kind !== 'stopped') return progress;
    if (progress.stop.kind !== 'done') return progress;
    this.finish();
    return this.isThere('straight') ? DONE : undefined;
  }
}

function kindOf(word: number | undefined): StepOutcome {
  const decoded = word === undefined ? undefined : decodeExpanded(word);
  if (decoded === undefined) return 'straight';
  const { instruction, rd, rs1 } = decoded;
  const { mnemonic } = instruction;
  if (RETURNS_FROM_TRAPS.includes(mnemonic)) return 'return';
  if (!JUMP_AND_LINK.includes(mnemonic)) return 'straight';
  if (LINK_REGISTERS.includes(rd)) return 'call';
  return mnemonic === 'jalr' && LINK_REGISTERS.includes(rs1) ? 'return' : 'straight';
}

/** To the next line of source. */
export class LineMotion extends FrameMotion {
  private readonly start: LineRange | undefined;
  private readonly privilege: Privilege;

  /** @param into whether calls of functions that have lines are entered */
  constructor(
    execution: Execution,
    private readonly into: boolean,
  ) {
    super(execution);
    const { target } = execution;
    this.start = target.lineAt(target.pc);
    this.privilege = target.privilege;
  }

  protected passesOver(): boolean {
    return !this.into || this.target.lineAt(this.target.pc) === undefined;
  }

  protected isThere(outcome: StepOutcome): boolean {
    const { target, start } = this;
    const { pc, privilege } = target;
    const isStart = start !== undefined && pc >= start.address && pc < start.end;
    if (outcome === 'straight' && isStart) return false;
    const place = target.lineAt(pc);
    if (place === undefined) return outcome === 'trap' || privilege !== this.privilege;
    // A call may lead to the same line anew, when the function calls itself.
    if (outcome === 'call') return true;
    return place.file !== start?.file || place.line !== start.line;
  }
}

/** Until the current function has returned to its caller, or a handler from its trap. */
export class OutMotion extends FrameMotion {
  protected passesOver(): boolean {
    return true;
  }

  protected isThere(outcome: StepOutcome): boolean {
    return outcome === 'return' || outcome === 'trap';
  }
}
