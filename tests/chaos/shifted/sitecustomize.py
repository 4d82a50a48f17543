"""A clock that is wrong, for one process and the workers it starts: Python runs this first, wherever it is on
the path.

CLOCK_FILE names eight bytes: by how many seconds this process is off, as a double. Whoever writes them shifts
the clock of running processes. What is shifted is what Python programs call the time: `time.time`,
`time.time_ns`, `datetime.now` and their like. Waiting goes by the monotonic clock and is as it was.
"""

import ctypes
import datetime
import gc
import mmap
import os
import struct
import time
from typing import Any


def install(path: str) -> None:
    """Have this process's clock be off by what the file says, from now on."""
    with open(path, "r+b") as file:  # noqa: PTH123 (nothing more is imported before the program than needed)
        shared = mmap.mmap(file.fileno(), 8)

    def off() -> float:
        return float(struct.unpack("d", shared[:8])[0])

    _shift_time(off)
    _shift_datetime(off)


def _shift_time(off: Any) -> None:
    seconds, nanoseconds = time.time, time.time_ns
    time.time = lambda: seconds() + off()
    time.time_ns = lambda: nanoseconds() + int(off() * 1_000_000_000)


def _shift_datetime(off: Any) -> None:
    """The class stays the one that everybody has: only what it answers is replaced, in its own namespace."""
    cls = datetime.datetime
    (namespace,) = gc.get_referents(cls.__dict__)
    for name in ("now", "utcnow"):
        namespace[name] = classmethod(_shifted(cls.__dict__[name], off))
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))


def _shifted(true: Any, off: Any) -> Any:
    def answer(cls: Any, *arguments: Any, **named: Any) -> Any:
        return true.__get__(None, cls)(*arguments, **named) + datetime.timedelta(seconds=off())

    return answer


if os.environ.get("CLOCK_FILE"):
    install(os.environ["CLOCK_FILE"])
