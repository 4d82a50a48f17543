"""The letter as it travels (RFC 5322), put together from what all letters of its shape have in common.

That is encoded once, with the structure around it; of each letter only what is its own is encoded and put in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import urlsplit
from uuid import UUID

from contracts.recipients import normal_address

from .domain.naming import message_number, return_address
from .domain.wording import Facts, one_line
from .quoting import display_name, header, quoted, quoted_apart
from .settings import Settings
from .writing import Pattern, Pieces, html_values, pattern_of, shape_of, subject, text_values

# No line of quoted-printable can hold `=_` (RFC 2045 section 6.7).
_BOUNDARY = b"=_letter"
_PART = (
    b"--" + _BOUNDARY + b"\r\n"
    b'Content-Type: text/%s; charset="utf-8"\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"Content-Language: %s\r\n\r\n"
)
_ONE_CLICK = b"List-Unsubscribe: <%s>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


@dataclass(frozen=True)
class Outgoing:
    """A letter ready to be handed over. `recipient` is an address; `wide` if it is not ASCII (RFC 6531)."""

    sender: str
    recipient: str
    wide: bool
    content: bytes

    @property
    def domain(self) -> str:
        """The receiving domain, in ASCII."""
        return self.recipient.rpartition("@")[2]


@dataclass(frozen=True)
class Skeleton:
    """A shape's letter without what is each letter's own; every second part of both forms is a name."""

    pattern: Pattern
    text: tuple[bytes | str, ...]
    html: tuple[bytes | str, ...]
    end: bytes


def message_id(letter: UUID, public_url: str) -> str:
    """The letter's Message-ID: the same however often it is sent, at the city's domain."""
    return f"<{message_number(letter)}@{_host(public_url)}>"


@lru_cache(maxsize=4)
def _host(public_url: str) -> str:
    return urlsplit(public_url).hostname or ""


def compose(letter: UUID, facts: Facts, now: datetime, settings: Settings) -> Outgoing:
    """The message of a letter. Raises BadAddress where the address cannot be written to."""
    mailbox, domain = _deliverable(facts.address)
    recipient, sender = f"{mailbox}@{domain}", settings.sender
    pattern = pattern_of(shape_of(facts, settings.default_language), settings.brand)
    skeleton = _skeleton(pattern)
    content = (
        _head(sender)
        + b"To: " + _addressee(facts.name, recipient)
        + b"\r\nSubject: " + header(subject(pattern, facts))
        + b"\r\nDate: " + _date(now)
        + b"\r\nMessage-ID: " + message_id(letter, settings.public_url).encode()
        + b"\r\n" + b"".join(
            b"%s: %s\r\n" % (name.encode(), str(letter).encode())
            for name in ("X-Letter-Id", *settings.letter_id_headers)
        )
        + _unsubscribing(facts)
        + _filled(skeleton.text, text_values(facts, pattern.language))
        + _filled(skeleton.html, html_values(facts))
        + skeleton.end
    )  # fmt: skip
    bounces = settings.bounce_address
    envelope = return_address(letter, bounces, settings.webhook_key) if bounces else sender.addr_spec
    return Outgoing(envelope, recipient, not mailbox.isascii(), content)


def _deliverable(address: str) -> tuple[str, str]:
    """The mailbox as its owner wrote it, and its domain in ASCII. Raises BadAddress."""
    domain = normal_address(address).rpartition("@")[2]
    return address.strip().rpartition("@")[0], domain


def _addressee(name: str | None, recipient: str) -> bytes:
    said = one_line(name or "")
    return display_name(said) + b"\r\n <" + recipient.encode() + b">" if said else recipient.encode()


def _head(sender: Address) -> bytes:
    name = display_name(one_line(sender.display_name)) + b" " if sender.display_name else b""
    return b"From: " + name + b"<" + sender.addr_spec.encode() + b">\r\nAuto-Submitted: auto-generated\r\n"


@lru_cache(maxsize=2)
def _date(now: datetime) -> bytes:
    return format_datetime(now).encode()


def _unsubscribing(facts: Facts) -> bytes:
    """How a mail program unsubscribes for its reader with one click (RFC 8058), where that is possible."""
    return _ONE_CLICK % facts.unsubscribe.encode() if facts.unsubscribe else b""


@lru_cache(maxsize=1024)
def _skeleton(pattern: Pattern) -> Skeleton:
    language = pattern.language.encode()
    opening = (
        b"MIME-Version: 1.0\r\n"
        b'Content-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n'
        b"Content-Language: " + language + b"\r\n\r\n"
    )
    return Skeleton(
        pattern,
        _encoded(pattern.text, opening + _PART % (b"plain", language)),
        _encoded(pattern.html, b"\r\n" + _PART % (b"html", language)),
        b"\r\n--" + _BOUNDARY + b"--\r\n",
    )


def _encoded(pieces: Pieces, before: bytes) -> tuple[bytes | str, ...]:
    parts: list[bytes | str] = [piece if at % 2 else quoted(piece) for at, piece in enumerate(pieces)]
    return (before + quoted(pieces[0]), *parts[1:])


def _filled(parts: tuple[bytes | str, ...], values: Mapping[str, str]) -> bytes:
    ready = {name: quoted_apart(value) for name, value in values.items()}
    return b"".join([ready[part] if isinstance(part, str) else part for part in parts])
