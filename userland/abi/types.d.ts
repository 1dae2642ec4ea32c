/**
 * The integer types of target code as the host sees them, so that files which live in both worlds
 * (`*.enums.ts`, protocols) type-check in each. 64-bit integers are `bigint` on the host.
 * Target code takes the same names from AssemblyScript's own type base.
 */
declare type i8 = number;
declare type i16 = number;
declare type i32 = number;
declare type u8 = number;
declare type u16 = number;
declare type u32 = number;
declare type usize = number;
declare type isize = number;
declare type i64 = bigint;
declare type u64 = bigint;
declare type bool = boolean;
