"""One reused connection to the mail server (RFC 5321), over which one letter goes after another."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import cast
from urllib.parse import urlsplit

from aiosmtplib import SMTP

from .composing import Outgoing
from .domain.letter import Accepted, Outcome, Refused, Unsure
from .settings import Settings
from .wire import Lost, Reply, Wire

IDLE_SECONDS = 5  # after this long without a letter, ask whether the server is still there
_NO_WIDE = Reply(553, "the mail server takes no addresses beyond ASCII (SMTPUTF8)")


class Connection:
    """A connection to the mail server, opened when needed and used for one letter after another."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._smtp: SMTP | None = None
        self._transport: asyncio.Transport | None = None
        self._wire = Wire()
        self._used = 0.0

    async def open(self) -> None:
        """Be connected. Raises SMTPException or OSError where the server is not there or refuses us."""
        if self.usable and await self._answers():
            return
        self.close()
        smtp = self._client()
        await smtp.connect()
        await smtp.ehlo()  # now, so that it is known what the server can do
        self._smtp, self._used = smtp, time.monotonic()
        self._transport, self._wire = cast(asyncio.Transport, smtp.transport), Wire()
        self._transport.set_protocol(self._wire)

    def _client(self) -> SMTP:
        server, settings = self._settings.smtp_server, self._settings
        password = settings.smtp_password
        return SMTP(
            hostname=server.hostname,
            port=settings.smtp_port,
            username=settings.smtp_user,
            password=password.get_secret_value() if password and settings.smtp_user else None,
            use_tls=server.scheme == "smtps",
            start_tls=server.scheme == "smtp+starttls",
            local_hostname=urlsplit(settings.public_url).hostname,
            timeout=settings.smtp_timeout,
        )

    async def deliver(self, message: Outgoing, handing_over: Callable[[], None]) -> Outcome:
        """Hand a letter over. `handing_over` is called in the moment after which the server may have it."""
        self._used = time.monotonic()
        try:
            refusal = await self._announce(message)
            if refusal is None:
                handing_over()
        except OSError as lost:
            self.close()
            return Refused(f"not handed over: {_said(lost)}", final=False)
        if refusal:
            return _refused(refusal)
        try:
            return await self._hand_over(message.content)
        except OSError as lost:
            self.close()
            return Unsure(f"handed over, but no answer came: {_said(lost)}")

    @property
    def usable(self) -> bool:
        """Whether the next letter can go over it at once."""
        return self._transport is not None and not self._transport.is_closing() and self._wire.lost is None

    def close(self) -> None:
        """Drop the connection."""
        if self._transport:
            self._transport.abort()
        if self._smtp:
            self._smtp.close()
        self._smtp = self._transport = None

    async def _announce(self, message: Outgoing) -> Reply | None:
        """Sender, recipient and the wish to send; answers the refusal, if it is one. Raises OSError."""
        if message.wide and not self._can("smtputf8"):
            return _NO_WIDE
        commands = (
            f"MAIL FROM:<{message.sender}>{' SMTPUTF8' if message.wide else ''}\r\n".encode(),
            f"RCPT TO:<{message.recipient}>\r\n".encode(),
            b"DATA\r\n",
        )
        replies = await self._ask(commands)
        refusal = next((reply for reply in replies if not reply.good), None)
        if refusal is None:
            return None
        if replies[-1].code == 354:
            await self._ask((b".\r\n",))  # it waits for a letter to nobody (RFC 2920 section 3.1)
        if refusal.code == 421:
            self.close()
        else:
            await self._start_afresh()
        return refusal

    async def _ask(self, commands: tuple[bytes, ...]) -> list[Reply]:
        """The answers to these commands: of all where the server takes them at once, else up to a refusal."""
        if self._can("pipelining"):
            self._write(b"".join(commands))
            return [await self._wire.reply(self._settings.smtp_timeout) for _ in commands]
        replies: list[Reply] = []
        for command in commands:
            self._write(command)
            replies.append(await self._wire.reply(self._settings.smtp_timeout))
            if not replies[-1].good:
                break
        return replies

    async def _hand_over(self, content: bytes) -> Outcome:
        """The letter itself, its lines starting with a dot doubled (RFC 5321 section 4.5.2)."""
        self._write(_stuffed(content) + b".\r\n")
        answer = await self._wire.reply(self._settings.smtp_timeout)
        if answer.code == 250:
            return Accepted()
        if answer.code == 421:
            self.close()
        return _refused(answer)

    async def _start_afresh(self) -> None:
        """Forget a letter that was refused half-way."""
        try:
            await self._ask((b"RSET\r\n",))
        except OSError:
            self.close()

    async def _answers(self) -> bool:
        if time.monotonic() - self._used < IDLE_SECONDS:
            return True
        with suppress(OSError):
            await self._ask((b"NOOP\r\n",))
            self._used = time.monotonic()
        return self.usable

    def _can(self, extension: str) -> bool:
        return self._smtp is not None and self._smtp.supports_extension(extension)

    def _write(self, data: bytes) -> None:
        if self._transport is None or not self.usable:
            raise Lost(self._wire.lost or "not connected")
        self._transport.write(data)


def _stuffed(content: bytes) -> bytes:
    doubled = content.removesuffix(b"\r\n").replace(b"\r\n.", b"\r\n..") + b"\r\n"
    return b"." + doubled if doubled.startswith(b".") else doubled


def _refused(answer: Reply) -> Refused:
    """4xx is a refusal for now, 5xx one for good (RFC 5321 section 4.2.1); what is neither is for now."""
    return Refused(f"{answer.code} {answer.text}", final=500 <= answer.code <= 599)


def _said(lost: OSError) -> str:
    return str(lost) or type(lost).__name__
