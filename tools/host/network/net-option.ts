/** What `--net` says: `none`, or `hub:NAME[,mac=XX:XX:XX:XX:XX:XX][,bus=virtio-mmio-bus.N]`. */
import { InputError } from '../command-error.ts';
import { parseBus, splitKey, splitOption, type OptionError } from '../option-list.ts';

export interface NetOption {
  /** The wire's name. */
  readonly hub: string;
  /** Hardware address: six bytes; by default by the machine's number on the wire. */
  readonly mac?: Uint8Array;
  readonly slot?: number;
}

const NAME = /^[A-Za-z0-9_-]{1,32}$/;
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;
const MULTICAST_BIT = 0x01;

/** The addresses that QEMU gives its network cards begin with this one. */
const FIRST_MAC = [0x52, 0x54, 0x00, 0x12, 0x34, 0x56];

/** The hardware address of the machine with that number on the wire, below 256. */
export function memberMac(number: number): Uint8Array {
  const mac = Uint8Array.from(FIRST_MAC);
  mac[mac.length - 1] += number;
  return mac;
}

/** @throws InputError naming the option and what is wrong with it */
export function parseNetOption(text: string): NetOption | undefined {
  const fail = (problem: string) => new InputError(`--net ${text}: ${problem}`);
  if (text === 'none') return undefined;
  const [first, ...rest] = splitOption(text);
  if (!first.startsWith('hub:')) throw fail('it is none or hub:NAME');
  const hub = first.slice('hub:'.length);
  if (!NAME.test(hub)) throw fail('a name has 1 to 32 letters, digits, _ or -');
  const option: { -readonly [Key in keyof NetOption]: NetOption[Key] } = { hub };
  for (const { key, value } of rest.map((part) => splitKey(part, fail))) {
    if (key === 'mac') option.mac = parseMac(value, fail);
    else if (key === 'bus') option.slot = parseBus(value, fail);
    else throw fail(`"${key}" is none of mac and bus`);
  }
  return option;
}

function parseMac(value: string, fail: OptionError): Uint8Array {
  if (!MAC.test(value)) throw fail(`a hardware address is like 52:54:00:12:34:56, not "${value}"`);
  const mac = Uint8Array.from(value.split(':'), (byte) => Number.parseInt(byte, 16));
  if ((mac[0] & MULTICAST_BIT) !== 0) throw fail(`${value} is the address of a group`);
  return mac;
}
