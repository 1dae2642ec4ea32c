/**
 * The `virt` board: which device sits where and what it is wired to. Register- and memory-map
 * compatible with QEMU's board of the same name, as far as it has the devices.
 */
import type { BoardDevices, Wiring } from '../bus/board.ts';
import { AclintSswi } from '../devices/aclint-sswi.ts';
import { CfiFlash } from '../devices/cfi-flash.ts';
import { Clint } from '../devices/clint.ts';
import type { Device } from '../devices/device.ts';
import { FwCfg } from '../devices/fw-cfg.ts';
import { fwCfgEntries, type FwCfgKernel } from '../devices/fw-cfg-entries.ts';
import { GoldfishRtc } from '../devices/goldfish-rtc.ts';
import type { GuestErrorHook } from '../devices/guest-error.ts';
import { Htif, type HtifOptions } from '../devices/htif.ts';
import { Plic } from '../devices/plic.ts';
import { Rom } from '../devices/rom.ts';
import type { SerialPort } from '../devices/serial-port.ts';
import { TestFinisher, type Finish } from '../devices/test-finisher.ts';
import { Uart16550 } from '../devices/uart16550.ts';
import { VirtioBlock } from '../devices/virtio/block.ts';
import { VirtioConsole } from '../devices/virtio/console.ts';
import type { Disk } from '../devices/virtio/disk.ts';
import type { DiskSpeed } from '../devices/virtio/disk-speed.ts';
import { EmptyVirtioSlot } from '../devices/virtio/empty-slot.ts';
import { VirtioEntropy } from '../devices/virtio/entropy.ts';
import type { VirtioVersion } from '../devices/virtio/mmio-registers.ts';
import { VirtioNet } from '../devices/virtio/net.ts';
import { InterruptBit } from '../hart/interrupts.ts';
import { writeDeviceTree } from './flattened-device-tree.ts';
import { resetRomContents } from './reset-rom.ts';
import { virtDeviceTree, type VirtTreeOptions } from './virt-device-tree.ts';
import {
  deviceTreeAddress,
  FLASH_BANKS,
  START_ADDRESS,
  VIRT_INTERRUPTS,
  VIRT_MEMORY_MAP,
  VIRTIO_SLOTS,
} from './virt-memory-map.ts';
import { placeDevices, type VirtioDevices } from './virtio-slots.ts';

export interface VirtBoardOptions extends VirtTreeOptions, VirtioDevices {
  /** The host's end of the UART. */
  readonly serial: SerialPort;
  /** Where firmware goes on in supervisor mode; absent when there is no kernel. */
  readonly kernelEntry?: number;
  /** What harts find in the place of the tree that describes the board. */
  readonly deviceTree?: Uint8Array;
  /** Version of every virtio slot; legacy if absent, as on QEMU. */
  readonly virtio?: VirtioVersion;
  /** How long disks take; `instant` if absent. */
  readonly diskSpeed?: DiskSpeed;
  /** Mailboxes of a test program; there is no such interface if absent. */
  readonly htif?: HtifOptions;
  /** Where harts start; the start of flash if there is any, else of RAM, if absent. */
  readonly startAddress?: number;
  /** What the real-time clock says at cycle 0, in nanoseconds since 1970; 0 if absent. */
  readonly startTime?: bigint;
  /** What is in the banks of flash; one that is absent begins with zeroes. */
  readonly flash?: readonly [Disk | undefined, Disk | undefined];
  /** What firmware in flash finds under `fw_cfg`, if it is to start a kernel. */
  readonly fwCfg?: FwCfgKernel;
  /** Told what the guest does wrong with a device. */
  readonly report: GuestErrorHook;
}

/** A device tree blob and the physical address where the reset ROM says it is. */
export interface PlacedDeviceTree {
  readonly address: number;
  readonly blob: Uint8Array;
}

export interface VirtBoard {
  readonly testFinisher: TestFinisher;
  readonly rtc: GoldfishRtc;
  readonly clint: Clint;
  readonly plic: Plic;
  readonly uart: Uart16550;
  /** The interface of test programs, if the guest is one. */
  readonly htif: Htif | undefined;
  /** The network card, if there is one. */
  readonly net: VirtioNet | undefined;
  /** The virtio console, if there is one. */
  readonly console: VirtioConsole | undefined;
  readonly deviceTree: PlacedDeviceTree;
  /** What the machine is given. */
  readonly placement: BoardDevices;
}

/** Exit status of a failure that the guest gave no number. */
const UNNUMBERED_FAILURE = 1;

function endRun(finish: Finish, wiring: Wiring): void {
  switch (finish.kind) {
    case 'pass':
      wiring.requestPowerOff(0);
      break;
    case 'fail':
      wiring.requestPowerOff(finish.code === 0 ? UNNUMBERED_FAILURE : finish.code);
      break;
    case 'reset':
      wiring.requestReset();
      break;
  }
}

/** What is in the virtio slots, in their order, and the devices among it that the host talks to. */
interface VirtioSlots {
  readonly devices: readonly Device[];
  readonly net: VirtioNet | undefined;
  readonly console: VirtioConsole | undefined;
}

