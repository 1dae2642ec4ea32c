# What libsys begins with (abi/libsys.enums.ts). New entries go to the end.

        .section .text.start, "ax", @progbits
        .globl  libsys_table
libsys_table:
        .word   0x5359534c              # LIBSYS_MAGIC
        .word   1                       # LIBSYS_VERSION
        .word   8                       # LibsysEntry.Count
        .word   libsys_call
        .word   libsys_exit
        .word   libsys_close
        .word   libsys_sleep_until
        .word   libsys_log
        .word   libsys_map
        .word   libsys_null
        .word   libsys_unmap
