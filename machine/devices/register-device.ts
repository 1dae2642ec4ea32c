/**
 * The base of every device with registers. A device declares its registers and its state; from
 * that follow decoding, reset, save and restore, and what is reported when a guest reaches for a
 * register that is not there. What is left to the device is one switch for reads, one for writes.
 */

import type { Device, DeviceDeclaration, StateDeclaration, StateValues } from './device.ts';
import { createState, resetState, restoreState, saveState, type StateOf } from './device-state.ts';
import type { GuestErrorHook } from './guest-error.ts';
import { createRegisterMap, type RegisterMap } from './register-map.ts';

/** A declaration whose state list is known to the type checker, so that the state object is typed. */
export type DeclarationWith<State extends readonly StateDeclaration[]> = DeviceDeclaration & {
  readonly state: State;
};

export abstract class RegisterDevice<
  const State extends readonly StateDeclaration[],
> implements Device {
  readonly declaration: DeclarationWith<State>;
  protected readonly state: StateOf<State>;
  private readonly registers: RegisterMap;
  private readonly report: GuestErrorHook;

  protected constructor(declaration: DeclarationWith<State>, report: GuestErrorHook) {
    this.declaration = declaration;
    this.state = createState(declaration.state);
    this.registers = createRegisterMap(declaration.registers);
    this.report = report;
  }

  /**
   * A read of a declared, readable register.
   * @param register the register's declared offset
   * @param element the index into an array of registers, else 0
   * @returns an unsigned number of at most the register's width
   */
  protected abstract readRegister(register: number, element: number): number;

  /** A write of a declared, writable register; `value` is unsigned, of the access's width. */
  protected abstract writeRegister(register: number, element: number, value: number): void;

  /** Called when `reset` or `restoreState` has replaced the state: set alarms again, as it says. */
  protected abstract stateReplaced(cause: 'reset' | 'restore'): void;

  read(offset: number, width: number): number {
    const slot = this.registers.get(offset);
    if (slot?.readable === true) return this.readRegister(slot.register, slot.element);
    const problem = slot === undefined ? 'no such register' : `${slot.name} is write-only`;
    this.reportRead(offset, width, problem);
    return 0;
  }

  write(offset: number, width: number, value: number): void {
    const slot = this.registers.get(offset);
    if (slot?.writable === true) {
      this.writeRegister(slot.register, slot.element, value);
      return;
    }
    this.reportWrite(
      offset,
      width,
      value,
      slot === undefined ? 'no such register' : `${slot.name} is read-only`,
    );
  }

  /** Reports a read that means nothing to the device. */
  protected reportRead(offset: number, width: number, problem: string): void {
    this.report({ device: this.declaration.name, access: 'read', offset, width, problem });
  }

  /** Reports a write that means nothing to the device. */
  protected reportWrite(offset: number, width: number, value: number, problem: string): void {
    const device = this.declaration.name;
    this.report({ device, access: 'write', offset, width, value, problem });
  }

  reset(): void {
    resetState(this.declaration.state, this.state);
    this.stateReplaced('reset');
  }

  saveState(): StateValues {
    return saveState(this.declaration.state, this.state);
  }

  restoreState(values: StateValues): void {
    restoreState(this.declaration.state, this.state, values);
    this.stateReplaced('restore');
  }
}
