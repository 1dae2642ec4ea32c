/**
 * The device tree of the `virt` board as it was built. Node names and properties are those of QEMU's
 * board of the same name, so that whoever reads the one reads the other.
 */
import { RAM_BASE } from '../bus/physical-memory.ts';
import { BANK_WIDTH } from '../devices/cfi-flash-registers.ts';
import type { Device } from '../devices/device.ts';
import { TIMEBASE_FREQUENCY } from '../devices/guest-time.ts';
import { PLIC_SOURCES } from '../devices/plic.ts';
import { FINISHER_PASS, FINISHER_RESET } from '../devices/test-finisher.ts';
import { UART_CLOCK_FREQUENCY } from '../devices/uart16550-registers.ts';
import { InterruptBit } from '../hart/interrupts.ts';
import type { DeviceTreeNode, PropertyValue } from './flattened-device-tree.ts';
import {
  FLASH_BANKS,
  VIRT_INTERRUPTS,
  VIRT_MEMORY_MAP,
  VIRTIO_SLOTS,
  type MemoryRange,
} from './virt-memory-map.ts';

/** In an ACLINT: bytes of the MSWI, behind which the MTIMER lies, and where that has `mtime`. */
const ACLINT_MSWI_BYTES = 0x4000;
const ACLINT_MTIME = 0x7ff8;

/** The instruction set in the form of the device tree binding `riscv,isa`. */
const ISA =
  'rv32imafdc_zicntr_zicond_zicsr_zifencei_zihintpause_zihpm_zfh_zfhmin_zba_zbb_zbc_zbkb_zbkx_zbs_sstc';

export interface VirtTreeOptions {
  readonly ramBytes: number;
  readonly harts: number;
  /** Whether the interrupts of harts come from an ACLINT, with SSWI, instead of a CLINT. */
  readonly aclint?: boolean;
  /** Kernel command line; no property if absent or empty. */
  readonly bootargs?: string;
  /** Where the initial RAM disk is: first address and the one behind its last byte. */
  readonly initrd?: { readonly start: number; readonly end: number };
}

/** The devices whose `compatible` the tree states. */
export interface VirtTreeDevices {
  readonly testFinisher: Device;
  readonly rtc: Device;
  readonly clint: Device;
  readonly plic: Device;
  readonly uart: Device;
  /** By slot. */
  readonly virtio: readonly Device[];
  readonly fwCfg: Device;
  /** Any bank. */
  readonly flash: Device;
}

/** Address or size as two cells. */
const twoCells = (value: number): [number, number] => [Math.floor(value / 2 ** 32), value >>> 0];

const reg = ({ base, size }: MemoryRange): number[] => [...twoCells(base), ...twoCells(size)];

const at = (name: string, { base }: MemoryRange) => `${name}@${base.toString(16)}`;

/** Numbers by which nodes refer to one another. */
class Phandles {
  private readonly harts: number;
  constructor(harts: number) {
    this.harts = harts;
  }
  cpu(hart: number): number {
    return 1 + 2 * hart;
  }
  cpuInterrupts(hart: number): number {
    return 2 + 2 * hart;
  }
  get plic(): number {
    return 1 + 2 * this.harts;
  }
  get testFinisher(): number {
    return 2 + 2 * this.harts;
  }
}

function cpuNode(hart: number, phandles: Phandles): DeviceTreeNode {
  return {
    name: `cpu@${hart}`,
    properties: {
      phandle: [phandles.cpu(hart)],
      device_type: 'cpu',
      reg: [hart],
      status: 'okay',
      compatible: 'riscv',
      'riscv,isa': ISA,
      'mmu-type': 'riscv,sv32',
    },
    children: [
      {
        name: 'interrupt-controller',
        properties: {
          '#address-cells': [0],
          '#interrupt-cells': [1],
          'interrupt-controller': true,
          compatible: 'riscv,cpu-intc',
          phandle: [phandles.cpuInterrupts(hart)],
        },
      },
    ],
  };
}

