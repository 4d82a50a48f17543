"""One reused connection to the mail server, and the letter as it travels over it (RFC 5321, 5322)."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from contracts.recipients import normal_address

from .domain.letter import Accepted, Outcome, Refused, Unsure
from .domain.wording import one_line
from .settings import Settings
from .writing import Written

LETTERS = UUID("6b3d2c0e-5d0a-4c7e-9a53-0f6f5f0c8a41")
"""The namespace of Message-IDs; changing it would make a letter sent again another letter."""

IDLE_SECONDS = 5  # after this long without a letter, ask whether the server is still there


@dataclass(frozen=True)
class Outgoing:
    """A letter ready to be handed over. `recipient` is an address; `wide` if it is not ASCII (RFC 6531)."""

    sender: str
    recipient: str
    wide: bool
    content: bytes


def message_id(letter: UUID, public_url: str) -> str:
    """The letter's Message-ID: the same however often it is sent, at the city's domain."""
    return f"<{uuid5(LETTERS, str(letter))}@{urlsplit(public_url).hostname}>"


def compose(
    letter: UUID, written: Written, address: str, name: str | None, now: datetime, settings: Settings
) -> Outgoing:
    """The message of a letter. Raises BadAddress where the address cannot be written to."""
    mailbox, domain = _deliverable(address)
    wide = not mailbox.isascii()
    message = EmailMessage(policy=policy.SMTPUTF8 if wide else policy.SMTP)
    message["From"] = settings.sender
    message["To"] = Address(one_line(name or ""), mailbox, domain)
    message["Subject"] = written.subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(letter, settings.public_url)
    message["X-Letter-Id"] = str(letter)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(written.text, cte="quoted-printable")
    message.add_alternative(written.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = written.language
    return Outgoing(settings.sender.addr_spec, f"{mailbox}@{domain}", wide, message.as_bytes())


def _deliverable(address: str) -> tuple[str, str]:
    """The mailbox as its owner wrote it, and its domain in ASCII. Raises BadAddress."""
    domain = normal_address(address).rpartition("@")[2]
    return address.strip().rpartition("@")[0], domain


class Connection:
    """A connection to the mail server, opened when needed and used for one letter after another."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._smtp: SMTP | None = None
        self._used = 0.0

    async def open(self) -> None:
        """Be connected. Raises SMTPException or OSError where the server is not there or refuses us."""
        if self._smtp and self._smtp.is_connected and await self._answers():
            return
        self.close()
        server, settings = self._settings.smtp_server, self._settings
        password = settings.smtp_password
        smtp = SMTP(
            hostname=server.hostname,
            port=settings.smtp_port,
            username=settings.smtp_user,
            password=password.get_secret_value() if password and settings.smtp_user else None,
            use_tls=server.scheme == "smtps",
            start_tls=server.scheme == "smtp+starttls",
            local_hostname=urlsplit(settings.public_url).hostname,
            timeout=settings.smtp_timeout,
        )
        await smtp.connect()
        await smtp.ehlo()  # now, so that it is known whether addresses beyond ASCII are taken
        self._smtp, self._used = smtp, time.monotonic()

    async def deliver(self, message: Outgoing, handing_over: Callable[[], None]) -> Outcome:
        """Hand a letter over. `handing_over` is called in the moment after which the server may have it."""
        assert self._smtp, "open first"
        self._used = time.monotonic()
        try:
            await self._announce(self._smtp, message)
            handing_over()
        except SMTPResponseException as refusal:
            await self._start_afresh()
            return _refused(refusal.code, refusal.message)
        except (SMTPException, OSError) as lost:
            self.close()
            return Refused(f"not handed over: {lost}", final=False)
        try:
            return await self._hand_over(self._smtp, message.content)
        except (SMTPException, OSError) as lost:
            self.close()
            return Unsure(f"handed over, but no answer came: {lost}")

    @property
    def usable(self) -> bool:
        """Whether the next letter can go over it at once."""
        return self._smtp is not None and self._smtp.is_connected

    def close(self) -> None:
        """Drop the connection."""
        if self._smtp:
            self._smtp.close()
        self._smtp = None

    async def _announce(self, smtp: SMTP, message: Outgoing) -> None:
        """Sender, recipient and the wish to send. Raises what the server or the connection says."""
        if message.wide and not smtp.supports_extension("smtputf8"):
            raise SMTPResponseException(553, "the mail server takes no addresses beyond ASCII (SMTPUTF8)")
        encoding, options = ("utf-8", ["SMTPUTF8"]) if message.wide else ("ascii", [])
        await smtp.mail(message.sender, options=options, encoding=encoding)
        await smtp.rcpt(message.recipient, encoding=encoding)
        answer = await smtp.execute_command(b"DATA")
        if answer.code != 354:
            raise SMTPResponseException(answer.code, answer.message)

    async def _hand_over(self, smtp: SMTP, content: bytes) -> Outcome:
        """The letter itself, its lines starting with a dot doubled (RFC 5321 section 4.5.2)."""
        assert smtp.protocol
        smtp.protocol.write(_stuffed(content) + b".\r\n")
        answer = await smtp.protocol.read_response(timeout=self._settings.smtp_timeout)
        if answer.code == 250:
            return Accepted()
        if answer.code == 421:
            self.close()
        return _refused(answer.code, answer.message)

    async def _start_afresh(self) -> None:
        """Forget a letter that was refused half-way."""
        assert self._smtp
        try:
            await self._smtp.rset()
        except (SMTPException, OSError):
            self.close()

    async def _answers(self) -> bool:
        assert self._smtp
        if time.monotonic() - self._used < IDLE_SECONDS:
            return True
        try:
            await self._smtp.noop()
        except (SMTPException, OSError):
            return False
        self._used = time.monotonic()
        return True


def _stuffed(content: bytes) -> bytes:
    lines = content.removesuffix(b"\r\n").split(b"\r\n")
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b"\r\n"


def _refused(code: int, message: str) -> Refused:
    """4xx is a refusal for now, 5xx one for good (RFC 5321 section 4.2.1); what is neither is for now."""
    text = one_line(message.encode("utf-8", "replace").decode(), longest=300)
    return Refused(f"{code} {text}", final=500 <= code <= 599)
