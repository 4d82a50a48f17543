"""A real mail server that answers as a test tells it to."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal

from aiosmtpd.smtp import SMTP

Stage = Literal["MAIL", "RCPT", "DATA"]
DROP = "drop"  # instead of an answer: close the connection


@dataclass
class MailServer:
    """A mail server for tests. `answers[stage]` are given once each, then everything is accepted.

    A letter whose `DATA` is answered `drop` was taken in, but its sender is not told. With `silence`, letters
    are answered once that is set; with `hold_recipients`, so are recipients. With `pipelining`, it says so.
    """

    port: int = 0
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    answers: dict[Stage, deque[str]] = field(
        default_factory=lambda: {"MAIL": deque(), "RCPT": deque(), "DATA": deque()}
    )
    connections: int = 0
    senders: list[str] = field(default_factory=list)
    pipelining: bool = False
    silence: asyncio.Event | None = None
    hold_recipients: asyncio.Event | None = None
    _open: list[SMTP] = field(default_factory=list)

    def will(self, stage: Stage, *answers: str) -> None:
        """Answer a command of this stage so, once each."""
        self.answers[stage].extend(answers)

    def hang_up(self) -> None:
        """Close every connection."""
        for server in self._open:
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()

    @property
    def letters(self) -> list[EmailMessage]:
        """What was taken in."""
        return [message for _, message in self.taken]

    def _answer(self, server: SMTP, stage: Stage) -> str:
        answer = self.answers[stage].popleft() if self.answers[stage] else "250 fine"
        if answer == DROP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return answer

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count the connection."""
        session.host_name = hostname
        self.connections += 1
        self._open.append(server)
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.pipelining else responses

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Answer MAIL FROM."""
        answer = self._answer(server, "MAIL")
        if answer.startswith("2"):
            envelope.mail_from, envelope.mail_options = address, options
            self.senders.append(address)
        return answer

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        if self.hold_recipients:
            await self.hold_recipients.wait()
        answer = self._answer(server, "RCPT")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802 (as above)
        """Take a letter in, or say why not."""
        answer = self._answer(server, "DATA")
        if self.silence:
            await self.silence.wait()
        if answer == DROP or answer.startswith("2"):
            message = message_from_bytes(envelope.original_content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.taken.append((envelope.rcpt_tos[0], message))
        return answer


@asynccontextmanager
async def serving(
    mail: MailServer, *, utf8: bool = True, tls: ssl.SSLContext | None = None
) -> AsyncIterator[MailServer]:
    """Run the mail server on a free port; with `tls` it takes letters after STARTTLS alone."""
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(mail, enable_SMTPUTF8=utf8, loop=loop, tls_context=tls, require_starttls=tls is not None)

    server = await loop.create_server(protocol, "127.0.0.1", 0)
    mail.port = server.sockets[0].getsockname()[1]
    try:
        yield mail
    finally:
        server.close()
        await server.wait_closed()