function buildVirtioSlots(
  options: VirtBoardOptions,
  { memory, timebase }: Wiring,
  plic: Plic,
): VirtioSlots {
  const { virtio: version = 'legacy', report } = options;
  let net: VirtioNet | undefined;
  let console: VirtioConsole | undefined;
  const devices = placeDevices(options).map((contents, slot): Device => {
    const name = `virtio-mmio.${slot}`;
    const interrupt = plic.line(VIRT_INTERRUPTS.virtio + slot);
    const wiring = { name, version, memory, interrupt, timebase, report };
    switch (contents?.kind) {
      case undefined:
        return new EmptyVirtioSlot(name, version, report);
      case 'drive':
        return new VirtioBlock({
          ...wiring,
          disk: contents.disk,
          serial: contents.serial ?? '',
          ...(options.diskSpeed === undefined ? {} : { speed: options.diskSpeed }),
        });
      case 'net':
        return (net = new VirtioNet({ ...wiring, mac: contents.mac, port: contents.port }));
      case 'console':
        return (console = new VirtioConsole({ ...wiring, port: contents.port }));
      case 'entropy':
        return new VirtioEntropy({ ...wiring, seed: contents.seed });
    }
  });
  return { devices, net, console };
}

/**
 * Builds the board on a machine's wiring.
 * @throws RangeError when the machine has another number of harts, RAM is too small for the device
 *   tree, `bootargs` contains a NUL, mailboxes are outside RAM, what is to be
 *   in a bank of flash has another size, or virtio devices cannot be where they are to be
 */
export function buildVirtBoard(options: VirtBoardOptions, wiring: Wiring): VirtBoard {
  const { report, harts } = options;
  if (wiring.harts.length !== harts) {
    throw new RangeError(`a board for ${harts} harts on a machine that has ${wiring.harts.length}`);
  }
  const pin = (hart: number, bit: InterruptBit) => ({
    set: (level: boolean) => wiring.harts[hart].setPending(bit, level),
  });

  const testFinisher = new TestFinisher((finish) => endRun(finish, wiring), report);
  const clint = new Clint(
    wiring.harts.map((_, hart) => ({
      software: pin(hart, InterruptBit.MachineSoftware),
      timer: pin(hart, InterruptBit.MachineTimer),
    })),
    wiring.timebase,
    report,
  );
  const plic = new Plic(
    wiring.harts.flatMap((_, hart) => [
      pin(hart, InterruptBit.MachineExternal),
      pin(hart, InterruptBit.SupervisorExternal),
    ]),
    report,
  );
  const uartLine = plic.line(VIRT_INTERRUPTS.uart);
  const uart = new Uart16550(options.serial, uartLine, wiring.timebase, report);

  const rtcLine = plic.line(VIRT_INTERRUPTS.rtc);
  const rtc = new GoldfishRtc(options.startTime ?? 0n, rtcLine, wiring.timebase, report);
  const { devices: virtio, net, console } = buildVirtioSlots(options, wiring, plic);

  const fwCfg = new FwCfg(
    fwCfgEntries({ harts, ...(options.fwCfg === undefined ? {} : { boot: options.fwCfg }) }),
    wiring.memory,
    report,
  );
  const flash = FLASH_BANKS.map(
    (_, bank) => new CfiFlash(`flash.${bank}`, options.flash?.[bank], report),
  );
  const sswi =
    options.aclint === true
      ? [
          new AclintSswi(
            wiring.harts.map((_, hart) => pin(hart, InterruptBit.SupervisorSoftware)),
            report,
          ),
        ]
      : [];

  const htif =
    options.htif === undefined ? undefined : new Htif(options.htif, wiring, options.serial, report);

  const own = () =>
    writeDeviceTree(
      virtDeviceTree(options, {
        testFinisher,
        rtc,
        clint,
        plic,
        uart,
        virtio,
        fwCfg,
        flash: flash[0],
      }),
    );
  const blob = options.deviceTree ?? own();
  const deviceTree = { address: deviceTreeAddress(options.ramBytes, blob.length), blob };
  const map = VIRT_MEMORY_MAP;
  const contents = resetRomContents({
    startAddress:
      options.startAddress ??
      (options.flash?.[0] === undefined ? START_ADDRESS : FLASH_BANKS[0].base),
    deviceTreeAddress: deviceTree.address,
    nextAddress: options.kernelEntry ?? 0,
  });
  const resetRom = new Rom('reset-rom', map.resetRom.size, contents, report);

  return {
    testFinisher,
    rtc,
    clint,
    plic,
    uart,
    htif,
    net,
    console,
    deviceTree,
    placement: {
      devices: [
        { base: map.resetRom.base, device: resetRom },
        { base: map.testFinisher.base, device: testFinisher },
        { base: map.rtc.base, device: rtc },
        { base: map.clint.base, device: clint },
        ...sswi.map((device) => ({ base: map.aclintSswi.base, device })),
        { base: map.plic.base, device: plic },
        { base: map.uart.base, device: uart },
        ...virtio.map((device, slot) => ({ base: VIRTIO_SLOTS[slot].base, device })),
        { base: map.fwCfg.base, device: fwCfg },
        ...flash.map((device, bank) => ({ base: FLASH_BANKS[bank].base, device })),
      ],
      timeSource: clint,
      resetVector: map.resetRom.base,
    },
  };
}
