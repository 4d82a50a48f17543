"""A mail server that takes every letter and keeps only its id: as little work as the protocol allows.

`python -m bench.mailsink` prints its port; at the end of its input it prints what it took and cost, as JSON.
"""

import asyncio
import json
import resource
import sys
from collections import Counter
from typing import cast

import uvloop

_ANSWERS = {
    b"MAIL": b"250 fine\r\n",
    b"RCPT": b"250 fine\r\n",
    b"RSET": b"250 fine\r\n",
    b"NOOP": b"250 fine\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
}
_END, _ID = b"\r\n.\r\n", b"X-Letter-Id: "


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, taken: Counter[bytes]) -> None:
        self._taken, self._bytes, self._in_letter = taken, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._out = cast(asyncio.WriteTransport, transport)
        self._say(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Take letters and commands in turn, as many as are whole."""
        self._bytes += data
        answers = []
        while answer := self._letter() if self._in_letter else self._command():
            answers.append(answer)
        self._say(b"".join(answers))

    def _letter(self) -> bytes:
        letter, end, rest = self._bytes.partition(_END)
        if not end:
            return b""
        self._bytes, self._in_letter = rest, False
        self._taken[letter.partition(_ID)[2][:36]] += 1
        return b"250 taken\r\n"

    def _command(self) -> bytes:
        line, end, rest = self._bytes.partition(b"\r\n")
        if not end:
            return b""
        self._bytes, self._in_letter = rest, line == b"DATA"
        return _ANSWERS.get(line[:4].upper(), b"500 what?\r\n")

    def _say(self, what: bytes) -> None:
        if what:
            self._out.write(what)


async def main() -> None:
    """Take letters until the input ends."""
    taken: Counter[bytes] = Counter()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(taken), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = max(taken.values(), default=0)
    seconds = used.ru_utime + used.ru_stime
    print(json.dumps({"letters": len(taken), "most_of_one": most, "processor_s": seconds}), flush=True)
    server.close()


if __name__ == "__main__":
    uvloop.run(main())
