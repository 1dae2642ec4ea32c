/**
 * The `virt` board: which device sits where and what it is wired to. Register- and memory-map
 * compatible with QEMU's board of the same name, as far as it has the devices.
 */
import type { BoardDevices, Wiring } from '../bus/board.ts';
import { Clint } from '../devices/clint.ts';
import type { Device } from '../devices/device.ts';
import { GoldfishRtc } from '../devices/goldfish-rtc.ts';
import type { GuestErrorHook } from '../devices/guest-error.ts';
import { Htif, type HtifOptions } from '../devices/htif.ts';
import { Plic } from '../devices/plic.ts';
import { Rom } from '../devices/rom.ts';
import type { SerialPort } from '../devices/serial-port.ts';
import { TestFinisher, type Finish } from '../devices/test-finisher.ts';
import { Uart16550 } from '../devices/uart16550.ts';
import { VirtioBlock } from '../devices/virtio/block.ts';
import { EmptyVirtioSlot } from '../devices/virtio/empty-slot.ts';
import type { VirtioVersion } from '../devices/virtio/mmio-registers.ts';
import { InterruptBit } from '../hart/interrupts.ts';
import { writeDeviceTree } from './flattened-device-tree.ts';
import { resetRomContents } from './reset-rom.ts';
import { virtDeviceTree, type VirtTreeOptions } from './virt-device-tree.ts';
import {
  deviceTreeAddress,
  START_ADDRESS,
  VIRT_INTERRUPTS,
  VIRT_MEMORY_MAP,
  VIRTIO_SLOTS,
} from './virt-memory-map.ts';
import { placeDrives, type VirtDrive } from './virtio-slots.ts';

export interface VirtBoardOptions extends VirtTreeOptions {
  /** The host's end of the UART. */
  readonly serial: SerialPort;
  /** Where firmware goes on in supervisor mode; absent when there is no kernel. */
  readonly kernelEntry?: number;
  /** Disks; none if absent. */
  readonly drives?: readonly VirtDrive[];
  /** Version of every virtio slot; legacy if absent, as on QEMU. */
  readonly virtio?: VirtioVersion;
  /** Mailboxes of a test program; there is no such interface if absent. */
  readonly htif?: HtifOptions;
  /** What the real-time clock says at cycle 0, in nanoseconds since 1970; 0 if absent. */
  readonly startTime?: bigint;
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

/** The devices of the virtio slots, in order. */
function buildVirtioSlots(
  { drives = [], virtio: version = 'legacy', report }: VirtBoardOptions,
  { memory, timebase }: Wiring,
  plic: Plic,
): Device[] {
  return placeDrives(drives).map((drive, slot) => {
    const name = `virtio-mmio.${slot}`;
    if (drive === undefined) return new EmptyVirtioSlot(name, version, report);
    const { disk, serial = '' } = drive;
    const interrupt = plic.line(VIRT_INTERRUPTS.virtio + slot);
    return new VirtioBlock({ name, version, memory, interrupt, timebase, report, disk, serial });
  });
}

/**
 * Builds the board on a machine's wiring.
 * @throws RangeError when the machine has another number of harts, RAM is too small for the device
 *   tree, `bootargs` contains a NUL, mailboxes are outside RAM, or drives cannot be where they are to be
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
  const virtio = buildVirtioSlots(options, wiring, plic);

  const htif =
    options.htif === undefined ? undefined : new Htif(options.htif, wiring, options.serial, report);

  const blob = writeDeviceTree(
    virtDeviceTree(options, { testFinisher, rtc, clint, plic, uart, virtio }),
  );
  const deviceTree = { address: deviceTreeAddress(options.ramBytes, blob.length), blob };
  const contents = resetRomContents({
    startAddress: START_ADDRESS,
    deviceTreeAddress: deviceTree.address,
    nextAddress: options.kernelEntry ?? 0,
  });
  const map = VIRT_MEMORY_MAP;
  const resetRom = new Rom('reset-rom', map.resetRom.size, contents, report);

  return {
    testFinisher,
    rtc,
    clint,
    plic,
    uart,
    htif,
    deviceTree,
    placement: {
      devices: [
        { base: map.resetRom.base, device: resetRom },
        { base: map.testFinisher.base, device: testFinisher },
        { base: map.rtc.base, device: rtc },
        { base: map.clint.base, device: clint },
        { base: map.plic.base, device: plic },
        { base: map.uart.base, device: uart },
        ...virtio.map((device, slot) => ({ base: VIRTIO_SLOTS[slot].base, device })),
      ],
      timeSource: clint,
      resetVector: map.resetRom.base,
    },
  };
}
