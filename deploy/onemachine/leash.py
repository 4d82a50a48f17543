"""Put on a leash before becoming another program: run as `python -I -S leash.py ...`, never imported.

usage: leash.py PARENT_PID SIGNAL IDENTITY PROGRAM ARGUMENT...

On Linux the kernel sends SIGNAL to the program when its parent dies, however it dies. IDENTITY is
`same`, `mapped` or `UID:GID`. A separate program does this, and not a function between fork and exec,
because the parent may have threads, and Python code in a forked child of a threaded parent can hang.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000
INNER_ID = 1000


def main(arguments: list[str]) -> None:
    """Take the identity, ask for the signal, and become the program. Returns only by failing."""
    parent, signal_number, identity, *command = arguments
    if identity == "mapped":
        enter_user_namespace()
    elif identity != "same":
        become(identity)
    if sys.platform == "linux":
        # After the identity: the kernel forgets the request when credentials change.
        call("prctl", PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
        if os.getppid() != int(parent):
            sys.exit("the parent died before its child was on the leash")
    # A full path, because searching for it would import modules that the new identity may not read.
    os.execv(command[0], command)  # noqa: S606 - no shell is the point


def enter_user_namespace() -> None:
    """Appear as an ordinary user to the program while the files stay those of the caller.

    PostgreSQL refuses to run as root. Seen from inside this namespace the caller's user has another
    number, so the check passes, and everything the caller owns, under a 0700 home too, stays within reach.
    """
    uid, gid = os.geteuid(), os.getegid()
    call("unshare", CLONE_NEWUSER)
    write("/proc/self/setgroups", "deny")  # the kernel demands it before it takes a group map
    write("/proc/self/uid_map", f"{INNER_ID} {uid} 1")
    write("/proc/self/gid_map", f"{INNER_ID} {gid} 1")


def become(identity: str) -> None:
    """Drop to the given `UID:GID` for good, without any other group."""
    uid, gid = (int(part) for part in identity.split(":"))
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def call(name: str, *arguments: int) -> None:
    """Call a C function that Python 3.11 does not offer; raises OSError with the kernel's reason."""
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        reason = ctypes.get_errno()
        raise OSError(reason, f"{name}: {os.strerror(reason)}")


def write(path: str, text: str) -> None:
    """Write to one of the kernel's files in a single call, as it demands."""
    file = os.open(path, os.O_WRONLY)
    os.write(file, text.encode())
    os.close(file)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except OSError as reason:
        sys.exit(f"{sys.argv[4]}: {reason}")
