/** The options of `vitrine boot`, as commander hands them over. */
import type { NetOption } from '../host/network/net-option.ts';
import type { Pace } from '../host/pace.ts';
import type { SerialChoice } from '../host/serial-line.ts';
import type { MachineOptions } from './machine-options.ts';

export interface BootOptions extends MachineOptions {
  readonly exec?: readonly string[];
  readonly pace?: Pace;
  readonly maxCycles?: number;
  readonly hash?: boolean;
  readonly record?: string;
  readonly replay?: string;
  readonly save?: string;
  readonly resume?: string;
  readonly stats?: boolean | string;
  readonly serial: SerialChoice;
  readonly net?: NetOption;
  readonly pcap?: string;
  readonly pflash?: readonly string[];
  readonly dtb?: string;
  readonly dumpdtb?: string;
  readonly signature?: string;
  readonly signatureGranularity: number;
}
