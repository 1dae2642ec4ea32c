/** Numbers of the DWARF Debugging Information Format, version 4 (chapter 7, "Data Representation"). */

export const DWARF_VERSION = 4;
export const ADDRESS_SIZE = 4;

export const DW_TAG_compile_unit = 0x11;
export const DW_TAG_subprogram = 0x2e;

export const DW_CHILDREN_no = 0;
export const DW_CHILDREN_yes = 1;

export const DW_AT_name = 0x03;
export const DW_AT_stmt_list = 0x10;
export const DW_AT_low_pc = 0x11;
export const DW_AT_high_pc = 0x12;
export const DW_AT_language = 0x13;
export const DW_AT_comp_dir = 0x1b;
export const DW_AT_producer = 0x25;
export const DW_AT_decl_file = 0x3a;
export const DW_AT_decl_line = 0x3b;
export const DW_AT_external = 0x3f;
export const DW_AT_linkage_name = 0x6e;

export const DW_FORM_addr = 0x01;
export const DW_FORM_data4 = 0x06;
export const DW_FORM_string = 0x08;
export const DW_FORM_data1 = 0x0b;
export const DW_FORM_flag = 0x0c;
export const DW_FORM_udata = 0x0f;
export const DW_FORM_sec_offset = 0x17;

/** The language whose expressions debuggers evaluate best. */
export const DW_LANG_C99 = 0x0c;

/** Standard opcodes of line number programs (section 6.2.5.2). */
export const DW_LNS_copy = 1;
export const DW_LNS_advance_pc = 2;
export const DW_LNS_advance_line = 3;
export const DW_LNS_set_file = 4;
export const DW_LNS_set_column = 5;
export const DW_LNS_negate_stmt = 6;
export const DW_LNS_set_basic_block = 7;
export const DW_LNS_const_add_pc = 8;
export const DW_LNS_fixed_advance_pc = 9;
export const DW_LNS_set_prologue_end = 10;
export const DW_LNS_set_epilogue_begin = 11;

/** Numbers of LEB128 operands of the standard opcodes, from 1 on. */
export const standardOpcodeLengths = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1] as const;

/** Extended opcodes (section 6.2.5.3). */
export const DW_LNE_end_sequence = 1;
export const DW_LNE_set_address = 2;
export const DW_LNE_define_file = 3;
