"""By which numbers a letter is known: in its Message-ID, and in the address its bounces go to."""

import hmac
import re
from hashlib import sha256
from uuid import UUID, uuid5

LETTERS = UUID("6b3d2c0e-5d0a-4c7e-9a53-0f6f5f0c8a41")
"""The namespace of Message-IDs; changing it would make a letter sent again another letter."""

_TICKET = re.compile(r"([0-9a-f]{32})-([0-9a-f]{32})")
_RETURN = re.compile(r"\+([0-9a-f]{32})-([0-9a-f]{16})@")


def message_number(letter: UUID) -> UUID:
    """The number in a letter's Message-ID: the same however often the letter is sent."""
    return uuid5(LETTERS, str(letter))


def return_address(letter: UUID, address: str, key: bytes) -> str:
    """Where a letter's bounces go: `bounces+<letter>-<seal>@domain` (VERP). Nobody else can make the seal."""
    mailbox, _, domain = address.rpartition("@")
    return f"{mailbox}+{letter.hex}-{_seal(letter, key)}@{domain}"


def letter_returned(address: str, key: bytes) -> UUID | None:
    """The letter of which this is the return address, or None."""
    found = _RETURN.search(address)
    if not found:
        return None
    letter = UUID(hex=found[1])
    return letter if hmac.compare_digest(found[2], _seal(letter, key)) else None


def ticket(letter: UUID, key: bytes) -> str:
    """What a letter's reader shows to choose which letters they get. Nobody can guess one."""
    return f"{letter.hex}-{_seal(letter, key, b'ticket ', 32)}"


def letter_of(shown: str, key: bytes) -> UUID | None:
    """The letter of which this is the ticket, or None."""
    found = _TICKET.fullmatch(shown)
    if not found:
        return None
    letter = UUID(hex=found[1])
    return letter if hmac.compare_digest(found[2], _seal(letter, key, b"ticket ", 32)) else None


def _seal(letter: UUID, key: bytes, purpose: bytes = b"return ", length: int = 16) -> str:
    return hmac.new(key, purpose + letter.bytes, sha256).hexdigest()[:length]
