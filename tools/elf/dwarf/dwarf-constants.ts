/** Numbers of the DWARF Debugging Information Format, version 4 (chapter 7, "Data Representation"). */

export const DWARF_VERSION = 4;
export const ADDRESS_SIZE = 4;

export const DW_TAG_enumeration_type = 0x04;
export const DW_TAG_formal_parameter = 0x05;
export const DW_TAG_member = 0x0d;
export const DW_TAG_pointer_type = 0x0f;
export const DW_TAG_compile_unit = 0x11;
export const DW_TAG_structure_type = 0x13;
export const DW_TAG_typedef = 0x16;
export const DW_TAG_inlined_subroutine = 0x1d;
export const DW_TAG_base_type = 0x24;
export const DW_TAG_enumerator = 0x28;
export const DW_TAG_subprogram = 0x2e;
export const DW_TAG_variable = 0x34;

export const DW_CHILDREN_no = 0;
export const DW_CHILDREN_yes = 1;

export const DW_AT_location = 0x02;
export const DW_AT_name = 0x03;
export const DW_AT_byte_size = 0x0b;
export const DW_AT_stmt_list = 0x10;
export const DW_AT_low_pc = 0x11;
export const DW_AT_high_pc = 0x12;
export const DW_AT_language = 0x13;
export const DW_AT_comp_dir = 0x1b;
export const DW_AT_const_value = 0x1c;
export const DW_AT_inline = 0x20;
export const DW_AT_producer = 0x25;
export const DW_AT_prototyped = 0x27;
export const DW_AT_abstract_origin = 0x31;
export const DW_AT_data_member_location = 0x38;
export const DW_AT_decl_file = 0x3a;
export const DW_AT_decl_line = 0x3b;
export const DW_AT_encoding = 0x3e;
export const DW_AT_external = 0x3f;
export const DW_AT_frame_base = 0x40;
export const DW_AT_type = 0x49;
export const DW_AT_ranges = 0x55;
export const DW_AT_call_file = 0x58;
export const DW_AT_call_line = 0x59;
export const DW_AT_linkage_name = 0x6e;

export const DW_FORM_addr = 0x01;
export const DW_FORM_data4 = 0x06;
export const DW_FORM_string = 0x08;
export const DW_FORM_data1 = 0x0b;
export const DW_FORM_flag = 0x0c;
export const DW_FORM_sdata = 0x0d;
export const DW_FORM_strp = 0x0e;
export const DW_FORM_udata = 0x0f;
export const DW_FORM_ref4 = 0x13;
export const DW_FORM_sec_offset = 0x17;
export const DW_FORM_exprloc = 0x18;
export const DW_FORM_flag_present = 0x19;

/** An abstract function that was inlined somewhere (section 3.3.8.1). */
export const DW_INL_inlined = 1;

/** Encodings of base types (section 5.1). */
export const DW_ATE_boolean = 2;
export const DW_ATE_float = 4;
export const DW_ATE_signed = 5;
export const DW_ATE_unsigned = 7;

/** Operations of location expressions (section 2.5). */
export const DW_OP_addr = 0x03;
export const DW_OP_consts = 0x11;
export const DW_OP_reg0 = 0x50;
export const DW_OP_regx = 0x90;
export const DW_OP_fbreg = 0x91;
export const DW_OP_piece = 0x93;
export const DW_OP_call_frame_cfa = 0x9c;
export const DW_OP_stack_value = 0x9f;

/** Call frame instructions (section 6.4.2). */
export const DW_CFA_nop = 0x00;
export const DW_CFA_advance_loc4 = 0x04;
export const DW_CFA_undefined = 0x07;
export const DW_CFA_def_cfa = 0x0c;
export const DW_CFA_def_cfa_offset = 0x0e;
/** With the operand in the low six bits. */
export const DW_CFA_advance_loc = 0x40;
export const DW_CFA_offset = 0x80;
export const DW_CFA_restore = 0xc0;

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
