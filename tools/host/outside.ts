/**
 * What a machine is connected to besides its disks: where its serial line and its virtio console end,
 * the wire that its network card is on, the record of that wire. Everything is opened before there is
 * a machine, and closed after it, whatever happens in between.
 */
import type { VirtConsole, VirtEntropy, VirtNet } from '../../machine/boards/virtio-slots.ts';
import { FrameQueue } from '../../machine/devices/virtio/net-link.ts';
import type { DeviceOption, SeededDevice } from './device-option.ts';
import type { HostTerminal } from './host-terminal.ts';
import { LineConsole } from './line-console.ts';
import { WireMember } from './network/hub.ts';
import { memberMac, type NetOption } from './network/net-option.ts';
import { PcapFile } from './network/pcap-file.ts';
import { wirePlace } from './network/wire-folder.ts';
import { MOST_TYPED_AHEAD, type Console, type Inlet } from './run-loop.ts';
import { openSerialLine, type SerialChoice, type SerialLine } from './serial-line.ts';
import type { VirtGuest } from './virt-guest.ts';
import type { WakeSource } from './wake-source.ts';

export interface OutsideOptions {
  readonly serial: SerialChoice;
  readonly devices: readonly SeededDevice[];
  readonly net: NetOption | undefined;
  /** The file for the record of the wire. */
  readonly pcap: string | undefined;
}

/** Whether keys can go to two places, of which Ctrl-A c chooses one. */
export function sharesTerminal({
  serial,
  devices,
}: Pick<OutsideOptions, 'serial'> & { readonly devices: readonly DeviceOption[] }): boolean {
  return serial.kind === 'stdio' && devices.some(isConsoleHere);
}

const isConsoleHere = (device: DeviceOption): boolean =>
  device.kind === 'console' && device.to.kind === 'stdio';

interface Connection {
  readonly net: VirtNet;
  readonly inlet: Inlet;
}

export class Outside {
  private readonly closers: (() => void)[] = [];
  private readonly found: Inlet[] = [];
  private guest: VirtGuest | undefined;
  private end: Console;
  private card: VirtNet | undefined;
  private readonly others: (VirtConsole | VirtEntropy)[] = [];

  private constructor(
    private readonly options: OutsideOptions,
    private readonly terminal: HostTerminal,
    private readonly wake: WakeSource,
    private readonly say: (message: string) => void,
  ) {
    this.end = terminal;
  }

  /**
   * Opens all, or nothing.
   * @param say told, in one line, where a person finds what was opened
   * @throws InputError naming what cannot be opened
   */
  static async open(
    options: OutsideOptions,
    terminal: HostTerminal,
    wake: WakeSource,
    say: (message: string) => void,
  ): Promise<Outside> {
    const outside = new Outside(options, terminal, wake, say);
    try {
      await outside.openAll();
      return outside;
    } catch (error) {
      outside.close();
      throw error;
    }
  }

  private async openAll(): Promise<void> {
    const { serial, devices, net } = this.options;
    if (serial.kind !== 'stdio') {
      this.end = new LineConsole(this.terminal, await this.openLine(serial, 'the serial line'));
    }
    for (const device of devices) {
      if (device.kind === 'entropy') this.others.push(device);
      else this.others.push(await this.openConsole(device));
    }
    if (net !== undefined) {
      const { net: card, inlet } = await this.joinWire(net);
      this.card = card;
      this.found.push(inlet);
    }
  }

  /** The person's end of the serial line. */
  get console(): Console {
    return this.end;
  }

  /** What of it sits in virtio slots. */
  get virtio(): { net?: VirtNet; others: readonly (VirtConsole | VirtEntropy)[] } {
    return { others: this.others, ...(this.card === undefined ? {} : { net: this.card }) };
  }

  /** The ways into the machine, of which there is one. */
  inlets(guest: VirtGuest): readonly Inlet[] {
    this.guest = guest;
    return this.found;
  }

  /** Does nothing the second time. */
  close(): void {
    for (const close of this.closers.splice(0).reverse()) close();
  }

  private async openLine(
    choice: Exclude<SerialChoice, { kind: 'stdio' }>,
    what: string,
  ): Promise<SerialLine> {
    const line = await openSerialLine(choice, this.wake);
    this.closers.push(() => {
      line.close();
    });
    if (choice.kind === 'pty' || choice.kind === 'socket') this.say(`${what} is ${line.place}`);
    return line;
  }

  private async openConsole({
    to,
    ...place
  }: DeviceOption & { kind: 'console' }): Promise<VirtConsole> {
    if (to.kind === 'stdio') {
      this.found.push(this.inletFromTerminal());
      const { terminal } = this;
      return { ...place, port: { transmit: (byte) => terminal.put(byte) } };
    }
    const line = await this.openLine(to, 'the virtio console');
    const hasArrived = (): boolean => line.hasArrived && this.hasRoomAtConsole;
    this.found.push({
      get hasArrived() {
        return hasArrived();
      },
      get isOpen() {
        return !line.inputEnded;
      },
      serve: () => {
        this.typeAtConsole(() => line.takeArrived());
        line.flush();
      },
    });
    return { ...place, port: { transmit: (byte) => line.put(byte) } };
  }

  /** Keys for the virtio console: those after Ctrl-A c, or all if the serial line is elsewhere. */
  private inletFromTerminal(): Inlet {
    const { terminal } = this;
    const isShared = sharesTerminal(this.options);
    const take = () => (isShared ? terminal.takeArrivedAtConsole() : terminal.takeArrived());
    const hasArrived = (): boolean => {
      const waits = isShared ? terminal.hasArrivedAtConsole : terminal.hasArrived;
      return waits && this.hasRoomAtConsole;
    };
    return {
      get hasArrived() {
        return hasArrived();
      },
      get isOpen() {
        return !terminal.inputEnded;
      },
      serve: () => {
        this.typeAtConsole(take);
      },
    };
  }

  private get hasRoomAtConsole(): boolean {
    return this.guest !== undefined && this.guest.typedAheadAtConsole < MOST_TYPED_AHEAD;
  }

  private typeAtConsole(take: () => Uint8Array | undefined): void {
    while (this.hasRoomAtConsole) {
      const bytes = take();
      if (bytes === undefined) return;
      this.guest?.typeAtConsole(bytes);
    }
  }

  private async joinWire({ hub, mac, slot }: NetOption): Promise<Connection> {
    const place = wirePlace(hub);
    const { number, lock } = place.takeNumber();
    this.closers.push(() => {
      lock.release();
    });
    const record = this.openRecord();
    const arrived = new FrameQueue();
    const member = await WireMember.join(place, (frame) => {
      if (arrived.add(frame)) this.wake.wake();
    });
    this.closers.push(() => {
      member.close();
    });
    const port = {
      send: (frame: Uint8Array) => {
        record(frame);
        member.send(frame);
      },
      received: record,
    };
    return {
      net: { port, mac: mac ?? memberMac(number), ...(slot === undefined ? {} : { slot }) },
      inlet: {
        get hasArrived() {
          return arrived.length > 0;
        },
        isOpen: true,
        serve: () => {
          for (let frame = arrived.first(); frame; frame = arrived.first()) {
            arrived.drop();
            this.guest?.receiveFrame(frame);
          }
        },
      },
    };
  }

  private openRecord(): (frame: Uint8Array) => void {
    const { pcap } = this.options;
    if (pcap === undefined) return () => undefined;
    const file = new PcapFile(pcap);
    this.closers.push(() => {
      file.close();
    });
    return (frame) => {
      file.record(this.guest?.cycle ?? 0, frame);
    };
  }
}
