"""A filter of system calls for this process: no new process or program, no socket, no limit lifted. Linux only.

Beside what bubblewrap does, and instead of the limit on processes, which does not bind root and counts every
process that a user has. Numbers of system calls: Linux, `arch/x86/entry/syscalls/syscall_64.tbl` and
`include/uapi/asm-generic/unistd.h`.
"""

import ctypes
import errno
import platform
import struct
import sys
from typing import NamedTuple

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _MACHINE, _FIRST, _THIRD = 0, 4, 16, 32
"""Where in `struct seccomp_data` the call's number, the machine and two arguments are, in bytes."""
_CLONE_THREAD = 0x10000
_CLONE3 = 435
_NO_NEW_PRIVILEGES, _SET_FILTER, _ALL_THREADS = 38, 1, 1


class _Machine(NamedTuple):
    """Its name in the kernel's audit, and its numbers of system calls."""

    audit: int
    clone: int
    prlimit: int
    seccomp: int
    refused: tuple[int, ...]


_MACHINES = {
    # socket, fork, vfork, execve, kill, ptrace, setrlimit, chroot, mount, umount, pivot_root, init_module, add_key,
    # request_key, keyctl, unshare, perf_event_open, setns, process_vm_readv and _writev, finit_module, bpf, execveat,
    # userfaultfd
    "x86_64": _Machine(0xC000003E, 56, 302, 317, (41, 57, 58, 59, 62, 101, 160, 161, 165, 166, 155, 175, 248, 249, 250,
                                                  272, 298, 308, 310, 311, 313, 321, 322, 323)),
    "aarch64": _Machine(0xC00000B7, 220, 261, 277, (198, 221, 129, 117, 164, 51, 40, 39, 41, 105, 217, 218, 219, 97,
                                                    241, 268, 270, 271, 273, 280, 281, 282)),
}  # fmt: skip
_EVERYWHERE = (425, 434, 438, 428, 429, 430, 442)
"""io_uring_setup, pidfd_open, pidfd_getfd, and the newer calls that mount."""


def _step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


def program(machine: str) -> bytes:
    """The filter as BPF for one kind of machine; KeyError for one that is not known."""
    of = _MACHINES[machine]
    steps = [
        _step(_LOAD, _MACHINE), _step(_EQUAL, of.audit, yes=1), _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, 0x40000000, no=1), _step(_RETURN, _REFUSE | errno.EPERM),  # another numbering of x86
        # the C library falls back to clone, whose flags can be looked at
        _step(_EQUAL, _CLONE3, no=1), _step(_RETURN, _REFUSE | errno.ENOSYS),
        _step(_EQUAL, of.clone, no=4),
        _step(_LOAD, _FIRST), _step(_ANY_BIT, _CLONE_THREAD, yes=1), _step(_RETURN, _REFUSE | errno.EPERM),
        _step(_RETURN, _ALLOW),
        # limits may be read: then the third argument, in two halves, is null
        _step(_EQUAL, of.prlimit, no=6),
        _step(_LOAD, _THIRD), _step(_EQUAL, 0, no=2), _step(_LOAD, _THIRD + 4), _step(_EQUAL, 0, yes=1),
        _step(_RETURN, _REFUSE | errno.EPERM), _step(_RETURN, _ALLOW),
    ]  # fmt: skip
    for number in (*of.refused, *_EVERYWHERE):
        steps += [_step(_EQUAL, number, no=1), _step(_RETURN, _REFUSE | errno.EPERM)]
    return b"".join((*steps, _step(_RETURN, _ALLOW)))


def confine() -> bool:
    """Give up, for good and for all threads, what the filter refuses; False where it cannot be had here."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES:
        return False
    machine = platform.machine()
    code = program(machine)
    buffer = ctypes.create_string_buffer(code, len(code))

    class Filter(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]

    filtered = Filter(len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    call = ctypes.c_long(_MACHINES[machine].seccomp)
    return bool(libc.syscall(call, _SET_FILTER, _ALL_THREADS, ctypes.byref(filtered)) == 0)
