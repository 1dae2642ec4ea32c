/**
 * A second, independent hart for tests: RV32IMAC with bit manipulation, M, S and U modes, Sv32 and
 * PMP, as plainly as the specifications put it. No cache, no block, no shared code with the machine; one call per
 * instruction. It has RAM and nothing else, and no time.
 *
 * Sources: Unprivileged ISA 20191213; Privileged Architecture 20211203, 3.1, 3.3, 3.7 and 4.3.2.
 */
import { bitImmediateOperation, bitOperation } from './small-model-bits.ts';
import { expand } from './small-model-compressed.ts';

/** A mistake to make on purpose, so that a test can show that it would notice. */
export type PlantedFault =
  'alu' | 'bits' | 'branch' | 'compressed' | 'fetch' | 'memory' | 'trap' | 'page walk';

const RAM_BASE = 0x8000_0000;
const U = 0;
const S = 1;
const M = 3;

type Access = 'fetch' | 'load' | 'store';

class Trap extends Error {
  constructor(
    readonly code: number,
    readonly value: number,
  ) {
    super(`trap ${code}`);
  }
}

/** The instruction is none that the model has: it cannot go on. */
export class Unmodelled extends Error {}

const PAGE_FAULT = { fetch: 12, load: 13, store: 15 };
const ACCESS_FAULT = { fetch: 1, load: 5, store: 7 };

/** mstatus: SIE MIE SPIE MPIE SPP MPP FS MPRV SUM MXR TVM TW TSR; SD follows from FS. */
const MSTATUS_MASK = 0x007e_79aa;
/** menvcfgh: Svadu. */
const ADUE = 0x2000_0000;
/** sstatus: SIE SPIE SPP FS SUM MXR. */
const SSTATUS_MASK = 0x000c_6122;
const SD = 1 << 31;
/** A CSR that no machine without a debug unit has. */
const DCSR = 0x7b0;
/** Load-FP, store-FP, the four fused ones, OP-FP. */
const FLOATING_POINT = [0x07, 0x27, 0x43, 0x47, 0x4b, 0x4f, 0x53];
const SUPERVISOR_INTERRUPTS = 0x222;

const bits = (value: number, high: number, low: number) =>
  (value >>> low) & (2 ** (high - low + 1) - 1);

const signExtend = (value: number, width: number) => (value << (32 - width)) >> (32 - width);

export class SmallModel {
  readonly x = new Int32Array(32);
  pc = 0;
  privilege = M;
  /** CSRs that are plain cells, by name. */
  readonly csr: Record<string, number> = {
    mstatus: 0,
    mtvec: 0,
    mepc: 0,
    mcause: 0,
    mtval: 0,
    mscratch: 0,
    medeleg: 0,
    mideleg: 0,
    mie: 0,
    mip: 0,
    stvec: 0,
    sepc: 0,
    scause: 0,
    stval: 0,
    sscratch: 0,
    satp: 0,
    menvcfgh: ADUE,
  };
  readonly pmpcfg = new Uint8Array(16);
  readonly pmpaddr = new Uint32Array(16);
  reservation: { address: number; value: number } | undefined;
  readonly #memory: DataView;

  constructor(
    readonly ram: Uint8Array<ArrayBuffer>,
    readonly fault?: PlantedFault,
  ) {
    this.#memory = new DataView(ram.buffer, ram.byteOffset, ram.length);
  }

