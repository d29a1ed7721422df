"""The system calls that a student's code may not make, as a filter for ``bwrap --seccomp``.

Refused are new processes (threads are allowed), memory that no limit counts (memfd, System V and POSIX queues), sockets
other than local ones, and the parts of the kernel that have nothing to do with exercises. Without other processes a limit
on the address space of one is a limit on all. The format is classic BPF: see seccomp(2) and linux/filter.h.
"""

import platform
import struct

EPERM, ENOSYS, CLONE_THREAD, AF_UNIX = 1, 38, 0x10000, 1
LOAD, EQUAL, SET, ABOVE, RETURN = 0x20, 0x15, 0x45, 0x35, 0x06      # BPF_LD|W|ABS, BPF_JMP|JEQ, |JSET, |JGE, BPF_RET
NUMBER, ARCH, FIRST_ARGUMENT = 0, 4, 16                             # places in struct seccomp_data
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000

# audit number of the machine; then the calls, in one order: clone, clone3, socket; those refused always
MACHINES = {
    "x86_64": (0xC000003E, 56, 435, 41, {
        "fork": 57, "vfork": 58, "memfd_create": 319, "memfd_secret": 447, "shmget": 29, "msgget": 68, "semget": 64,
        "mq_open": 240, "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "unshare": 272, "setns": 308,
        "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "keyctl": 250, "add_key": 248, "request_key": 249,
        "bpf": 321, "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425, "open_by_handle_at": 304}),
    "aarch64": (0xC00000B7, 220, 435, 198, {
        "memfd_create": 279, "memfd_secret": 447, "shmget": 194, "msgget": 186, "semget": 190, "mq_open": 180, "ptrace": 117,
        "process_vm_readv": 270, "process_vm_writev": 271, "unshare": 97, "setns": 268, "mount": 40, "umount2": 39,
        "pivot_root": 41, "chroot": 51, "keyctl": 219, "add_key": 217, "request_key": 218, "bpf": 280,
        "perf_event_open": 241, "userfaultfd": 282, "io_uring_setup": 425, "open_by_handle_at": 265}),
}


def _step(code, k, yes=0, no=0):
    return struct.pack("<HBBI", code, yes, no, k)


def program(machine=None):
    """The filter's bytes for a machine ("x86_64", "aarch64"; this one if not given).

    Raises
    ------
    ValueError
        For any other machine.
    """
    machine = machine or platform.machine()
    if machine not in MACHINES:
        raise ValueError(f"expected a machine of {sorted(MACHINES)} for the sandbox; got {machine}")
    audit, clone, clone3, socket, refused = MACHINES[machine]
    steps = [_step(LOAD, ARCH), _step(EQUAL, audit, 1, 0), _step(RETURN, KILL), _step(LOAD, NUMBER),
             _step(ABOVE, 0x40000000, 0, 1), _step(RETURN, REFUSE | ENOSYS),          # the x32 twins of all calls
             _step(EQUAL, clone3, 0, 1), _step(RETURN, REFUSE | ENOSYS)]              # glibc then takes clone
    for number in sorted(refused.values()):
        steps += [_step(EQUAL, number, 0, 1), _step(RETURN, REFUSE | EPERM)]
    steps += [_step(EQUAL, clone, 0, 4), _step(LOAD, FIRST_ARGUMENT), _step(SET, CLONE_THREAD, 1, 0),
              _step(RETURN, REFUSE | EPERM), _step(RETURN, ALLOW),
              _step(EQUAL, socket, 0, 3), _step(LOAD, FIRST_ARGUMENT), _step(EQUAL, AF_UNIX, 1, 0),
              _step(RETURN, REFUSE | EPERM), _step(RETURN, ALLOW)]
    return b"".join(steps)
