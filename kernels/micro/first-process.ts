/**
 * The first process: `init` from the initial file system image, with the handles from which
 * everything else is made.
 */
import { INIT_PATH } from '../../userland/abi/initrd';
import { StartInformation, Text } from '../../userland/abi/message.structs';
import { MapAccess, ObjectKind, Rights, StartHandle } from '../../userland/abi/syscall.enums';
import { ArchiveFile, findFile, isArchive } from '../core/cpio';
import { deviceTreeSize } from '../core/device-tree';
import {
  ElfHeader,
  ProgramHeader,
  SegmentFlags,
  isExecutable,
  isLoaded,
  isSound,
  programHeader,
} from '../core/elf';
import { allocateFrames, isRam, releaseFrames } from '../core/frames';
import { Hart } from '../core/hart';
import { PAGE_MASK, PAGE_SHIFT, RAM_START, pageDown, pageUp } from '../core/paging';
import { panic } from '../core/panic';
import { Platform } from '../core/platform';
import { SlabObject } from '../core/slab';
import { mapRun } from '../core/user-mappings';
import { isUserRange } from '../core/user-memory';

import { insertHandle } from './handles';
import { setFirstProcess } from './lifetime';
import { wrapPages } from './memory-objects';
import { allocateObject, rightsOf } from './object-slabs';
import { Port, Process } from './objects';
import { PORT_RIGHTS } from './ports';
import { allocateProcess, allocateThread, launch, nameAddress } from './processes';

const STACK_TOP: u32 = 0x7ff0_0000;
const STACK_SIZE: u32 = 0x1_0000;
const PRIORITY: u32 = 20;
/** Longest command line that is passed on, in bytes. */
const MAXIMUM_BOOTARGS: u32 = 2048;
const STACK_ALIGNMENT: u32 = 16;

const NAME = 'init';
const file = changetype<ArchiveFile>(memory.data(8, 4));

/**
 * Makes `init` ready to run.
 *
 * @param inside by what it reaches the services inside the kernel; null: there are none
 */
export function startFirstProcess(
  hart: Hart,
  platform: Platform,
  tree: u32,
  inside: Port | null,
): void {
  const start = platform.initrdStart;
  const end = platform.initrdEnd;
  if (start == 0 || end <= start) panic('no initrd: give one with --initrd');
  if (!isRam(start) || !isRam(end - 1)) panic('the initrd is not in RAM');
  if ((start & PAGE_MASK) != 0) panic('the initrd does not start at a page');
  if (!isArchive(start, end)) panic('the initrd is not a cpio archive (newc)');
  if (!findFile(start, end, INIT_PATH, file)) panic('the initrd has no boot/init, or is damaged');
  if (!isExecutable(file.start, file.size)) {
    panic('boot/init in the initrd is not an ELF executable for RV32');
  }
  const process = allocateProcess();
  if (process == null) {
    panic('no memory for init');
    return;
  }
  setFirstProcess(process);
  process.nameLength = NAME.length;
  for (let i = 0; i < NAME.length; i++) {
    store<u8>(nameAddress(process) + i, NAME.charCodeAt(i) as u8);
  }
  loadSegments(hart, process);
  const thread = allocateThread(hart, process);
  if (thread == null) {
    panic('no memory for init');
    return;
  }
  const information = prepareStack(hart, process, platform, tree, inside);
  const entry = changetype<ElfHeader>(file.start).entry;
  launch(hart, thread, entry, information, information, PRIORITY);
}

function loadSegments(hart: Hart, process: Process): void {
  const count = changetype<ElfHeader>(file.start).phnum as u32;
  for (let index: u32 = 0; index < count; index++) {
    const segment = programHeader(file.start, index);
    if (!isLoaded(segment)) continue;
    const fits = isSound(segment, file.size) && isUserRange(segment.vaddr, segment.memsz);
    if (!fits) panic('init has a segment outside its file or user space');
    loadSegment(hart, process, segment);
  }
}

