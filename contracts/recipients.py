"""From an address to a recipient id. Every service must agree on this, so it is contract, not policy.

The frozen vectors in tests/contracts/test_recipients.py may never change: an id already given to an
address would become somebody else's.
"""

import hmac
import unicodedata
from hashlib import sha256
from uuid import UUID


class BadAddress(ValueError):
    """The text is not one e-mail address; write it as name@example.org."""


def normal_address(address: str) -> str:
    """An address in its normal form: trimmed, NFC, case-folded, domain in IDNA A-labels.

    Plus tags and dots are kept: they are different mailboxes unless their owner says otherwise.
    Raises BadAddress.
    """
    text = unicodedata.normalize("NFC", address.strip())
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain or len(text) > 254:
        raise BadAddress("write it as name@example.org, at most 254 characters")
    if any(c.isspace() or unicodedata.category(c).startswith("C") or c in '<>(),;:"[]\\' for c in text):
        raise BadAddress("contains a character that an address cannot have")
    if "@" in local or local.startswith(".") or local.endswith(".") or ".." in local:
        raise BadAddress("the part before @ is not one mailbox name")
    return f"{unicodedata.normalize('NFC', local.casefold())}@{_domain(domain)}"


def recipient_id(address: str, secret: bytes) -> UUID:
    """The recipient id of an address: a UUIDv8 (RFC 9562) over HMAC-SHA256 with the city's secret.

    Raises BadAddress. The secret is never rotated: it belongs to the backup.
    """
    digest = hmac.new(secret, normal_address(address).encode(), sha256).digest()
    value = int.from_bytes(digest[:16], "big")
    value = value & ~(0xF << 76) | 0x8 << 76
    value = value & ~(0b11 << 62) | 0b10 << 62
    return UUID(int=value)


def _domain(domain: str) -> str:
    labels = domain.casefold().rstrip(".").split(".")
    if len(labels) < 2 or not all(labels):
        raise BadAddress("the part after @ is not a domain")
    try:
        ascii_labels = [label.encode("idna").decode() if not label.isascii() else label for label in labels]
    except UnicodeError as error:
        raise BadAddress("the part after @ is not a domain") from error
    if any(len(label) > 63 or label.startswith("-") or label.endswith("-") for label in ascii_labels):
        raise BadAddress("the part after @ is not a domain")
    return ".".join(ascii_labels)
