/**
 * What every kernel does as it starts: looks whether the machine is one it can run on, takes it over, and
 * says so.
 */
import { csrs_sie, csrw_scounteren, csrw_sstatus, write_tp } from '../../userland/abi/rv';
import { InterruptCause, Status } from '../../userland/abi/riscv.enums';
import { VITRINE_VERSION } from '../../userland/abi/version';
import { enterKernelSpace, probeAsids } from './address-space';
import { initialiseMemory } from './boot-memory';
import { initialiseBootHart } from './hart';
import { ImageLayout, setImageLayout } from './image-layout';
import { enterNewKernelSpace } from './kernel-space';
import { log, logDecimal } from './log';
import { DEVICE_WINDOW, SUPERPAGE_SIZE } from './paging';
import { panic } from './panic';
import { Platform, readPlatform } from './platform';
import { initialisePlic } from './plic';
import { initialiseScheduler } from './scheduler';

const MEBIBYTE: u32 = 0x10_0000;
/** cycle, time and instret can be read in user mode. */
const USER_COUNTERS: u32 = 0b111;
const ENABLED_INTERRUPTS: u32 =
  (1 << InterruptCause.SupervisorTimer) | (1 << InterruptCause.SupervisorExternal);

/**
 * Takes the machine over on its first hart: memory, the kernel's half of all address spaces, interrupts,
 * time. From here on `currentHart` answers.
 *
 * @param tree address of the device tree
 */
export function takeMachine(hartId: u32, tree: u32, layout: ImageLayout): Platform {
  setImageLayout(layout);
  const hart = initialiseBootHart(hartId);
  write_tp(changetype<u32>(hart));
  const found = readPlatform(tree, hartId);
  if (found == null) panic('no valid device tree');
  const platform = changetype<Platform>(found);
  checkPlatform(platform);
  const ramEnd = initialiseMemory(platform, tree);
  enterNewKernelSpace(ramEnd, platform.plicBase);
  probeAsids(hart);
  enterKernelSpace(hart);
  initialisePlic(DEVICE_WINDOW, platform.plicContext, platform.plicSources);
  initialiseScheduler(platform.timebaseFrequency);
  return platform;
}

/** Lets user mode read the counters, and be interrupted: `sret` enters it with interrupts enabled. */
export function openUserMode(): void {
  csrw_scounteren(USER_COUNTERS);
  csrw_sstatus(Status.SPIE);
  csrs_sie(ENABLED_INTERRUPTS);
}

/** Ends the start on a machine that lacks what a kernel needs. */
function checkPlatform(platform: Platform): void {
  if (platform.timebaseFrequency == 0) panic('the device tree states no timebase-frequency');
  if (platform.plicBase == 0 || platform.plicContext == u32.MAX_VALUE) {
    panic('the device tree has no interrupt controller for this hart');
  }
  if (platform.plicBase % SUPERPAGE_SIZE != 0 || platform.plicSize > 2 * SUPERPAGE_SIZE) {
    panic('the interrupt controller does not fit into the device window');
  }
}

/** One line: which kernel, and on what. */
export function printBanner(kernel: string, platform: Platform): void {
  log('Vitrine ');
  log(kernel);
  log(' ');
  log(VITRINE_VERSION);
  log(': ');
  logDecimal(platform.ramSize / MEBIBYTE);
  log(' MiB RAM, ');
  logDecimal(platform.harts);
  log(platform.harts == 1 ? ' hart, ' : ' harts, one in use, ');
  logDecimal(platform.timebaseFrequency);
  log(' Hz timebase\n');
}