  /** Executes one instruction, or takes one trap. */
  step(): void {
    const interrupt = this.#pendingInterrupt();
    if (interrupt !== undefined) {
      this.#trap(interrupt, 0, true);
      return;
    }
    // A trap is no mistake: nobody looks at its stack, which costs more than the instruction.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      this.#fetchAndExecute();
    } catch (error) {
      if (!(error instanceof Trap)) {
        throw error;
      }
      this.#trap(error.code, error.value, false);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  /** Instructions are fetched in parcels of 16 bits, whose number the first one tells. */
  #fetchAndExecute(): void {
    const first = this.#access(this.pc, 2, 'fetch');
    if ((first & 3) === 3) {
      const next = this.fault === 'fetch' && (this.pc & 0xfff) === 0xffe ? this.pc : this.pc + 2;
      const second = this.#access(next | 0, 2, 'fetch');
      const instruction = (second << 16) | first;
      this.#execute(instruction, instruction, (this.pc + 4) | 0);
      return;
    }
    const expanded = expand(first);
    if (expanded === undefined) {
      throw new Trap(2, first);
    }
    const wrong = this.fault === 'compressed' && (first & 0xe003) === 0xc002 ? 0x80 : 0;
    this.#execute(expanded ^ wrong, first, (this.pc + 2) | 0);
  }

