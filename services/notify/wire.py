"""What the mail server answers, in order, on a connection over which several commands may be under way.

The connection is made, encrypted and signed in by aiosmtplib; then its transport is given to this protocol,
since aiosmtplib waits for the answer to each command before it sends the next (RFC 2920 need not).
"""

import asyncio
from collections import deque
from dataclasses import dataclass

from .domain.wording import one_line

_LONGEST = 64 * 1024  # bytes of one answer; more is no mail server
_MOST_LINES = 1000


class Lost(OSError):
    """The connection to the mail server is gone, or what comes over it is no answer."""


@dataclass(frozen=True)
class Reply:
    """An answer of the mail server (RFC 5321 section 4.2): its code, and its text in one line."""

    code: int
    text: str

    @property
    def good(self) -> bool:
        """Whether the command was done, or may go on."""
        return 200 <= self.code <= 399


class Wire(asyncio.Protocol):
    """The answers of one mail server, as they come."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._lines: list[bytes] = []
        self._replies: deque[Reply] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self.lost: str | None = None

    def data_received(self, data: bytes) -> None:
        """Bytes have come: take the lines of them that are whole."""
        self._bytes += data
        if len(self._bytes) > _LONGEST:
            self._end("an answer without end")
            return
        *lines, rest = self._bytes.split(b"\n")
        self._bytes = bytearray(rest)
        for line in lines:
            self._take(bytes(line))
        self._wake()

    def eof_received(self) -> bool:
        """The server says no more; what was asked will not be answered."""
        self._end("the server closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing will come any more."""
        self._end(f"the connection was lost: {exc}" if exc else "the connection was closed")

    async def reply(self, seconds: float) -> Reply:
        """The next answer. Raises Lost, or TimeoutError where it does not come in time."""
        if not self._replies and self.lost is None:
            self._waiting = asyncio.get_running_loop().create_future()
            async with asyncio.timeout(seconds):
                await self._waiting
        if self._replies:
            return self._replies.popleft()
        raise Lost(self.lost)

    def _take(self, line: bytes) -> None:
        self._lines.append(line.strip())
        if line[3:4] == b"-" and len(self._lines) < _MOST_LINES:
            return
        code = line[:3]
        if not code.isdigit() or line[3:4] == b"-":
            self._end("what came is no answer")
            return
        said = b" ".join(part[4:] for part in self._lines).decode("utf-8", "replace")
        self._replies.append(Reply(int(code), one_line(said, longest=300)))
        self._lines = []

    def _end(self, why: str) -> None:
        self.lost = self.lost or why
        self._wake()

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done() and (self._replies or self.lost):
            self._waiting.set_result(None)
