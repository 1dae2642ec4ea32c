/** Where the parts of the running kernel's image lie: linker symbols that entry.s puts in a table. */

@unmanaged
export class ImageLayout {
  imageStart: u32;
  textStart: u32;
  textEnd: u32;
  rodataStart: u32;
  rodataEnd: u32;
  dataStart: u32;
  imageEnd: u32;
  trapSitesStart: u32;
  trapSitesEnd: u32;
  /** The page below the kernel's stack, never mapped. */
  stackGuard: u32;
  /** First byte above the stack of the first hart. */
  stackTop: u32;
}

let layout: u32 = 0;

/** Records the table that entry.s passed to the kernel. */
export function setImageLayout(table: ImageLayout): void {
  layout = changetype<u32>(table);
}

export function imageLayout(): ImageLayout {
  return changetype<ImageLayout>(layout);
}
