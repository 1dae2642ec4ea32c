/**
 * A record of the wire that Wireshark and tshark open: a pcap file with times in nanoseconds, which
 * are the guest's, counted from its power-on.
 *
 * Source: https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/
 */
import { closeSync } from 'node:fs';
import { CYCLES_PER_SECOND } from '../../../machine/devices/guest-time.ts';
import { LONGEST_FRAME } from '../../../machine/devices/virtio/net-link.ts';
import { openForWriting, writeAll } from '../file-line.ts';

/** Times have nanoseconds. */
const MAGIC = 0xa1b2_3c4d;
const MAJOR_VERSION = 2;
const MINOR_VERSION = 4;
const LINKTYPE_ETHERNET = 1;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const NANOSECONDS_PER_CYCLE = 1_000_000_000 / CYCLES_PER_SECOND;

function fileHeader(): Uint8Array {
  const view = new DataView(new ArrayBuffer(FILE_HEADER_BYTES));
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, MAJOR_VERSION, true);
  view.setUint16(6, MINOR_VERSION, true);
  view.setUint32(16, LONGEST_FRAME, true);
  view.setUint32(20, LINKTYPE_ETHERNET, true);
  return new Uint8Array(view.buffer);
}

/** A frame with the time at which it was on the wire, in cycles. */
export function pcapRecord(cycle: number, frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(RECORD_HEADER_BYTES + frame.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(cycle / CYCLES_PER_SECOND), true);
  view.setUint32(4, Math.floor((cycle % CYCLES_PER_SECOND) * NANOSECONDS_PER_CYCLE), true);
  view.setUint32(8, frame.length, true);
  view.setUint32(12, frame.length, true);
  bytes.set(frame, RECORD_HEADER_BYTES);
  return bytes;
}

export class PcapFile {
  private readonly descriptor: number;
  /** Cycles before the last reset of the machine, so that times only grow. */
  private earlier = 0;
  private last = 0;

  /** @throws InputError if the file cannot be written */
  constructor(private readonly path: string) {
    this.descriptor = openForWriting(path);
    writeAll(path, this.descriptor, fileHeader());
  }

  /** @throws RunError if the host cannot write any more */
  record(cycle: number, frame: Uint8Array): void {
    if (this.earlier + cycle < this.last) this.earlier = this.last;
    this.last = this.earlier + cycle;
    writeAll(this.path, this.descriptor, pcapRecord(this.last, frame));
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
