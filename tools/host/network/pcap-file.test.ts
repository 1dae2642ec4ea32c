import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { describeWithWitness } from '../../../test/witness.ts';
import { PcapFile } from './pcap-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'vitrine-pcap-'));
const path = join(folder, 'wire.pcap');

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** An ARP request: who has 10.0.2.2? */
const ARP = Uint8Array.from([
  ...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 8, 6],
  ...[0, 1, 8, 0, 6, 4, 0, 1, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 10, 0, 2, 15],
  ...[0, 0, 0, 0, 0, 0, 10, 0, 2, 2],
]);

function record(): void {
  const file = new PcapFile(path);
  file.record(1_500_000_000, ARP);
  file.record(2_000_000_007, new Uint8Array(60));
  file.record(5, ARP); // after a reset
  file.close();
}

it('has the frames with their times, which only grow', () => {
  record();
  const bytes = readFileSync(path);
  expect(bytes.readUInt32LE(0)).toBe(0xa1b2_3c4d);
  const times = [];
  for (let at = 24; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
    times.push([bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)]);
  }
  expect(times).toEqual([
    [1, 500_000_000],
    [2, 7],
    [2, 12],
  ]);
});

describeWithWitness('tshark', 'tshark', () => {
  it('opens it', () => {
    record();
    const fields = ['-T', 'fields', '-e', 'frame.time_relative', '-e', '_ws.col.Info'];
    const text = execFileSync('tshark', ['-r', path, ...fields], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(text.split('\n')[0]).toMatch(/^0\.000000000\tWho has 10\.0\.2\.2\? Tell 10\.0\.2\.15/);
    expect(text.trim().split('\n')).toHaveLength(3);
  });
});