  #pendingInterrupt(): number | undefined {
    const { mip, mie, mideleg, mstatus } = this.csr;
    const mEnabled = this.privilege < M || (mstatus & 8) !== 0;
    const sEnabled = this.privilege < S || (this.privilege === S && (mstatus & 2) !== 0);
    const pending = mip & mie;
    for (const code of [11, 3, 7, 9, 1, 5]) {
      if (((pending & ~mideleg) >>> code) & 1 && mEnabled) {
        return code;
      }
    }
    for (const code of [11, 3, 7, 9, 1, 5]) {
      if (((pending & mideleg) >>> code) & 1 && sEnabled) {
        return code;
      }
    }
    return undefined;
  }

  #trap(code: number, value: number, isInterrupt: boolean): void {
    const cause = isInterrupt ? code | 0x8000_0000 : code;
    const delegation = isInterrupt ? this.csr.mideleg : this.csr.medeleg;
    const toS = this.privilege <= S && ((delegation >>> code) & 1) === 1;
    const level = toS ? 's' : 'm';
    this.csr[`${level}epc`] = this.pc;
    this.csr[`${level}cause`] = cause;
    this.csr[`${level}tval`] = value;
    const status = this.csr.mstatus;
    if (toS) {
      const spie = bits(status, 1, 1);
      this.csr.mstatus = (status & ~0x122) | (spie << 5) | ((this.privilege === S ? 1 : 0) << 8);
      this.privilege = S;
    } else {
      const mpie = this.fault === 'trap' ? 1 : bits(status, 3, 3);
      this.csr.mstatus = (status & ~0x1888) | (mpie << 7) | (this.privilege << 11);
      this.privilege = M;
    }
    const tvec = this.csr[`${level}tvec`];
    const base = tvec & ~3;
    this.pc = (tvec & 3) === 1 && isInterrupt ? (base + 4 * code) | 0 : base;
    this.reservation = undefined;
  }

  // --- memory ---

  /** Privileged 3.7: the lowest entry that matches any byte decides, if it matches all of them. */
  pmpAllows(address: bigint, size: number, access: Access, privilege: number): boolean {
    for (let i = 0; i < 16; i++) {
      let matched = 0;
      for (let byte = 0n; byte < size; byte++) {
        if (this.#pmpMatches(i, address + byte)) {
          matched++;
        }
      }
      if (matched === 0) {
        continue;
      }
      if (matched < size) {
        return false;
      }
      const config = this.pmpcfg[i];
      if (privilege === M && (config & 0x80) === 0) {
        return true;
      }
      return (config & { load: 1, store: 2, fetch: 4 }[access]) !== 0;
    }
    return privilege === M;
  }

  #pmpMatches(entry: number, address: bigint): boolean {
    const top = BigInt(this.pmpaddr[entry]);
    const word = address >> 2n;
    switch ((this.pmpcfg[entry] >> 3) & 3) {
      case 1: {
        const bottom = entry === 0 ? 0n : BigInt(this.pmpaddr[entry - 1]);
        return bottom <= word && word < top;
      }
      case 2:
        return word === top;
      case 3: {
        // The trailing ones and the zero above them do not take part in the comparison.
        const ignored = top ^ (top + 1n);
        return (word | ignored) === (top | ignored);
      }
      default:
        return false;
    }
  }

  #inRam(address: bigint, size: number): boolean {
    const start = address - BigInt(RAM_BASE);
    return start >= 0n && start + BigInt(size) <= BigInt(this.ram.length);
  }

  #physicalLoad(address: bigint, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) {
      value |= this.ram[Number(address) - RAM_BASE + i] << (8 * i);
    }
    return value;
  }

  #physicalStore(address: bigint, size: number, value: number): void {
    for (let i = 0; i < size; i++) {
      this.ram[Number(address) - RAM_BASE + i] = value >>> (8 * i);
    }
  }

  /** Privileged 4.3.2, step by step. */
  translate(address: number, access: Access, privilege: number): bigint {
    const va = BigInt(address >>> 0);
    const { satp, mstatus } = this.csr;
    if (privilege === M || bits(satp, 31, 31) === 0) {
      return va;
    }
    const fault = () => new Trap(PAGE_FAULT[access], address);
    const vpn = [Number((va >> 12n) & 0x3ffn), Number((va >> 22n) & 0x3ffn)];
    // 1. Let a be satp.ppn x PAGESIZE, and let i = LEVELS - 1.
    let a = BigInt(bits(satp, 21, 0)) * 4096n;
    for (let i = 1; ; i--) {
      // 2. Let pte be the value of the PTE at address a + va.vpn[i] x PTESIZE.
      const place = a + BigInt(vpn[i] * 4);
      if (!this.#inRam(place, 4) || !this.pmpAllows(place, 4, 'load', S)) {
        throw new Trap(ACCESS_FAULT[access], address);
      }
      const pte = this.#memory.getUint32(Number(place) - RAM_BASE, true);
      const [v, r, w, x, u, , accessed, dirty] = [0, 1, 2, 3, 4, 5, 6, 7].map(
        (bit) => bits(pte, bit, bit) === 1,
      );
      // 3. If pte.v = 0, or if pte.r = 0 and pte.w = 1: page fault.
      if (!v || (!r && w)) {
        throw fault();
      }
      const ppn = BigInt(bits(pte, 31, 10));
      // 4. A pointer to the next level, unless r or x is set.
      if (!r && !x) {
        if (i === 0 || u || accessed || dirty) {
          throw fault();
        }
        a = ppn * 4096n;
        continue;
      }
      // 5. Is the access allowed by r, w, x and u, given the mode, SUM and MXR?
      const sum = bits(mstatus, 18, 18) === 1;
      const mxr = bits(mstatus, 19, 19) === 1 && this.fault !== 'page walk';
      if (privilege === U && !u) {
        throw fault();
      }
      if (privilege === S && u && (access === 'fetch' || !sum)) {
        throw fault();
      }
      const allowed = { fetch: x, load: r || (mxr && x), store: w }[access];
      // 6. A superpage that is not aligned.
      if (!allowed || (i > 0 && (ppn & 0x3ffn) !== 0n)) {
        throw fault();
      }
      // 7. Set pte.a, and pte.d if the access is a store; without Svadu's leave, a page fault.
      if (!accessed || (access === 'store' && !dirty)) {
        if ((this.csr.menvcfgh & ADUE) === 0) {
          throw fault();
        }
        if (!this.pmpAllows(place, 4, 'store', S)) {
          throw new Trap(ACCESS_FAULT[access], address);
        }
        this.#physicalStore(place, 4, pte | 0x40 | (access === 'store' ? 0x80 : 0));
      }
      // 8. The translation is successful.
      const low = i > 0 ? (va >> 12n) & 0x3ffn : ppn & 0x3ffn;
      return (((ppn & ~0x3ffn) | low) << 12n) | (va & 0xfffn);
    }
  }

  #effectivePrivilege(access: Access): number {
    const { mstatus } = this.csr;
    const mprv = access !== 'fetch' && bits(mstatus, 17, 17) === 1 && this.privilege === M;
    return mprv ? bits(mstatus, 12, 11) : this.privilege;
  }

  #locate(address: number, size: number, access: Access): bigint {
    const privilege = this.#effectivePrivilege(access);
    const physical = this.translate(address, access, privilege);
    if (!this.pmpAllows(physical, size, access, privilege) || !this.#inRam(physical, size)) {
      throw new Trap(ACCESS_FAULT[access], address);
    }
    return physical;
  }

  /** The parts of an access, one per page, all checked before any is made. */
  #parts(address: number, size: number, access: Access): { at: bigint; size: number }[] {
    const first = Math.min(size, 4096 - (address & 4095));
    const parts = [{ at: this.#locate(address, first, access), size: first }];
    if (first < size) {
      const rest = size - first;
      parts.push({ at: this.#locate((address + first) | 0, rest, access), size: rest });
    }
    return parts;
  }

  #access(address: number, size: number, access: 'fetch' | 'load'): number {
    let value = 0;
    let shift = 0;
    for (const part of this.#parts(address, size, access)) {
      value |= this.#physicalLoad(part.at, part.size) << shift;
      shift += part.size * 8;
    }
    return value;
  }

  #store(address: number, size: number, value: number): void {
    let shift = 0;
    for (const part of this.#parts(address, size, 'store')) {
      const wrong = this.fault === 'memory' && (address & 3) === 3 ? 1 : 0;
      this.#physicalStore(part.at, part.size, (value >>> shift) ^ wrong);
      shift += part.size * 8;
    }
  }

  // --- instructions ---

  /** Executes a 32-bit instruction or what a 16-bit one stands for; `fetched` has its own bits. */
  #execute(instruction: number, fetched: number, following: number): void {
    const illegal = () => new Trap(2, fetched);
    const opcode = bits(instruction, 6, 0);
    const rd = bits(instruction, 11, 7);
    const funct3 = bits(instruction, 14, 12);
    const funct7 = bits(instruction, 31, 25);
    const a = this.x[bits(instruction, 19, 15)];
    const b = this.x[bits(instruction, 24, 20)];
    const immI = instruction >> 20;
    const immS = signExtend((funct7 << 5) | rd, 12);
    let next = following;
    let result: number | undefined;
    switch (opcode) {
      case 0x37:
        result = instruction & ~0xfff;
        break;
      case 0x17:
        result = this.pc + (instruction & ~0xfff);
        break;
      case 0x6f: {
        const offset =
          (bits(instruction, 31, 31) << 20) |
          (bits(instruction, 19, 12) << 12) |
          (bits(instruction, 20, 20) << 11) |
          (bits(instruction, 30, 21) << 1);
        result = next;
        next = (this.pc + signExtend(offset, 21)) | 0;
        break;
      }
      case 0x67:
        if (funct3 !== 0) {
          throw illegal();
        }
        result = next;
        next = (a + immI) & ~1;
        break;
      case 0x63: {
        if (funct3 === 2 || funct3 === 3) {
          throw illegal();
        }
        const offset =
          (bits(instruction, 31, 31) << 12) |
          (bits(instruction, 7, 7) << 11) |
          (bits(instruction, 30, 25) << 5) |
          (bits(instruction, 11, 8) << 1);
        if (this.#branchTaken(funct3, a, b)) {
          next = (this.pc + signExtend(offset, 13)) | 0;
        }
        break;
      }
      case 0x03: {
        const address = (a + immI) | 0;
        if (funct3 === 3 || funct3 > 5) {
          throw illegal();
        }
        const width = 1 << (funct3 & 3);
        const value = this.#access(address, width, 'load');
        result = funct3 < 4 ? signExtend(value, width * 8) : value;
        break;
      }
      case 0x23:
        if (funct3 > 2) {
          throw illegal();
        }
        this.#store((a + immS) | 0, 1 << funct3, b);
        break;
      case 0x13: {
        const shift = funct3 === 1 || funct3 === 5;
        const isSra = funct3 === 5 && funct7 === 0x20;
        if (shift && funct7 !== 0 && !isSra) {
          result = bitImmediateOperation(instruction >>> 20, funct3, a);
          if (result === undefined) {
            throw illegal();
          }
          break;
        }
        result = this.#arithmetic(funct3, isSra, a, shift ? immI & 31 : immI);
        break;
      }
      case 0x33:
        if (funct7 === 1) {
          result = multiplyDivide(funct3, a, b);
        } else if (funct7 === 0x20 && funct3 === 0) {
          result = a - b;
        } else if (funct7 === 0 || (funct7 === 0x20 && funct3 === 5)) {
          result = this.#arithmetic(funct3, funct7 !== 0, a, b);
        } else {
          const wrong = this.fault === 'bits' && funct7 === 0x30 ? 1 : 0;
          result = bitOperation(funct7, funct3, a, b + wrong);
          if (result === undefined) {
            throw illegal();
          }
        }
        break;
      case 0x0f:
        if (funct3 > 1) {
          throw illegal();
        }
        break;
      case 0x2f:
        result = this.#atomic(instruction, a, b);
        break;
      case 0x73:
        if (funct3 === 0) {
          next = this.#privileged(instruction, next);
        } else {
          result = this.#csrInstruction(instruction, funct3, a);
        }
        break;
      default:
        if (FLOATING_POINT.includes(opcode) && bits(this.csr.mstatus, 14, 13) !== 0) {
          throw new Unmodelled();
        }
        throw illegal();
    }
    if (result !== undefined && rd !== 0) {
      this.x[rd] = result;
    }
    this.pc = next;
  }

  #branchTaken(funct3: number, a: number, b: number): boolean {
    switch (funct3) {
      case 0:
        return a === b;
      case 1:
        return a !== b;
      case 4:
        return a < b;
      case 5:
        return this.fault === 'branch' ? a > b : a >= b;
      case 6:
        return a >>> 0 < b >>> 0;
      default:
        return a >>> 0 >= b >>> 0;
    }
  }

  #arithmetic(funct3: number, alternate: boolean, a: number, b: number): number {
    switch (funct3) {
      case 0:
        return a + b;
      case 1:
        return a << (b & 31);
      case 2:
        return a < b ? 1 : 0;
      case 3:
        return (this.fault === 'alu' ? a < b : a >>> 0 < b >>> 0) ? 1 : 0;
      case 4:
        return a ^ b;
      case 5:
        return alternate ? a >> (b & 31) : a >>> (b & 31);
      case 6:
        return a | b;
      default:
        return a & b;
    }
  }

  #atomic(instruction: number, address: number, operand: number): number {
    const operation = bits(instruction, 31, 27);
    const known = [0, 1, 2, 3, 4, 8, 12, 16, 20, 24, 28].includes(operation);
    const isLr = operation === 2;
    if (bits(instruction, 14, 12) !== 2 || !known || (isLr && bits(instruction, 24, 20) !== 0)) {
      throw new Trap(2, instruction);
    }
    if ((address & 3) !== 0) {
      throw new Trap(isLr ? 4 : 6, address);
    }
    if (isLr) {
      const at = this.#locate(address, 4, 'load');
      const value = this.#physicalLoad(at, 4);
      this.reservation = { address: Number(at), value };
      return value;
    }
    if (operation === 3) {
      if (this.reservation === undefined) {
        return 1;
      }
      const at = this.#locate(address, 4, 'store');
      const { address: reserved, value } = this.reservation;
      this.reservation = undefined;
      if (reserved !== Number(at) || value !== this.#physicalLoad(at, 4)) {
        return 1;
      }
      this.#physicalStore(at, 4, operand);
      return 0;
    }
    const at = this.#locate(address, 4, 'store');
    const old = this.#physicalLoad(at, 4);
    const stored = {
      0: old + operand,
      1: operand,
      4: old ^ operand,
      8: old | operand,
      12: old & operand,
      16: old < operand ? old : operand,
      20: old > operand ? old : operand,
      24: old >>> 0 < operand >>> 0 ? old : operand,
      28: old >>> 0 > operand >>> 0 ? old : operand,
    }[operation];
    this.#physicalStore(at, 4, stored ?? old);
    return old;
  }

  #privileged(instruction: number, next: number): number {
    const { mstatus } = this.csr;
    const illegal = () => new Trap(2, instruction);
    switch (instruction) {
      case 0x0000_0073:
        throw new Trap(8 + this.privilege, 0);
      case 0x0010_0073:
        // xtval may be the address or zero; QEMU has zero.
        throw new Trap(3, 0);
      case 0x3020_0073: {
        if (this.privilege < M) {
          throw illegal();
        }
        const mpp = bits(mstatus, 12, 11);
        const mie = bits(mstatus, 7, 7);
        const mprv = mpp === M ? mstatus & 0x2_0000 : 0;
        this.csr.mstatus = (mstatus & ~0x2_1888) | mprv | (mie << 3) | 0x80;
        this.privilege = mpp;
        this.reservation = undefined;
        return this.csr.mepc;
      }
      case 0x1020_0073: {
        if (this.privilege < S || (this.privilege === S && bits(mstatus, 22, 22) === 1)) {
          throw illegal();
        }
        const spp = bits(mstatus, 8, 8);
        const sie = bits(mstatus, 5, 5);
        this.csr.mstatus = (mstatus & ~0x2_0122) | (sie << 1) | 0x20;
        this.privilege = spp;
        this.reservation = undefined;
        return this.csr.sepc;
      }
    }
    if (bits(instruction, 31, 25) === 9 && bits(instruction, 11, 7) === 0) {
      const tvm = bits(mstatus, 20, 20) === 1;
      if (this.privilege === U || (this.privilege === S && tvm)) {
        throw illegal();
      }
      return next;
    }
    throw illegal();
  }

  #csrInstruction(instruction: number, funct3: number, rs1Value: number): number {
    const number = instruction >>> 20;
    const rs1 = bits(instruction, 19, 15);
    const operand = funct3 >= 4 ? rs1 : rs1Value;
    const kind = funct3 % 4;
    const writes = kind === 1 || rs1 !== 0;
    const tvm = bits(this.csr.mstatus, 20, 20) === 1;
    const denied =
      kind === 0 ||
      this.privilege < bits(number, 9, 8) ||
      (writes && number >>> 10 === 3) ||
      (number === 0x180 && this.privilege === S && tvm);
    const isFloat = number >= 1 && number <= 3;
    const floatIsOff = bits(this.csr.mstatus, 14, 13) === 0;
    if (denied || number === DCSR || (isFloat && floatIsOff)) {
      throw new Trap(2, instruction);
    }
    const old = this.readCsr(number);
    if (old === undefined) {
      throw new Unmodelled();
    }
    if (writes) {
      this.writeCsr(number, [0, operand, old | operand, old & ~operand][kind]);
    }
    return old;
  }

  static readonly #cells: Readonly<Record<number, string>> = {
    0x105: 'stvec',
    0x140: 'sscratch',
    0x141: 'sepc',
    0x142: 'scause',
    0x143: 'stval',
    0x180: 'satp',
    0x300: 'mstatus',
    0x302: 'medeleg',
    0x303: 'mideleg',
    0x304: 'mie',
    0x305: 'mtvec',
    0x31a: 'menvcfgh',
    0x340: 'mscratch',
    0x341: 'mepc',
    0x342: 'mcause',
    0x343: 'mtval',
    0x344: 'mip',
  };

  /** Undefined for a CSR that the model does not have. */
  readCsr(number: number): number | undefined {
    const { mstatus } = this.csr;
    const summary = bits(mstatus, 14, 13) === 3 ? SD : 0;
    const cell = SmallModel.#cells[number];
    if (cell === 'mstatus') {
      return mstatus | summary;
    }
    if (typeof cell === 'string') {
      return this.csr[cell];
    }
    if (number >= 0x3a0 && number < 0x3a4) {
      return new DataView(this.pmpcfg.buffer).getInt32((number - 0x3a0) * 4, true);
    }
    if (number >= 0x3b0 && number < 0x3c0) {
      return this.pmpaddr[number - 0x3b0] | 0;
    }
    switch (number) {
      case 0x100:
        return (mstatus & SSTATUS_MASK) | summary;
      case 0x104:
        return this.csr.mie & this.csr.mideleg;
      case 0x144:
        return this.csr.mip & this.csr.mideleg;
      case 0x301:
        return 0x4014_112d;
      case 0xf14:
        return 0;
    }
    return undefined;
  }

  writeCsr(number: number, value: number): void {
    if (number >= 0x3a0 && number < 0x3a4) {
      for (let i = 0; i < 4; i++) {
        const entry = (number - 0x3a0) * 4 + i;
        const wanted = (value >>> (i * 8)) & 0x9f;
        if ((this.pmpcfg[entry] & 0x80) === 0) {
          this.pmpcfg[entry] = (wanted & 3) === 2 ? wanted & ~7 : wanted;
        }
      }
      return;
    }
    if (number >= 0x3b0 && number < 0x3c0) {
      const entry = number - 0x3b0;
      const above = entry < 15 ? this.pmpcfg[entry + 1] : 0;
      const lockedAbove = (above & 0x98) === 0x88;
      if ((this.pmpcfg[entry] & 0x80) === 0 && !lockedAbove) {
        this.pmpaddr[entry] = value;
      }
      return;
    }
    const { csr } = this;
    const merge = (name: string, mask: number) => {
      csr[name] = (csr[name] & ~mask) | (value & mask);
    };
    switch (number) {
      case 0x100:
        merge('mstatus', SSTATUS_MASK);
        break;
      case 0x300: {
        const mpp = bits(value, 12, 11) === 2 ? csr.mstatus & 0x1800 : value & 0x1800;
        csr.mstatus = (value & MSTATUS_MASK & ~0x1800) | mpp;
        break;
      }
      case 0x104:
        merge('mie', csr.mideleg);
        break;
      case 0x144:
        merge('mip', 2 & csr.mideleg);
        break;
      case 0x302:
        merge('medeleg', 0xb3ff);
        break;
      case 0x303:
        merge('mideleg', SUPERVISOR_INTERRUPTS);
        break;
      case 0x304:
        merge('mie', 0xaaa);
        break;
      case 0x31a:
        merge('menvcfgh', ADUE);
        break;
      case 0x344:
        merge('mip', SUPERVISOR_INTERRUPTS);
        break;
      case 0x105:
      case 0x305:
        if ((value & 3) < 2) {
          csr[SmallModel.#cells[number]] = value;
        }
        break;
      case 0x141:
      case 0x341:
        csr[SmallModel.#cells[number]] = value & ~1;
        break;
      case 0x301:
        break;
      default:
        csr[SmallModel.#cells[number]] = value;
    }
  }
}

/** The M extension in exact integers. */
function multiplyDivide(funct3: number, a: number, b: number): number {
  const [sa, sb] = [BigInt(a), BigInt(b)];
  const [ua, ub] = [BigInt.asUintN(32, sa), BigInt.asUintN(32, sb)];
  const low = (value: bigint) => Number(BigInt.asIntN(32, value));
  switch (funct3) {
    case 0:
      return low(sa * sb);
    case 1:
      return low((sa * sb) >> 32n);
    case 2:
      return low((sa * ub) >> 32n);
    case 3:
      return low((ua * ub) >> 32n);
    case 4:
      return b === 0 ? -1 : low(sa / sb);
    case 5:
      return b === 0 ? -1 : low(ua / ub);
    case 6:
      return b === 0 ? a : low(sa % sb);
    default:
      return b === 0 ? a : low(ua % ub);
  }
}