function cpusNode(harts: readonly number[], phandles: Phandles): DeviceTreeNode {
  const cores = harts.map((hart) => ({
    name: `core${hart}`,
    properties: { cpu: [phandles.cpu(hart)] },
  }));
  return {
    name: 'cpus',
    properties: {
      '#address-cells': [1],
      '#size-cells': [0],
      'timebase-frequency': [TIMEBASE_FREQUENCY],
    },
    children: [
      ...harts.map((hart) => cpuNode(hart, phandles)),
      {
        name: 'cpu-map',
        properties: {},
        children: [{ name: 'cluster0', properties: {}, children: cores }],
      },
    ],
  };
}

/** One interrupt of every hart: its interrupt controller and the interrupt's number. */
const ofEveryHart = (harts: readonly number[], phandles: Phandles, bits: readonly InterruptBit[]) =>
  harts.flatMap((hart) => bits.flatMap((bit) => [phandles.cpuInterrupts(hart), bit]));

/** A device of an ACLINT that is an interrupt controller of its own. */
function softwareInterruptNode(
  name: string,
  range: MemoryRange,
  compatible: string,
  interrupts: number[],
): DeviceTreeNode {
  return {
    name: at(name, range),
    properties: {
      '#address-cells': [0],
      '#interrupt-cells': [0],
      'interrupt-controller': true,
      'interrupts-extended': interrupts,
      reg: reg(range),
      compatible,
    },
  };
}

/** The CLINT, or the devices of an ACLINT: the same registers in another view, and one more. */
function hartInterruptNodes(
  { aclint }: VirtTreeOptions,
  harts: readonly number[],
  devices: VirtTreeDevices,
  phandles: Phandles,
): DeviceTreeNode[] {
  const { clint, aclintSswi } = VIRT_MEMORY_MAP;
  const interrupts = (...bits: InterruptBit[]) => ofEveryHart(harts, phandles, bits);
  if (aclint !== true) {
    return [
      {
        name: at('clint', clint),
        properties: {
          'interrupts-extended': interrupts(
            InterruptBit.MachineSoftware,
            InterruptBit.MachineTimer,
          ),
          reg: reg(clint),
          compatible: devices.clint.declaration.compatible,
        },
      },
    ];
  }
  const mswi = { base: clint.base, size: ACLINT_MSWI_BYTES };
  const mtimer = { base: clint.base + ACLINT_MSWI_BYTES, size: clint.size - ACLINT_MSWI_BYTES };
  const mtime = { base: mtimer.base + ACLINT_MTIME, size: mtimer.size - ACLINT_MTIME };
  const mtimecmp = { base: mtimer.base, size: ACLINT_MTIME };
  return [
    softwareInterruptNode(
      'mswi',
      mswi,
      'riscv,aclint-mswi',
      interrupts(InterruptBit.MachineSoftware),
    ),
    {
      // QEMU names it by its window, which is not its first register, as a tree wants it.
      name: at('mtimer', mtime),
      properties: {
        'interrupts-extended': interrupts(InterruptBit.MachineTimer),
        reg: [...reg(mtime), ...reg(mtimecmp)],
        compatible: 'riscv,aclint-mtimer',
      },
    },
    softwareInterruptNode(
      'sswi',
      aclintSswi,
      'riscv,aclint-sswi',
      interrupts(InterruptBit.SupervisorSoftware),
    ),
  ];
}

