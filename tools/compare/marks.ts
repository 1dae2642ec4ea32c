/**
 * The marks of the program `bench`: two functions of its own (userland/programs/bench/marks.s), at
 * which the host stops the machine. Other programs have other code at the same addresses, so that
 * what lies there decides.
 */
import type { Machine } from '../../machine/machine.ts';
import { Access, Privilege } from '../../machine/hart/privilege.ts';
import type { ElfFile } from '../elf/read-elf.ts';

/** Register of a function's first argument (psABI). */
const A0 = 10;
const INSTRUCTION_BYTES = 4;
/** The instruction that marks are known by, and the way back. */
const MARK_BYTES = 2 * INSTRUCTION_BYTES;

export interface Mark {
  readonly edge: 'begin' | 'end';
  readonly measurement: number;
}

interface MarkPlace {
  readonly edge: Mark['edge'];
  readonly address: number;
  readonly code: Uint8Array;
}

export class Marks {
  private readonly places: readonly MarkPlace[];

  /** @throws RangeError if the program has no marks */
  constructor(
    private readonly machine: Machine,
    program: ElfFile,
  ) {
    this.places = [
      findPlace(program, 'begin', 'begin_measurement'),
      findPlace(program, 'end', 'end_measurement'),
    ];
    for (const { address } of this.places) machine.addBreakpoint(address);
  }

  /** The mark that the hart stands before. */
  at(): Mark | undefined {
    const [hart] = this.machine.harts;
    if (hart.privilege !== Privilege.User) return undefined;
    const place = this.places.find(({ address }) => address === hart.pc);
    if (place === undefined || !this.holds(place)) return undefined;
    return { edge: place.edge, measurement: hart.readRegister(A0) };
  }

  /** Whether the hart stands at a breakpoint of ours, in whatever program. */
  get isAtBreakpoint(): boolean {
    const { pc } = this.machine.harts[0];
    return this.places.some(({ address }) => address === pc);
  }

  /**
   * Executes the instruction at a breakpoint; false if an interrupt came first, in which case the
   * hart comes back to it.
   */
  pass(): boolean {
    const [hart] = this.machine.harts;
    const { pc } = hart;
    this.machine.stepInstruction();
    return hart.pc === pc + INSTRUCTION_BYTES && hart.privilege === Privilege.User;
  }

  private holds({ address, code }: MarkPlace): boolean {
    const physical = this.machine.translate(0, address, Access.Fetch);
    const bytes = new Uint8Array(code.length);
    if (physical === undefined || !this.machine.readPhysical(physical, bytes)) return false;
    return bytes.every((byte, index) => byte === code[index]);
  }
}

function findPlace(program: ElfFile, edge: Mark['edge'], name: string): MarkPlace {
  const symbol = program.symbols.find((candidate) => candidate.name === name);
  const segment = program.segments.find(({ virtualAddress, bytes }) => {
    return (
      symbol !== undefined &&
      symbol.address >= virtualAddress &&
      symbol.address < virtualAddress + bytes.length
    );
  });
  if (symbol === undefined || segment === undefined) {
    throw new RangeError(`the program has no function ${name}`);
  }
  const offset = symbol.address - segment.virtualAddress;
  return { edge, address: symbol.address, code: segment.bytes.slice(offset, offset + MARK_BYTES) };
}
