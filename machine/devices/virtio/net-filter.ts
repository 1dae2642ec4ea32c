/**
 * Which frames a network card lets in: modes, hardware addresses and VLANs that the driver sets
 * through the control queue.
 *
 * Source: Virtual I/O Device 1.2, 5.1.6.5 "Control Virtqueue"; QEMU hw/net/virtio-net.c.
 */

import type { StateOf } from '../device-state.ts';
import {
  ControlAck,
  ControlClass,
  MAC_BYTES,
  MAC_TABLE_ENTRIES,
  MacCommand,
  RECEIVE_MODES,
  VLANS,
  VlanCommand,
  type declareNet,
} from './net-registers.ts';

export type NetState = StateOf<ReturnType<typeof declareNet>['state']>;

const ENTRIES_BYTES = 4;
const VLAN_ID_BYTES = 2;
const VLAN_BITS = 32;

const FRAME_TYPE = 12;
const FRAME_TYPE_VLAN = 0x8100;
const FRAME_VLAN_TAG = 14;
const VLAN_ID_MASK = 0xfff;
const VLAN_FRAME_BYTES = 16;
const MULTICAST_BIT = 0x01;

/** What is left of a filter without a driver: everything passes. */
export function resetFilter(state: NetState, mac: Uint8Array): void {
  state.mac.set(mac);
  for (const mode of RECEIVE_MODES) state[mode] = 0;
  state.promiscuous = 1;
  state.macTable.fill(0);
  state.unicastEntries = 0;
  state.multicastEntries = 0;
  state.unicastOverflow = 0;
  state.multicastOverflow = 0;
  state.vlans.fill(0);
}

/** Whether a frame passes. Without `filtersVlans`, whatever its VLAN. */
export function passesFilter(state: NetState, frame: Uint8Array, filtersVlans: boolean): boolean {
  if (state.promiscuous !== 0) return true;
  if (filtersVlans && !passesVlan(state, frame)) return false;
  const address = frame.subarray(0, MAC_BYTES);
  const { unicastEntries, multicastEntries } = state;
  if ((address[0] & MULTICAST_BIT) !== 0) {
    if (address.every((byte) => byte === 0xff)) return state.noBroadcast === 0;
    if (state.noMulticast !== 0) return false;
    if (state.allMulticast !== 0 || state.multicastOverflow !== 0) return true;
    return isInTable(state, address, unicastEntries, unicastEntries + multicastEntries);
  }
  if (state.noUnicast !== 0) return false;
  if (state.allUnicast !== 0 || state.unicastOverflow !== 0) return true;
  return isSame(address, state.mac, 0) || isInTable(state, address, 0, unicastEntries);
}

function passesVlan({ vlans }: NetState, frame: Uint8Array): boolean {
  if (frame.length < VLAN_FRAME_BYTES) return true;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  if (view.getUint16(FRAME_TYPE) !== FRAME_TYPE_VLAN) return true;
  const id = view.getUint16(FRAME_VLAN_TAG) & VLAN_ID_MASK;
  return ((vlans[Math.floor(id / VLAN_BITS)] >>> (id % VLAN_BITS)) & 1) !== 0;
}

function isSame(address: Uint8Array, bytes: ArrayLike<number>, at: number): boolean {
  return address.every((byte, index) => byte === bytes[at + index]);
}

function isInTable(
  { macTable }: NetState,
  address: Uint8Array,
  first: number,
  end: number,
): boolean {
  for (let entry = first; entry < end; entry++) {
    if (isSame(address, macTable, entry * MAC_BYTES)) return true;
  }
  return false;
}

/** Carries out a command about the filter; what is not one is refused. */
export function commandFilter(
  state: NetState,
  kind: number,
  command: number,
  data: Uint8Array,
): ControlAck {
  switch (kind) {
    case ControlClass.Receive:
      return switchMode(state, command, data);
    case ControlClass.Mac:
      if (command === MacCommand.AddressSet) return setAddress(state, data);
      return command === MacCommand.TableSet ? setTable(state, data) : ControlAck.Error;
    case ControlClass.Vlan:
      return changeVlan(state, command, data);
    default:
      return ControlAck.Error;
  }
}

function switchMode(state: NetState, command: number, data: Uint8Array): ControlAck {
  const mode = RECEIVE_MODES.at(command);
  if (mode === undefined || data.length === 0) return ControlAck.Error;
  state[mode] = data[0] === 0 ? 0 : 1;
  return ControlAck.Ok;
}

function setAddress(state: NetState, data: Uint8Array): ControlAck {
  if (data.length !== MAC_BYTES) return ControlAck.Error;
  state.mac.set(data);
  return ControlAck.Ok;
}

/** One list of addresses at the front of the data, or undefined if it is cut off. */
function readList(data: Uint8Array): { entries: number; end: number } | undefined {
  if (data.length < ENTRIES_BYTES) return undefined;
  const entries = new DataView(data.buffer, data.byteOffset, data.length).getUint32(0, true);
  const end = ENTRIES_BYTES + entries * MAC_BYTES;
  return end <= data.length ? { entries, end } : undefined;
}

function setTable(state: NetState, data: Uint8Array): ControlAck {
  const unicast = readList(data);
  if (unicast === undefined) return ControlAck.Error;
  const rest = data.subarray(unicast.end);
  const multicast = readList(rest);
  if (multicast === undefined || multicast.end !== rest.length) return ControlAck.Error;
  const { macTable } = state;
  macTable.fill(0);
  const take = (list: Uint8Array, entries: number, first: number): number => {
    if (first + entries > MAC_TABLE_ENTRIES) return 0;
    macTable.set(list.subarray(ENTRIES_BYTES), first * MAC_BYTES);
    return entries;
  };
  state.unicastEntries = take(data.subarray(0, unicast.end), unicast.entries, 0);
  state.unicastOverflow = state.unicastEntries === unicast.entries ? 0 : 1;
  state.multicastEntries = take(rest, multicast.entries, state.unicastEntries);
  state.multicastOverflow = state.multicastEntries === multicast.entries ? 0 : 1;
  return ControlAck.Ok;
}

function changeVlan(state: NetState, command: number, data: Uint8Array): ControlAck {
  if (data.length < VLAN_ID_BYTES) return ControlAck.Error;
  const id = data[0] | (data[1] << 8);
  if (id >= VLANS) return ControlAck.Error;
  const mask = 1 << (id % VLAN_BITS);
  const word = Math.floor(id / VLAN_BITS);
  if (command === VlanCommand.Add) state.vlans[word] |= mask;
  else if (command === VlanCommand.Delete) state.vlans[word] &= ~mask;
  else return ControlAck.Error;
  return ControlAck.Ok;
}
