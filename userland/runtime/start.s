# Where every process begins. a0: StartInformation (abi/message.structs.ts), sp: top of its stack.

        .section .text.start, "ax", @progbits
        .globl  _start
_start:
        mv      s0, a0
        call    __wasm_start            # initialisers of globals; nothing may call out before tp is set
        mv      a0, s0
        call    prepare_process         # start.ts: sets tp
        mv      a0, s0
        call    main                    # a0 = exit status
        li      t0, 15                  # Syscall.Exit
        ecall
        unimp                           # Exit does not return

# system_call(message): i32 — loads the registers of a system call from a Message (t0 … t5, a0 … a7 in
# this order), enters the kernel, stores them all, and returns t0. t6 survives a system call.
        .section .text, "ax", @progbits
        .globl  system_call
system_call:
        mv      t6, a0
        lw      t0, 0(t6)
        lw      t1, 4(t6)
        lw      t2, 8(t6)
        lw      t3, 12(t6)
        lw      t4, 16(t6)
        lw      t5, 20(t6)
        lw      a0, 24(t6)
        lw      a1, 28(t6)
        lw      a2, 32(t6)
        lw      a3, 36(t6)
        lw      a4, 40(t6)
        lw      a5, 44(t6)
        lw      a6, 48(t6)
        lw      a7, 52(t6)
        ecall
        sw      t0, 0(t6)
        sw      t1, 4(t6)
        sw      t2, 8(t6)
        sw      t3, 12(t6)
        sw      t4, 16(t6)
        sw      t5, 20(t6)
        sw      a0, 24(t6)
        sw      a1, 28(t6)
        sw      a2, 32(t6)
        sw      a3, 36(t6)
        sw      a4, 40(t6)
        sw      a5, 44(t6)
        sw      a6, 48(t6)
        sw      a7, 52(t6)
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
        li      t0, 1                   # Syscall.Call
        sw      t0, 0(a0)
        j       system_call
        .globl  close_handle
close_handle:
        mv      a1, a0
        li      a0, 10                  # Syscall.Destroy
        j       system_operation