function socNode(
  options: VirtTreeOptions,
  harts: readonly number[],
  devices: VirtTreeDevices,
  phandles: Phandles,
): DeviceTreeNode {
  const map = VIRT_MEMORY_MAP;
  return {
    name: 'soc',
    properties: {
      '#address-cells': [2],
      '#size-cells': [2],
      compatible: 'simple-bus',
      ranges: true,
    },
    children: [
      {
        name: at('test', map.testFinisher),
        properties: {
          phandle: [phandles.testFinisher],
          reg: reg(map.testFinisher),
          compatible: devices.testFinisher.declaration.compatible,
        },
      },
      {
        name: at('rtc', map.rtc),
        properties: {
          interrupts: [VIRT_INTERRUPTS.rtc],
          'interrupt-parent': [phandles.plic],
          reg: reg(map.rtc),
          compatible: devices.rtc.declaration.compatible,
        },
      },
      ...hartInterruptNodes(options, harts, devices, phandles),
      {
        name: at('plic', map.plic),
        properties: {
          phandle: [phandles.plic],
          'riscv,ndev': [PLIC_SOURCES],
          reg: reg(map.plic),
          'interrupts-extended': ofEveryHart(harts, phandles, [
            InterruptBit.MachineExternal,
            InterruptBit.SupervisorExternal,
          ]),
          'interrupt-controller': true,
          compatible: devices.plic.declaration.compatible,
          '#address-cells': [0],
          '#interrupt-cells': [1],
        },
      },
      {
        name: at('serial', map.uart),
        properties: {
          interrupts: [VIRT_INTERRUPTS.uart],
          'interrupt-parent': [phandles.plic],
          'clock-frequency': [UART_CLOCK_FREQUENCY],
          reg: reg(map.uart),
          compatible: devices.uart.declaration.compatible,
        },
      },
      // In order of the slots, in which kernels that go by the tree then number their disks.
      ...devices.virtio.map((device, slot) => ({
        name: at('virtio_mmio', VIRTIO_SLOTS[slot]),
        properties: {
          interrupts: [VIRT_INTERRUPTS.virtio + slot],
          'interrupt-parent': [phandles.plic],
          reg: reg(VIRTIO_SLOTS[slot]),
          compatible: device.declaration.compatible,
        },
      })),
    ],
  };
}

/** One node for all banks, as QEMU has it. */
function flashNode(compatible: readonly string[]): DeviceTreeNode {
  return {
    name: at('flash', FLASH_BANKS[0]),
    properties: { 'bank-width': [BANK_WIDTH], reg: FLASH_BANKS.flatMap(reg), compatible },
  };
}

function chosenNode({ bootargs, initrd }: VirtTreeOptions): DeviceTreeNode {
  const properties: Record<string, PropertyValue> = {
    'stdout-path': `/soc/${at('serial', VIRT_MEMORY_MAP.uart)}`,
  };
  if (bootargs !== undefined && bootargs !== '') properties.bootargs = bootargs;
  if (initrd !== undefined) {
    properties['linux,initrd-start'] = [initrd.start];
    properties['linux,initrd-end'] = [initrd.end];
  }
  return { name: 'chosen', properties };
}

/** The two ways to end the machine's run, as writes to the test finisher. */
function sysconNode(name: string, value: number, phandles: Phandles): DeviceTreeNode {
  return {
    name,
    properties: {
      value: [value],
      offset: [0],
      regmap: [phandles.testFinisher],
      compatible: `syscon-${name}`,
    },
  };
}

/** The tree of a board with these options and devices. */
export function virtDeviceTree(options: VirtTreeOptions, devices: VirtTreeDevices): DeviceTreeNode {
  const harts = Array.from({ length: options.harts }, (_, hart) => hart);
  const phandles = new Phandles(options.harts);
  const ram: MemoryRange = { base: RAM_BASE, size: options.ramBytes };
  return {
    name: '',
    properties: {
      '#address-cells': [2],
      '#size-cells': [2],
      compatible: 'riscv-virtio',
      model: 'riscv-virtio,qemu',
    },
    children: [
      {
        name: at('fw-cfg', VIRT_MEMORY_MAP.fwCfg),
        properties: {
          'dma-coherent': true,
          reg: reg(VIRT_MEMORY_MAP.fwCfg),
          compatible: devices.fwCfg.declaration.compatible,
        },
      },
      flashNode(devices.flash.declaration.compatible),
      chosenNode(options),
      sysconNode('poweroff', FINISHER_PASS, phandles),
      sysconNode('reboot', FINISHER_RESET, phandles),
      { name: at('memory', ram), properties: { device_type: 'memory', reg: reg(ram) } },
      cpusNode(harts, phandles),
      socNode(options, harts, devices, phandles),
    ],
  };
}