/** Segments need not start at a page, but no two may share one. */
function loadSegment(hart: Hart, process: Process, segment: ProgramHeader): void {
  const start = pageDown(segment.vaddr);
  const pages = pageUp(segment.vaddr + segment.memsz - start) >> PAGE_SHIFT;
  const base = allocateFrames(pages);
  if (base == 0) panic('no memory for init');
  const place = base + (segment.vaddr - start);
  memory.copy(place, file.start + segment.offset, segment.filesz);
  let access: u32 = 0;
  if ((segment.flags & SegmentFlags.R) != 0) access |= MapAccess.Read;
  if ((segment.flags & SegmentFlags.W) != 0) access |= MapAccess.Write;
  if ((segment.flags & SegmentFlags.X) != 0) access |= MapAccess.Execute;
  if (mapRun(hart, process, start, base, pages, access) != 0) {
    panic('init has segments that overlap');
  }
  // The mappings hold the frames now.
  releaseFrames(base, pages);
}

/**
 * Maps the stack and puts at its top, from above: the command line and the name, the argument
 * vector, the end of the environment, the handles, StartInformation. Returns the user address of
 * the last, which is where the stack starts.
 */
function prepareStack(
  hart: Hart,
  process: Process,
  platform: Platform,
  tree: u32,
  inside: Port | null,
): u32 {
  const pages = STACK_SIZE >> PAGE_SHIFT;
  const base = allocateFrames(pages);
  if (base == 0) panic('no memory for init');
  const bottom = STACK_TOP - STACK_SIZE;
  const access = MapAccess.Read | MapAccess.Write;
  if (mapRun(hart, process, bottom, base, pages, access) != 0) panic('init lies on its stack');
  releaseFrames(base, pages);
  // Kernel address of a user address in the stack.
  const shift = base - bottom;

  const bootargsLength = min(platform.bootargsLength, MAXIMUM_BOOTARGS);
  const bootargs = STACK_TOP - bootargsLength;
  memory.copy(bootargs + shift, platform.bootargs, bootargsLength);
  const name = bootargs - process.nameLength;
  memory.copy(name + shift, nameAddress(process), process.nameLength);

  const argc: u32 = bootargsLength == 0 ? 1 : 2;
  const argv = (name - 2 * offsetof<Text>()) & ~(STACK_ALIGNMENT - 1);
  setText(argv + shift, name, process.nameLength);
  setText(argv + offsetof<Text>() + shift, bootargs, bootargsLength);
  // The frames are zeroed: this is the element with address 0.
  const envp = argv - offsetof<Text>();
  const handles = envp - StartHandle.Count * sizeof<u32>();
  fillHandles(process, handles + shift, platform, tree);
  if (inside != null) {
    setHandle(process, handles + shift, StartHandle.Inside, inside, PORT_RIGHTS);
  }

  const address = (handles - offsetof<StartInformation>()) & ~(STACK_ALIGNMENT - 1);
  const information = changetype<StartInformation>(address + shift);
  information.argc = argc;
  information.argv = argv;
  information.envp = envp;
  information.handles = handles;
  return address;
}

function setText(place: u32, address: u32, length: u32): void {
  const text = changetype<Text>(place);
  text.address = address;
  text.length = length;
}

function fillHandles(process: Process, table: u32, platform: Platform, tree: u32): void {
  const everything = rightsOf(ObjectKind.Process);
  setHandle(process, table, StartHandle.Self, process, everything);

  const initrd = platform.initrdStart;
  const initrdPages = pageUp(platform.initrdEnd - initrd) >> PAGE_SHIFT;
  const readOnly = Rights.Read | Rights.Derive | Rights.Copy;
  setHandle(process, table, StartHandle.Initrd, wrapPages(initrd, initrdPages), readOnly);

  // Only a tree that has its pages to itself is passed on.
  if ((tree & PAGE_MASK) == 0) {
    const treePages = pageUp(deviceTreeSize(tree)) >> PAGE_SHIFT;
    setHandle(process, table, StartHandle.DeviceTree, wrapPages(tree, treePages), readOnly);
  }

  const devices = wrapPages(0, RAM_START >> PAGE_SHIFT);
  const deviceRights = Rights.Read | Rights.Write | Rights.Derive | Rights.Copy;
  setHandle(process, table, StartHandle.DeviceMemory, devices, deviceRights);

  const interrupts = allocateObject(ObjectKind.Irq);
  setHandle(process, table, StartHandle.Interrupts, interrupts, Rights.Derive | Rights.Copy);
}

function setHandle(
  process: Process,
  table: u32,
  place: u32,
  object: SlabObject | null,
  rights: u32,
): void {
  const handle = object == null ? 0 : insertHandle(process, object, rights, 0);
  if (handle == 0) panic('no memory for init');
  store<u32>(table + place * sizeof<u32>(), handle);
}
