# Where every program begins, and its way out: through the table at the start of libsys
# (abi/libsys.enums.ts), which lies at the same address under every kernel. Nothing here enters the
# kernel by itself. a0: ProgramData (abi/program.structs.ts), sp: top of the stack.

        .equ    LIBSYS, 0x7fff0
        .equ    ENTRIES, 12             # Behind magic, version and count.

        .section .text.start, "ax", @progbits
        .globl  _start
_start:
        call    __wasm_start            # initialisers of globals; nothing may call out before tp is set
        call    prepare_program         # start.ts: sets tp
        call    main                    # a0 = exit status
        call    end_program             # start.ts: does not return
        unimp

        .section .text, "ax", @progbits
        .globl  send_message
send_message:
        lui     t0, LIBSYS
        lw      t0, ENTRIES(t0)
        jr      t0
        .globl  libsys_exit
libsys_exit:
        lui     t0, LIBSYS
        lw      t0, ENTRIES + 4(t0)
        jr      t0
        .globl  close_handle
close_handle:
        lui     t0, LIBSYS
        lw      t0, ENTRIES + 8(t0)
        jr      t0
        .globl  libsys_sleep_until
libsys_sleep_until:
        lui     t0, LIBSYS
        lw      t0, ENTRIES + 12(t0)
        jr      t0
        .globl  libsys_log
libsys_log:
        lui     t0, LIBSYS
        lw      t0, ENTRIES + 16(t0)
        jr      t0
        .globl  libsys_map
libsys_map:
        lui     t0, LIBSYS
        lw      t0, ENTRIES + 20(t0)
        jr      t0
        .globl  libsys_null
libsys_null:
        lui     t0, LIBSYS
        lw      t0, ENTRIES + 24(t0)
        jr      t0
        .globl  libsys_unmap
libsys_unmap:
        lui     t0, LIBSYS
        lw      t0, ENTRIES + 28(t0)
        jr      t0
