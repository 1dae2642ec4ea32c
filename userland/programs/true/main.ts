/** true: does nothing, successfully; the least that a program can be. */
export function main(): i32 {
  return 0;
}
