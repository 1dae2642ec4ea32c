/** false: does nothing, unsuccessfully. */
export function main(): i32 {
  return 1;
}
