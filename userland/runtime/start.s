# Where every process begins. a0: StartInformation (abi/message.structs.ts), sp: top of its stack.

# Syscall (abi/syscall.enums.ts).
        .equ    CALL, 1
        .equ    DESTROY, 10
        .equ    EXIT, 15

# Message (abi/message.structs.ts).
        .equ    MESSAGE_STATUS, 0
        .equ    MESSAGE_HANDLE, 4
        .equ    MESSAGE_METHOD, 8
        .equ    MESSAGE_LENT_ADDRESS, 12
        .equ    MESSAGE_LENT_LENGTH, 16
        .equ    MESSAGE_TRANSFER, 20
        .equ    MESSAGE_WORD0, 24
        .equ    MESSAGE_WORD1, 28
        .equ    MESSAGE_WORD2, 32
        .equ    MESSAGE_WORD3, 36
        .equ    MESSAGE_WORD4, 40
        .equ    MESSAGE_WORD5, 44
        .equ    MESSAGE_WORD6, 48
        .equ    MESSAGE_WORD7, 52

        .section .text.start, "ax", @progbits
        .globl  _start
_start:
        mv      s0, a0
        call    __wasm_start            # initialisers of globals; nothing may call out before tp is set
        mv      a0, s0
        call    prepare_process         # start.ts: sets tp
        mv      a0, s0
        call    main                    # a0 = exit status
        li      t0, EXIT
        ecall
        unimp                           # Exit does not return

# system_call(message): i32 — loads the registers of a system call from a Message (t0 … t5, a0 … a7 in
# this order), enters the kernel, stores them all, and returns t0. t6 survives a system call.
        .section .text, "ax", @progbits
        .globl  system_call
system_call:
        mv      t6, a0
        lw      t0, MESSAGE_STATUS(t6)
        lw      t1, MESSAGE_HANDLE(t6)
        lw      t2, MESSAGE_METHOD(t6)
        lw      t3, MESSAGE_LENT_ADDRESS(t6)
        lw      t4, MESSAGE_LENT_LENGTH(t6)
        lw      t5, MESSAGE_TRANSFER(t6)
        lw      a0, MESSAGE_WORD0(t6)
        lw      a1, MESSAGE_WORD1(t6)
        lw      a2, MESSAGE_WORD2(t6)
        lw      a3, MESSAGE_WORD3(t6)
        lw      a4, MESSAGE_WORD4(t6)
        lw      a5, MESSAGE_WORD5(t6)
        lw      a6, MESSAGE_WORD6(t6)
        lw      a7, MESSAGE_WORD7(t6)
        ecall
        sw      t0, MESSAGE_STATUS(t6)
        sw      t1, MESSAGE_HANDLE(t6)
        sw      t2, MESSAGE_METHOD(t6)
        sw      t3, MESSAGE_LENT_ADDRESS(t6)
        sw      t4, MESSAGE_LENT_LENGTH(t6)
        sw      t5, MESSAGE_TRANSFER(t6)
        sw      a0, MESSAGE_WORD0(t6)
        sw      a1, MESSAGE_WORD1(t6)
        sw      a2, MESSAGE_WORD2(t6)
        sw      a3, MESSAGE_WORD3(t6)
        sw      a4, MESSAGE_WORD4(t6)
        sw      a5, MESSAGE_WORD5(t6)
        sw      a6, MESSAGE_WORD6(t6)
        sw      a7, MESSAGE_WORD7(t6)
        mv      a0, t0
        ret

# system_operation(number, handle, a0, a1, a2, a3, a4): i32 — a call that needs only arguments and a
# result, without a Message in memory.
        .globl  system_operation
system_operation:
        mv      t0, a0
        mv      t1, a1
        mv      a0, a2
        mv      a1, a3
        mv      a2, a4
        mv      a3, a5
        mv      a4, a6
        ecall
        mv      a0, t0
        ret

# send_message(message): i32 and close_handle(handle): i32, on which client stubs stand (call.ts).
        .globl  send_message
send_message:
        li      t0, CALL
        sw      t0, MESSAGE_STATUS(a0)
        j       system_call
        .globl  close_handle
close_handle:
        mv      a1, a0
        li      a0, DESTROY
        j       system_operation
