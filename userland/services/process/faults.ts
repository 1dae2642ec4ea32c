/** What a fault of a program is called, and where it was. */
import { ProgramFault } from '../../runtime/program-faults';
import { TextBuilder } from '../../runtime/text-builder';
import { findTrapSite, TrapSite } from '../../runtime/trap-sites';
import { Death } from '../init/death';
import { Child } from './child-table';
import { fileRead, readFile } from './file-reader';

const fault = changetype<ProgramFault>(memory.data(offsetof<ProgramFault>(), 4));

/** Describes a fault in `text`; returns the signal that POSIX has for it. */
export function describeFault(text: TextBuilder, child: Child, death: Death): u32 {
  fault.path = child.path;
  fault.pathLength = child.pathLength;
  fault.process = child.number;
  fault.cause = death.cause;
  fault.address = death.address;
  fault.pc = death.pc;
  return fault.describe(text, siteOf(child, death.pc));
}

/** The place in the source; null if the file has changed or has no such place. */
function siteOf(child: Child, pc: u32): TrapSite | null {
  if (readFile(child.path, child.pathLength) < 0) return null;
  const file = fileRead();
  return findTrapSite(file.trapSites, file.trapSiteBytes, pc);
}
