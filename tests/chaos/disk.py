"""A small disk that only one city sees, and that can be filled from outside."""

import ctypes
import os
from contextlib import suppress
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
PIECE = 1 << 20  # bytes


def make(place: Path, megabytes: int) -> None:
    """Give this process, and its children, a disk of so many megabytes at `place`. Raises OSError.

    In a mount namespace of its own, so that nobody has to clean up; who is not root has a user namespace too.
    """
    uid, gid = os.geteuid(), os.getegid()
    _call("unshare", CLONE_NEWNS | (0 if uid == 0 else CLONE_NEWUSER))
    if uid != 0:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            Path(f"/proc/self/{name}").write_text(text)
    _call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    place.mkdir(parents=True)
    _call("mount", b"tmpfs", bytes(place), b"tmpfs", 0, f"size={megabytes}m,mode=0711".encode())


def _call(name: str, *arguments: int | bytes | None) -> None:
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments) != 0:
        reason = ctypes.get_errno()
        raise OSError(reason, f"{name}: {os.strerror(reason)}")


class Ballast:
    """Fills the disk that the process `pid` has at `place`."""

    def __init__(self, pid: int, place: Path) -> None:
        self._path = Path(f"/proc/{pid}/root{place}/ballast")

    def fill(self) -> int:
        """Take whatever is free; answers how many bytes that was."""
        taken = 0
        with self._path.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                taken += file.write(bytes(PIECE))
        return taken

    def clear(self) -> None:
        """Give everything back."""
        self._path.unlink(missing_ok=True)
