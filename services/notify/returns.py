"""Reads what mail servers send back: delivery reports (RFC 3464) and complaints (ARF, RFC 5965).

They come from anybody, so every part is bounded and whatever cannot be read is left out.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr
from itertools import islice
from uuid import UUID

from .domain.feedback import FeedbackKind, Returned, kind_of
from .domain.naming import letter_returned
from .domain.wording import one_line

LONGEST = 512 * 1024  # bytes; a report has no need of more
_PARTS, _HEADER = 40, 2000
_TO = ("to", "delivered-to", "x-original-to", "envelope-to", "original-recipient")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class NoReport(Exception):
    """This is neither a delivery report (RFC 3464) nor a complaint (RFC 5965)."""


def read(content: bytes, key: bytes) -> Returned:
    """What a report says of a letter. Raises NoReport, also where it says that the letter arrived."""
    try:
        message = message_from_bytes(content[:LONGEST])
        parts = {part.get_content_type(): part for part in reversed(list(islice(message.walk(), _PARTS)))}
        about = _about(message, parts, key)
        if "message/feedback-report" in parts:
            return _complaint(_fields(parts["message/feedback-report"]), about)
        if "message/delivery-status" in parts:
            return _status(_fields(parts["message/delivery-status"]), about)
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise NoReport from error
    raise NoReport


def _complaint(fields: dict[str, str], about: Returned) -> Returned:
    kind = fields.get("feedback-type", "abuse").lower()
    if kind in ("not-spam", "auth-failure"):
        raise NoReport
    return _with(about, "complained", kind, fields.get("original-rcpt-to"))


def _status(fields: dict[str, str], about: Returned) -> Returned:
    status = fields.get("status", "")
    kind = kind_of(fields.get("action", "").lower().partition(" ")[0], status)
    if kind is None:
        raise NoReport
    said = fields.get("diagnostic-code", "").partition(";")[2] or fields.get("diagnostic-code", "")
    address = fields.get("final-recipient") or fields.get("original-recipient") or ""
    return _with(about, kind, f"{status} {said}", address.partition(";")[2] or address)


def _with(about: Returned, kind: FeedbackKind, reason: str, address: str | None) -> Returned:
    named = parseaddr(address or "")[1] or None
    return Returned(kind, one_line(reason, longest=300), about.letter, about.message, named, about.sealed)


def _about(message: Message, parts: dict[str, Message], key: bytes) -> Returned:
    """Which letter it is about: by the return address, else by what is quoted of the letter."""
    for name in _TO:
        for value in message.get_all(name, [])[:5]:
            letter = letter_returned(str(value)[:_HEADER].lower(), key)
            if letter:
                return Returned("bounced", letter=letter, sealed=True)
    for part in (parts.get("text/rfc822-headers"), parts.get("message/rfc822")):
        for quoted in _quoted(part):
            letter, number = _id(quoted["X-Letter-Id"]), _id(quoted["Message-ID"])
            if letter or number:
                return Returned("bounced", letter=letter, message=number)
    raise NoReport


def _quoted(part: Message | None) -> Iterator[Message]:
    """The headers of the letter that a report quotes."""
    if part is None:
        return
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (each for each in payload[:2] if isinstance(each, Message))
    else:
        decoded = part.get_payload(decode=True)
        yield message_from_bytes(decoded[:LONGEST] if isinstance(decoded, bytes) else b"")


def _fields(part: Message) -> dict[str, str]:
    """The fields of a machine-readable part, of all its groups; a later group changes no earlier one."""
    payload = part.get_payload()
    groups = payload if isinstance(payload, list) else [message_from_bytes(str(payload).encode())]
    fields: dict[str, str] = {}
    for group in islice(groups, _PARTS):
        for name, value in list(group.items())[:_PARTS] if isinstance(group, Message) else ():
            fields.setdefault(name.lower(), one_line(str(value), longest=_HEADER))
    return fields


def _id(value: object) -> UUID | None:
    found = _UUID.search(str(value or "")[:_HEADER].lower())
    return UUID(found[0]) if found else None
