/** Privilege modes, as `mstatus.MPP` encodes them. */
export const enum Privilege {
  User = 0,
  Supervisor = 1,
  Machine = 3,
}

/** The mode that two bits of `mstatus` name. The value 2, which they cannot hold, means U. */
export function privilegeOf(bits: number): Privilege {
  switch (bits) {
    case Privilege.Machine:
      return Privilege.Machine;
    case Privilege.Supervisor:
      return Privilege.Supervisor;
    default:
      return Privilege.User;
  }
}

/** What a memory access is for. */
export const enum Access {
  Fetch = 0,
  Load = 1,
  Store = 2,
}
