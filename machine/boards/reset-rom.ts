/**
 * The first instructions that a hart executes, and what they hand over: a0 = hart id, a1 = address
 * of the device tree, a2 = address of the record by which OpenSBI's fw_dynamic, and our firmware,
 * learn where to go on. The layout is that of QEMU's reset vector for RV32.
 *
 * Source: QEMU hw/riscv/boot.c, riscv_setup_rom_reset_vec; OpenSBI include/sbi/fw_dynamic.h.
 */

/** `auipc t0, 0`: t0 = address of the ROM */
const AUIPC_T0_0 = 0x0000_0297;
/** `addi a2, t0, 0x28`: the fw_dynamic_info below */
const ADDI_A2_T0_INFO = 0x0282_8613;
/** `csrr a0, mhartid` */
const CSRR_A0_MHARTID = 0xf140_2573;
/** `lw a1, 0x20(t0)`: address of the device tree */
const LW_A1_DEVICE_TREE = 0x0202_a583;
/** `lw t0, 0x18(t0)`: where to go */
const LW_T0_START = 0x0182_a283;
/** `jr t0` */
const JR_T0 = 0x0002_8067;

/** `fw_dynamic_info.magic`: "OSBI" */
const FW_DYNAMIC_INFO_MAGIC = 0x4942_534f;
const FW_DYNAMIC_INFO_VERSION = 2;
/** `fw_dynamic_info.next_mode`: supervisor */
const FW_DYNAMIC_INFO_NEXT_MODE_S = 1;
const FW_DYNAMIC_INFO_OPTIONS = 0;
const BOOT_HART = 0;

export interface ResetHandover {
  /** Where every hart goes. */
  readonly startAddress: number;
  readonly deviceTreeAddress: number;
  /** Where firmware goes on in supervisor mode; 0 if there is no kernel. */
  readonly nextAddress: number;
}

/** The ROM's contents, little-endian. */
export function resetRomContents(handover: ResetHandover): Uint8Array {
  const words = [
    AUIPC_T0_0,
    ADDI_A2_T0_INFO,
    CSRR_A0_MHARTID,
    LW_A1_DEVICE_TREE,
    LW_T0_START,
    JR_T0,
    // 0x18: start address, as 64 bits
    handover.startAddress,
    0,
    // 0x20: device tree, as 64 bits
    handover.deviceTreeAddress,
    0,
    // 0x28: struct fw_dynamic_info
    FW_DYNAMIC_INFO_MAGIC,
    FW_DYNAMIC_INFO_VERSION,
    handover.nextAddress,
    FW_DYNAMIC_INFO_NEXT_MODE_S,
    FW_DYNAMIC_INFO_OPTIONS,
    BOOT_HART,
  ];
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => view.setUint32(index * 4, word, true));
  return bytes;
}
