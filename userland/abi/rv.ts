/**
 * The processor as target code sees it: each function here is one machine instruction. The compiler
 * recognises the imports of module `rv` by name; nothing moves, merges or drops an access that goes
 * through them, so memory that another party may change (device registers, page tables, shared
 * rings) and control registers are reached only from here.
 *
 * Names are the RISC-V manuals' (unprivileged ISA, privileged architecture).
 */

// Memory, one access each: `l` loads, `s` stores, b/h/w = 8/16/32 bits, `u` zero-extends.
export declare function lb(address: usize): u32;
export declare function lbu(address: usize): u32;
export declare function lh(address: usize): u32;
export declare function lhu(address: usize): u32;
export declare function lw(address: usize): u32;
export declare function sb(address: usize, value: u32): void;
export declare function sh(address: usize, value: u32): void;
export declare function sw(address: usize, value: u32): void;

// Atomics (`A`), all with acquire and release ordering. The AMOs return the old value.
export declare function lr_w(address: usize): u32;
/** 0 if the store was made, otherwise the reservation was lost. */
export declare function sc_w(address: usize, value: u32): u32;
export declare function amoswap_w(address: usize, value: u32): u32;
export declare function amoadd_w(address: usize, value: u32): u32;
export declare function amoand_w(address: usize, value: u32): u32;
export declare function amoor_w(address: usize, value: u32): u32;
export declare function amoxor_w(address: usize, value: u32): u32;
export declare function amomax_w(address: usize, value: u32): u32;
export declare function amomin_w(address: usize, value: u32): u32;
export declare function amomaxu_w(address: usize, value: u32): u32;
export declare function amominu_w(address: usize, value: u32): u32;

// Order and translation.
export declare function fence(): void;
export declare function fence_i(): void;
/** Drops translations of one page in one address space. */
export declare function sfence_vma(address: usize, asid: u32): void;
/** Drops translations of one page in every address space. */
export declare function sfence_vma_address(address: usize): void;
/** Drops every non-global translation of one address space. */
export declare function sfence_vma_asid(asid: u32): void;
export declare function sfence_vma_all(): void;

// Environment.
/**
 * `ecall` with eight argument registers. The answer is a0 in the low and a1 in the high half, as SBI
 * returns {error, value}. Only a0 and a1 change. System calls, which answer in more registers, go
 * through the assembly of userland/runtime.
 */
export declare function ecall(
  a0: u32,
  a1: u32,
  a2: u32,
  a3: u32,
  a4: u32,
  a5: u32,
  a6: u32,
  a7: u32,
): u64;
export declare function ebreak(): void;
export declare function wfi(): void;

// Registers that compiled code leaves alone.
export declare function read_sp(): usize;
export declare function read_gp(): usize;
export declare function read_tp(): usize;
export declare function write_tp(value: usize): void;

/** Code address of the function whose table index is `index` (`fn.index`). */
export declare function function_address(index: u32): usize;

