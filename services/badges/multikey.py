"""Keys and signatures as text: base58btc, and Ed25519 keys as Multikey (Controlled Identifiers 1.0)."""

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_ED25519_PUBLIC = b"\xed\x01"
_LONGEST = 128
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
_GROUP = len(_PAIRS) ** 5


class NotMultibase(ValueError):
    """The text is not a base58btc multibase value of the expected kind."""


def to_multibase(data: bytes) -> str:
    """`z` and base58btc; leading zero bytes become leading ones."""
    number, text = int.from_bytes(data), ""
    while number:
        number, group = divmod(number, _GROUP)
        text = _letters(group) + text
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + "1" * zeros + text.lstrip("1")


def _letters(group: int) -> str:
    """Ten base58 letters; dividing a long number once for ten of them is what makes signing quick."""
    group, fifth = divmod(group, len(_PAIRS))
    group, fourth = divmod(group, len(_PAIRS))
    group, third = divmod(group, len(_PAIRS))
    first, second = divmod(group, len(_PAIRS))
    return _PAIRS[first] + _PAIRS[second] + _PAIRS[third] + _PAIRS[fourth] + _PAIRS[fifth]


def from_multibase(text: str) -> bytes:
    """The bytes of a base58btc multibase text of at most 128 characters. Raises NotMultibase."""
    if not text.startswith("z") or len(text) > _LONGEST:
        raise NotMultibase("must start with z and be at most 128 characters")
    number = 0
    for letter in text[1:]:
        if letter not in _VALUES:
            raise NotMultibase(f"{letter!r} is not a base58 letter")
        number = number * 58 + _VALUES[letter]
    body = text[1:].lstrip("1")
    zeros = len(text) - 1 - len(body)
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def public_key_text(public: bytes) -> str:
    """The Multikey form (`z6Mk...`) of 32 bytes of an Ed25519 public key."""
    return to_multibase(_ED25519_PUBLIC + public)


def public_key_bytes(text: str) -> bytes:
    """The 32 bytes behind a `z6Mk...` text. Raises NotMultibase for any other kind of key."""
    data = from_multibase(text)
    if not data.startswith(_ED25519_PUBLIC) or len(data) != 34:
        raise NotMultibase("not an Ed25519 public key")
    return data[2:]
