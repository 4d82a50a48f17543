"""The mail server of a city in trouble: it takes letters in, refuses them, says nothing, or dies after DATA.

Until chaos begins, what it takes in goes where the city's own mail sink keeps its letters, so that its page
shows them; later on it is only counted, since writing to that file holds up everything else.
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from aiosmtpd.smtp import SMTP

from deploy.onemachine.mailstore import MailStore

Mood = Literal["well", "busy", "refusing", "silent", "dying"]
MOODS: tuple[Mood, ...] = ("busy", "refusing", "silent", "dying")
LETTER_ID = re.compile(rb"^X-Letter-Id: ([0-9a-f-]{36})\r?$", re.MULTILINE)
BUSY = "451 4.3.2 come again later"
REFUSED = "550 5.7.1 no letters from a city in chaos"


class PostOffice:
    """`counts` says how many commands each mood has met; `told` which letters were answered with 250."""

    def __init__(self) -> None:
        self.mood: Mood = "well"
        self.port = 0
        self.counts: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.told: set[str] = set()
        self.store: MailStore | None = None

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name, as below)
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Take the sender, unless it is busy."""
        if self.mood == "busy":
            self.counts["busy"] += 1
            return BUSY
        envelope.mail_from, envelope.mail_options = address, options
        return "250 fine"

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Take the reader, unless it refuses."""
        if self.mood == "refusing":
            self.counts["refusing"] += 1
            return REFUSED
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take the letter. Silent: it is thrown away and not answered. Dying: it is kept and not answered."""
        if self.mood == "silent":
            self.counts["silent"] += 1
            await asyncio.Event().wait()  # until its sender has had enough
        letter = self._keep(envelope)
        if self.mood == "dying":
            self.counts["dying"] += 1
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        else:
            self.told.add(letter)
        return "250 taken"

    def _keep(self, envelope: Any) -> str:
        raw: bytes = envelope.original_content
        if self.store:
            self.store.add(envelope.mail_from or "", envelope.rcpt_tos, raw)
        named = LETTER_ID.search(raw)
        letter = named[1].decode() if named else ""
        self.taken[letter] += 1
        return letter


@asynccontextmanager
async def open_office() -> AsyncIterator[PostOffice]:
    """The post office, on a port of its own."""
    office = PostOffice()
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(office, enable_SMTPUTF8=True, loop=loop)

    server = await loop.create_server(protocol, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