// Control and status registers: csrr reads, csrw writes, csrs sets and csrc clears bits; csrrw, csrrs
// and csrrc do the same and return the old value.
export declare function csrr_mstatus(): u32;
export declare function csrw_mstatus(value: u32): void;
export declare function csrs_mstatus(value: u32): void;
export declare function csrc_mstatus(value: u32): void;
export declare function csrrw_mstatus(value: u32): u32;
export declare function csrrs_mstatus(value: u32): u32;
export declare function csrrc_mstatus(value: u32): u32;
export declare function csrr_mstatush(): u32;
export declare function csrw_mstatush(value: u32): void;
export declare function csrs_mstatush(value: u32): void;
export declare function csrc_mstatush(value: u32): void;
export declare function csrrw_mstatush(value: u32): u32;
export declare function csrrs_mstatush(value: u32): u32;
export declare function csrrc_mstatush(value: u32): u32;
export declare function csrr_misa(): u32;
export declare function csrw_misa(value: u32): void;
export declare function csrs_misa(value: u32): void;
export declare function csrc_misa(value: u32): void;
export declare function csrrw_misa(value: u32): u32;
export declare function csrrs_misa(value: u32): u32;
export declare function csrrc_misa(value: u32): u32;
export declare function csrr_medeleg(): u32;
export declare function csrw_medeleg(value: u32): void;
export declare function csrs_medeleg(value: u32): void;
export declare function csrc_medeleg(value: u32): void;
export declare function csrrw_medeleg(value: u32): u32;
export declare function csrrs_medeleg(value: u32): u32;
export declare function csrrc_medeleg(value: u32): u32;
export declare function csrr_mideleg(): u32;
export declare function csrw_mideleg(value: u32): void;
export declare function csrs_mideleg(value: u32): void;
export declare function csrc_mideleg(value: u32): void;
export declare function csrrw_mideleg(value: u32): u32;
export declare function csrrs_mideleg(value: u32): u32;
export declare function csrrc_mideleg(value: u32): u32;
export declare function csrr_mie(): u32;
export declare function csrw_mie(value: u32): void;
export declare function csrs_mie(value: u32): void;
export declare function csrc_mie(value: u32): void;
export declare function csrrw_mie(value: u32): u32;
export declare function csrrs_mie(value: u32): u32;
export declare function csrrc_mie(value: u32): u32;
export declare function csrr_mtvec(): u32;
export declare function csrw_mtvec(value: u32): void;
export declare function csrs_mtvec(value: u32): void;
export declare function csrc_mtvec(value: u32): void;
export declare function csrrw_mtvec(value: u32): u32;
export declare function csrrs_mtvec(value: u32): u32;
export declare function csrrc_mtvec(value: u32): u32;
export declare function csrr_mcounteren(): u32;
export declare function csrw_mcounteren(value: u32): void;
export declare function csrs_mcounteren(value: u32): void;
export declare function csrc_mcounteren(value: u32): void;
export declare function csrrw_mcounteren(value: u32): u32;
export declare function csrrs_mcounteren(value: u32): u32;
export declare function csrrc_mcounteren(value: u32): u32;
export declare function csrr_mcountinhibit(): u32;
export declare function csrw_mcountinhibit(value: u32): void;
export declare function csrs_mcountinhibit(value: u32): void;
export declare function csrc_mcountinhibit(value: u32): void;
export declare function csrrw_mcountinhibit(value: u32): u32;
export declare function csrrs_mcountinhibit(value: u32): u32;
export declare function csrrc_mcountinhibit(value: u32): u32;
export declare function csrr_mscratch(): u32;
export declare function csrw_mscratch(value: u32): void;
export declare function csrs_mscratch(value: u32): void;
export declare function csrc_mscratch(value: u32): void;
export declare function csrrw_mscratch(value: u32): u32;
export declare function csrrs_mscratch(value: u32): u32;
export declare function csrrc_mscratch(value: u32): u32;
export declare function csrr_mepc(): u32;
export declare function csrw_mepc(value: u32): void;
export declare function csrs_mepc(value: u32): void;
export declare function csrc_mepc(value: u32): void;
export declare function csrrw_mepc(value: u32): u32;
export declare function csrrs_mepc(value: u32): u32;
export declare function csrrc_mepc(value: u32): u32;
export declare function csrr_mcause(): u32;
export declare function csrw_mcause(value: u32): void;
export declare function csrs_mcause(value: u32): void;
export declare function csrc_mcause(value: u32): void;
export declare function csrrw_mcause(value: u32): u32;
export declare function csrrs_mcause(value: u32): u32;
export declare function csrrc_mcause(value: u32): u32;
export declare function csrr_mtval(): u32;
export declare function csrw_mtval(value: u32): void;
export declare function csrs_mtval(value: u32): void;
export declare function csrc_mtval(value: u32): void;
export declare function csrrw_mtval(value: u32): u32;
export declare function csrrs_mtval(value: u32): u32;
export declare function csrrc_mtval(value: u32): u32;
export declare function csrr_mip(): u32;
export declare function csrw_mip(value: u32): void;
export declare function csrs_mip(value: u32): void;
export declare function csrc_mip(value: u32): void;
export declare function csrrw_mip(value: u32): u32;
export declare function csrrs_mip(value: u32): u32;
export declare function csrrc_mip(value: u32): u32;
export declare function csrr_menvcfg(): u32;
export declare function csrw_menvcfg(value: u32): void;
export declare function csrs_menvcfg(value: u32): void;
export declare function csrc_menvcfg(value: u32): void;
export declare function csrrw_menvcfg(value: u32): u32;
export declare function csrrs_menvcfg(value: u32): u32;
export declare function csrrc_menvcfg(value: u32): u32;
export declare function csrr_menvcfgh(): u32;
export declare function csrw_menvcfgh(value: u32): void;
export declare function csrs_menvcfgh(value: u32): void;
export declare function csrc_menvcfgh(value: u32): void;
export declare function csrrw_menvcfgh(value: u32): u32;
export declare function csrrs_menvcfgh(value: u32): u32;
export declare function csrrc_menvcfgh(value: u32): u32;
export declare function csrr_mhartid(): u32;
export declare function csrr_mvendorid(): u32;
export declare function csrr_marchid(): u32;
export declare function csrr_mimpid(): u32;
export declare function csrr_pmpcfg0(): u32;
export declare function csrw_pmpcfg0(value: u32): void;
export declare function csrs_pmpcfg0(value: u32): void;
export declare function csrc_pmpcfg0(value: u32): void;
export declare function csrrw_pmpcfg0(value: u32): u32;
export declare function csrrs_pmpcfg0(value: u32): u32;
export declare function csrrc_pmpcfg0(value: u32): u32;
export declare function csrr_pmpcfg1(): u32;
export declare function csrw_pmpcfg1(value: u32): void;
export declare function csrs_pmpcfg1(value: u32): void;
export declare function csrc_pmpcfg1(value: u32): void;
export declare function csrrw_pmpcfg1(value: u32): u32;
export declare function csrrs_pmpcfg1(value: u32): u32;
export declare function csrrc_pmpcfg1(value: u32): u32;
export declare function csrr_pmpcfg2(): u32;
export declare function csrw_pmpcfg2(value: u32): void;
export declare function csrs_pmpcfg2(value: u32): void;
export declare function csrc_pmpcfg2(value: u32): void;
export declare function csrrw_pmpcfg2(value: u32): u32;
export declare function csrrs_pmpcfg2(value: u32): u32;
export declare function csrrc_pmpcfg2(value: u32): u32;
export declare function csrr_pmpcfg3(): u32;
export declare function csrw_pmpcfg3(value: u32): void;
export declare function csrs_pmpcfg3(value: u32): void;
export declare function csrc_pmpcfg3(value: u32): void;
export declare function csrrw_pmpcfg3(value: u32): u32;
export declare function csrrs_pmpcfg3(value: u32): u32;
export declare function csrrc_pmpcfg3(value: u32): u32;
export declare function csrr_pmpaddr0(): u32;
export declare function csrw_pmpaddr0(value: u32): void;
export declare function csrs_pmpaddr0(value: u32): void;
export declare function csrc_pmpaddr0(value: u32): void;
export declare function csrrw_pmpaddr0(value: u32): u32;
export declare function csrrs_pmpaddr0(value: u32): u32;
export declare function csrrc_pmpaddr0(value: u32): u32;
export declare function csrr_pmpaddr1(): u32;
export declare function csrw_pmpaddr1(value: u32): void;
export declare function csrs_pmpaddr1(value: u32): void;
export declare function csrc_pmpaddr1(value: u32): void;
export declare function csrrw_pmpaddr1(value: u32): u32;
export declare function csrrs_pmpaddr1(value: u32): u32;
export declare function csrrc_pmpaddr1(value: u32): u32;
export declare function csrr_pmpaddr2(): u32;
export declare function csrw_pmpaddr2(value: u32): void;
export declare function csrs_pmpaddr2(value: u32): void;
export declare function csrc_pmpaddr2(value: u32): void;
export declare function csrrw_pmpaddr2(value: u32): u32;
export declare function csrrs_pmpaddr2(value: u32): u32;
export declare function csrrc_pmpaddr2(value: u32): u32;
export declare function csrr_pmpaddr3(): u32;
export declare function csrw_pmpaddr3(value: u32): void;
export declare function csrs_pmpaddr3(value: u32): void;
export declare function csrc_pmpaddr3(value: u32): void;
export declare function csrrw_pmpaddr3(value: u32): u32;
export declare function csrrs_pmpaddr3(value: u32): u32;
export declare function csrrc_pmpaddr3(value: u32): u32;
export declare function csrr_pmpaddr4(): u32;
export declare function csrw_pmpaddr4(value: u32): void;
export declare function csrs_pmpaddr4(value: u32): void;
export declare function csrc_pmpaddr4(value: u32): void;
export declare function csrrw_pmpaddr4(value: u32): u32;
export declare function csrrs_pmpaddr4(value: u32): u32;
export declare function csrrc_pmpaddr4(value: u32): u32;
export declare function csrr_pmpaddr5(): u32;
export declare function csrw_pmpaddr5(value: u32): void;
export declare function csrs_pmpaddr5(value: u32): void;
export declare function csrc_pmpaddr5(value: u32): void;
export declare function csrrw_pmpaddr5(value: u32): u32;
export declare function csrrs_pmpaddr5(value: u32): u32;
export declare function csrrc_pmpaddr5(value: u32): u32;
export declare function csrr_pmpaddr6(): u32;
export declare function csrw_pmpaddr6(value: u32): void;
export declare function csrs_pmpaddr6(value: u32): void;
export declare function csrc_pmpaddr6(value: u32): void;
export declare function csrrw_pmpaddr6(value: u32): u32;
export declare function csrrs_pmpaddr6(value: u32): u32;
export declare function csrrc_pmpaddr6(value: u32): u32;
export declare function csrr_pmpaddr7(): u32;
export declare function csrw_pmpaddr7(value: u32): void;
export declare function csrs_pmpaddr7(value: u32): void;
export declare function csrc_pmpaddr7(value: u32): void;
export declare function csrrw_pmpaddr7(value: u32): u32;
export declare function csrrs_pmpaddr7(value: u32): u32;
export declare function csrrc_pmpaddr7(value: u32): u32;
export declare function csrr_sstatus(): u32;
export declare function csrw_sstatus(value: u32): void;
export declare function csrs_sstatus(value: u32): void;
export declare function csrc_sstatus(value: u32): void;
export declare function csrrw_sstatus(value: u32): u32;
export declare function csrrs_sstatus(value: u32): u32;
export declare function csrrc_sstatus(value: u32): u32;
export declare function csrr_sie(): u32;
export declare function csrw_sie(value: u32): void;
export declare function csrs_sie(value: u32): void;
export declare function csrc_sie(value: u32): void;
export declare function csrrw_sie(value: u32): u32;
export declare function csrrs_sie(value: u32): u32;
export declare function csrrc_sie(value: u32): u32;
export declare function csrr_stvec(): u32;
export declare function csrw_stvec(value: u32): void;
export declare function csrs_stvec(value: u32): void;
export declare function csrc_stvec(value: u32): void;
export declare function csrrw_stvec(value: u32): u32;
export declare function csrrs_stvec(value: u32): u32;
export declare function csrrc_stvec(value: u32): u32;
export declare function csrr_scounteren(): u32;
export declare function csrw_scounteren(value: u32): void;
export declare function csrs_scounteren(value: u32): void;
export declare function csrc_scounteren(value: u32): void;
export declare function csrrw_scounteren(value: u32): u32;
export declare function csrrs_scounteren(value: u32): u32;
export declare function csrrc_scounteren(value: u32): u32;
export declare function csrr_sscratch(): u32;
export declare function csrw_sscratch(value: u32): void;
export declare function csrs_sscratch(value: u32): void;
export declare function csrc_sscratch(value: u32): void;
export declare function csrrw_sscratch(value: u32): u32;
export declare function csrrs_sscratch(value: u32): u32;
export declare function csrrc_sscratch(value: u32): u32;
export declare function csrr_sepc(): u32;
export declare function csrw_sepc(value: u32): void;
export declare function csrs_sepc(value: u32): void;
export declare function csrc_sepc(value: u32): void;
export declare function csrrw_sepc(value: u32): u32;
export declare function csrrs_sepc(value: u32): u32;
export declare function csrrc_sepc(value: u32): u32;
export declare function csrr_scause(): u32;
export declare function csrw_scause(value: u32): void;
export declare function csrs_scause(value: u32): void;
export declare function csrc_scause(value: u32): void;
export declare function csrrw_scause(value: u32): u32;
export declare function csrrs_scause(value: u32): u32;
export declare function csrrc_scause(value: u32): u32;
export declare function csrr_stval(): u32;
export declare function csrw_stval(value: u32): void;
export declare function csrs_stval(value: u32): void;
export declare function csrc_stval(value: u32): void;
export declare function csrrw_stval(value: u32): u32;
export declare function csrrs_stval(value: u32): u32;
export declare function csrrc_stval(value: u32): u32;
export declare function csrr_sip(): u32;
export declare function csrw_sip(value: u32): void;
export declare function csrs_sip(value: u32): void;
export declare function csrc_sip(value: u32): void;
export declare function csrrw_sip(value: u32): u32;
export declare function csrrs_sip(value: u32): u32;
export declare function csrrc_sip(value: u32): u32;
export declare function csrr_stimecmp(): u32;
export declare function csrw_stimecmp(value: u32): void;
export declare function csrs_stimecmp(value: u32): void;
export declare function csrc_stimecmp(value: u32): void;
export declare function csrrw_stimecmp(value: u32): u32;
export declare function csrrs_stimecmp(value: u32): u32;
export declare function csrrc_stimecmp(value: u32): u32;
export declare function csrr_stimecmph(): u32;
export declare function csrw_stimecmph(value: u32): void;
export declare function csrs_stimecmph(value: u32): void;
export declare function csrc_stimecmph(value: u32): void;
export declare function csrrw_stimecmph(value: u32): u32;
export declare function csrrs_stimecmph(value: u32): u32;
export declare function csrrc_stimecmph(value: u32): u32;
export declare function csrr_satp(): u32;
export declare function csrw_satp(value: u32): void;
export declare function csrs_satp(value: u32): void;
export declare function csrc_satp(value: u32): void;
export declare function csrrw_satp(value: u32): u32;
export declare function csrrs_satp(value: u32): u32;
export declare function csrrc_satp(value: u32): u32;
export declare function csrr_cycle(): u32;
export declare function csrr_cycleh(): u32;
export declare function csrr_time(): u32;
export declare function csrr_timeh(): u32;
export declare function csrr_instret(): u32;
export declare function csrr_instreth(): u32;
export declare function csrr_mcycle(): u32;
export declare function csrw_mcycle(value: u32): void;
export declare function csrs_mcycle(value: u32): void;
export declare function csrc_mcycle(value: u32): void;
export declare function csrrw_mcycle(value: u32): u32;
export declare function csrrs_mcycle(value: u32): u32;
export declare function csrrc_mcycle(value: u32): u32;
export declare function csrr_mcycleh(): u32;
export declare function csrw_mcycleh(value: u32): void;
export declare function csrs_mcycleh(value: u32): void;
export declare function csrc_mcycleh(value: u32): void;
export declare function csrrw_mcycleh(value: u32): u32;
export declare function csrrs_mcycleh(value: u32): u32;
export declare function csrrc_mcycleh(value: u32): u32;
export declare function csrr_minstret(): u32;
export declare function csrw_minstret(value: u32): void;
export declare function csrs_minstret(value: u32): void;
export declare function csrc_minstret(value: u32): void;
export declare function csrrw_minstret(value: u32): u32;
export declare function csrrs_minstret(value: u32): u32;
export declare function csrrc_minstret(value: u32): u32;
export declare function csrr_minstreth(): u32;
export declare function csrw_minstreth(value: u32): void;
export declare function csrs_minstreth(value: u32): void;
export declare function csrc_minstreth(value: u32): void;
export declare function csrrw_minstreth(value: u32): u32;
export declare function csrrs_minstreth(value: u32): u32;
export declare function csrrc_minstreth(value: u32): u32;
