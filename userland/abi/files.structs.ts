/** what `stat` and `describe` write (protocols `files` and `file`). */
@unmanaged
export class FileInformation {
  /** FileKind. */
  kind: u32;
  /** Of the file within its file system. */
  number: u32;
  /** Bytes; 0 for what is no regular file. */
  size: u64;
}
