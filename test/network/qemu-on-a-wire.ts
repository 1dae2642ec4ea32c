/** QEMU with a processor that sleeps and a network card on one of our wires, doing what qtest says. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { GuestBus } from '../../machine/devices/virtio/testing/guest-driver.ts';
import { QEMU } from '../qemu-boot.ts';

/** `wfi` and `j` back to it at the start of RAM: a stopped machine would send nothing. */
const SLEEP = [
  ...['-device', 'loader,addr=0x80000000,data=0x10500073,data-len=4'],
  ...['-device', 'loader,addr=0x80000004,data=0xffdff06f,data-len=4'],
];

const suffix = (width: 1 | 2 | 4) => ({ 1: 'b', 2: 'w', 4: 'l' })[width];

export class QemuOnWire implements GuestBus {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly waiting: ((line: string) => void)[] = [];

  /** @param devices QEMU's arguments for them */
  constructor(version: 'legacy' | 'modern', devices: readonly string[]) {
    this.process = spawn(QEMU, [
      ...['-machine', 'virt', '-bios', 'none', '-display', 'none', '-serial', 'null'],
      ...['-nodefaults', '-qtest', 'stdio', '-qtest-log', 'none', ...SLEEP, ...devices],
      ...['-global', `virtio-mmio.force-legacy=${version === 'legacy' ? 'on' : 'off'}`],
    ]);
    createInterface(this.process.stdout).on('line', (line) => {
      if (line.startsWith('OK')) this.waiting.shift()?.(line);
    });
  }

  private ask(command: string): Promise<string> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.process.stdin.write(`${command}\n`);
    });
  }

  async read(address: number, width: 1 | 2 | 4): Promise<number> {
    const reply = await this.ask(`read${suffix(width)} 0x${address.toString(16)}`);
    return Number(reply.slice('OK '.length));
  }

  async write(address: number, width: 1 | 2 | 4, value: number): Promise<void> {
    await this.ask(`write${suffix(width)} 0x${address.toString(16)} 0x${value.toString(16)}`);
  }

  async readBytes(address: number, length: number): Promise<Uint8Array> {
    if (length === 0) return new Uint8Array(0);
    const reply = await this.ask(`read 0x${address.toString(16)} ${length}`);
    return new Uint8Array(Buffer.from(reply.slice('OK 0x'.length), 'hex'));
  }

  async writeBytes(address: number, bytes: Uint8Array): Promise<void> {
    const data = Buffer.from(bytes).toString('hex');
    await this.ask(`write 0x${address.toString(16)} ${bytes.length} 0x${data}`);
  }

  pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 5));
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      this.process.once('exit', () => resolve());
      this.process.kill();
    });
  }
}
