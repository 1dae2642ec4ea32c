/**
 * The intrinsics of module `rv` (declared for target code in userland/abi/rv.ts): imports that
 * become one machine instruction each, in program order with every memory access.
 */
import { CSR_ADDRESSES } from '../../machine/hart/csr-addresses.ts';
import type { Mnemonic } from '../assembler/instructions.ts';
import { Op } from './ir/instruction.ts';

/** How the operands of a call become those of the machine instruction. */
export type IntrinsicShape =
  /** No operands. */
  | 'plain'
  /** rs1 = value, csr; with `csrImmediate` for small constants. */
  | 'csr'
  /** rs1 = address, rs2 = second operand (atomics, sfence.vma). */
  | 'registers'
  /** Reads the register `register`. */
  | 'read-register'
  /** Writes the register `register`. */
  | 'write-register'
  /** Eight arguments in a0 … a7, the result in a0 and a1. */
  | 'ecall';

export interface Intrinsic {
  readonly mnemonic: Mnemonic;
  readonly shape: IntrinsicShape;
  readonly hasResult: boolean;
  readonly csr?: number;
  /** The form that takes five bits of constant in place of a register. */
  readonly immediateForm?: Mnemonic;
  readonly register?: number;
  /** `sfence.vma` with only an address space: the one operand is rs2. */
  readonly onlySecond?: boolean;
  /** Sets both the acquire and the release bit. */
  readonly ordered?: boolean;
}

/** What an import of module `rv` means. */
export type RvImport =
  | { readonly kind: 'intrinsic'; readonly intrinsic: Intrinsic }
  | { readonly kind: 'load' | 'store'; readonly op: Op }
  | { readonly kind: 'function-address' };

const REGISTER_SP = 2;
const REGISTER_GP = 3;
const REGISTER_TP = 4;

const CSR_FORMS: Readonly<
  Record<string, { mnemonic: Mnemonic; immediateForm: Mnemonic; reads: boolean }>
> = {
  csrr: { mnemonic: 'csrrs', immediateForm: 'csrrsi', reads: true },
  csrw: { mnemonic: 'csrrw', immediateForm: 'csrrwi', reads: false },
  csrs: { mnemonic: 'csrrs', immediateForm: 'csrrsi', reads: false },
  csrc: { mnemonic: 'csrrc', immediateForm: 'csrrci', reads: false },
  csrrw: { mnemonic: 'csrrw', immediateForm: 'csrrwi', reads: true },
  csrrs: { mnemonic: 'csrrs', immediateForm: 'csrrsi', reads: true },
  csrrc: { mnemonic: 'csrrc', immediateForm: 'csrrci', reads: true },
};

const VOLATILE_ACCESSES: Readonly<Record<string, RvImport>> = {
  lb: { kind: 'load', op: Op.LoadByte },
  lbu: { kind: 'load', op: Op.LoadByteUnsigned },
  lh: { kind: 'load', op: Op.LoadHalf },
  lhu: { kind: 'load', op: Op.LoadHalfUnsigned },
  lw: { kind: 'load', op: Op.LoadWord },
  sb: { kind: 'store', op: Op.StoreByte },
  sh: { kind: 'store', op: Op.StoreHalf },
  sw: { kind: 'store', op: Op.StoreWord },
};

function plain(mnemonic: Mnemonic): Intrinsic {
  return { mnemonic, shape: 'plain', hasResult: false };
}

function atomic(mnemonic: Mnemonic): Intrinsic {
  return { mnemonic, shape: 'registers', hasResult: true, ordered: true };
}

function addressFence(onlySecond = false): Intrinsic {
  return { mnemonic: 'sfence.vma', shape: 'registers', hasResult: false, onlySecond };
}

function readRegister(register: number): Intrinsic {
  return { mnemonic: 'addi', shape: 'read-register', hasResult: true, register };
}

const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  fence: plain('fence'),
  fence_i: plain('fence.i'),
  wfi: plain('wfi'),
  ebreak: plain('ebreak'),
  sfence_vma: addressFence(),
  sfence_vma_all: addressFence(),
  sfence_vma_address: addressFence(),
  sfence_vma_asid: addressFence(true),
  lr_w: atomic('lr.w'),
  sc_w: atomic('sc.w'),
  amoadd_w: atomic('amoadd.w'),
  amoswap_w: atomic('amoswap.w'),
  amoor_w: atomic('amoor.w'),
  amoand_w: atomic('amoand.w'),
  amoxor_w: atomic('amoxor.w'),
  amomax_w: atomic('amomax.w'),
  amomin_w: atomic('amomin.w'),
  amomaxu_w: atomic('amomaxu.w'),
  amominu_w: atomic('amominu.w'),
  ecall: { mnemonic: 'ecall', shape: 'ecall', hasResult: true },
  read_tp: readRegister(REGISTER_TP),
  read_sp: readRegister(REGISTER_SP),
  read_gp: readRegister(REGISTER_GP),
  write_tp: {
    mnemonic: 'addi',
    shape: 'write-register',
    hasResult: false,
    register: REGISTER_TP,
  },
};

const csrAddresses = new Map<string, number>(Object.entries(CSR_ADDRESSES));

/** The meaning of import `name` of module `rv`; undefined if there is none of that name. */
export function findRvImport(name: string): RvImport | undefined {
  if (Object.hasOwn(INTRINSICS, name)) {
    return { kind: 'intrinsic', intrinsic: INTRINSICS[name] };
  }
  if (Object.hasOwn(VOLATILE_ACCESSES, name)) return VOLATILE_ACCESSES[name];
  if (name === 'function_address') return { kind: 'function-address' };
  const separator = name.indexOf('_');
  const prefix = name.slice(0, separator);
  const csr = csrAddresses.get(name.slice(separator + 1));
  if (separator < 0 || csr === undefined || !Object.hasOwn(CSR_FORMS, prefix)) return undefined;
  const { mnemonic, immediateForm, reads } = CSR_FORMS[prefix];
  return {
    kind: 'intrinsic',
    intrinsic: { mnemonic, immediateForm, shape: 'csr', hasResult: reads, csr },
  };
}
