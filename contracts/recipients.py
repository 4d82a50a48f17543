"""From an address to a recipient id. Every service must agree on this, so it is contract, not policy.

The frozen vectors in tests/contracts/test_recipients.py may never change: an id already given to an
address would become somebody else's.

Domains are read as browsers and registries read them today (IDNA 2008, as UTS 46 maps it without its
transitional exceptions). Python's own `idna` codec follows the rules of 2003, which turn straße.de into
strasse.de: two domains with two owners, of whom one would have been given the other's badges.
"""

import hmac
import re
import unicodedata
from hashlib import sha256
from uuid import UUID

# In a label: ASCII other than letters, digits and inner hyphens, and characters that show nothing.
_NO_LABEL = re.compile(
    r"[\x00-\x2c\x2e\x2f\x3a-\x60\x7b-\x7f]|^-|-$|^$"
    "|[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# What most addresses are like. They need no more than small letters, by all that is said below.
_LOCAL = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN = re.compile(rf"{_LOCAL}(?:[.]{_LOCAL})*@(?:{_LABEL}[.])+[A-Za-z](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?")
_KEPT_APART = "\u00df\u03c2"  # sharp s and final sigma, which folding would merge with ss and sigma


class BadAddress(ValueError):
    """The text is not one e-mail address; write it as name@example.org."""


def normal_address(address: str) -> str:
    """An address in its normal form: trimmed, NFC, case-folded, domain in IDNA A-labels.

    Plus tags and dots are kept: they are different mailboxes unless their owner says otherwise.
    Raises BadAddress.
    """
    if len(address) <= 254 and _PLAIN.fullmatch(address):
        return address.lower()
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
    """The domain in lower-case A-labels, without the root's dot. Raises BadAddress."""
    labels = _mapped(domain).removesuffix(".").split(".")
    if len(labels) < 2 or labels[-1].isdecimal() or any(_NO_LABEL.search(label) for label in labels):
        raise BadAddress("the part after @ is not a domain")
    ascii_labels = [_ascii_label(label) for label in labels]
    name = ".".join(ascii_labels)
    if len(name) > 253 or any(len(label) > 63 for label in ascii_labels):
        raise BadAddress("the part after @ is not a domain: it is too long")
    return name


def _mapped(domain: str) -> str:
    """The domain as UTS 46 maps it: compatibility forms and case folded, every kind of dot a dot."""
    compatible = unicodedata.normalize("NFKC", domain).replace("\u1e9e", "\u00df").replace("\u3002", ".")
    folded = "".join(c if c in _KEPT_APART else c.casefold() for c in compatible)
    return unicodedata.normalize("NFKC", folded)


def _ascii_label(label: str) -> str:
    return label if label.isascii() else "xn--" + label.encode("punycode").decode()
