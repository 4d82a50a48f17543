"""Text as mail carries it: quoted-printable bodies (RFC 2045 section 6.7), header words (RFC 2047)."""

import re
from base64 import b64encode
from functools import lru_cache

_BREAK = b"=\r\n"
_WIDTH = 72  # a line may have 76 characters, one of them the mark of a break that is none
_AS_IT_IS = re.compile(rb"[!-<>-~](?:[ !-<>-~]{0,70}[!-<>-~])?")
_BYTE = [bytes([c]) if (33 <= c <= 126 and c != 61) or c == 32 else b"=%02X" % c for c in range(256)]
_PLAIN_HEADER = re.compile(r"[!-~](?:[ -~]{0,58}[!-~])?")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")


def quoted(text: str) -> bytes:
    """A text in quoted-printable. No line of it starts with a dot, which SMTP would double."""
    return b"\r\n".join([_line(line.encode()) for line in text.split("\n")])


@lru_cache(maxsize=4096)
def quoted_apart(value: str) -> bytes:
    """A value with breaks around it that are none: it can stand between any two texts in quoted-printable."""
    return _BREAK + quoted(value) + _BREAK


def _line(line: bytes) -> bytes:
    if not line or (_AS_IT_IS.fullmatch(line) and line[0] != 46):
        return line
    parts: list[bytes] = []
    width = 0
    for at, byte in enumerate(line):
        encoded = _BYTE[byte]
        if width + len(encoded) > _WIDTH:
            parts.append(_BREAK)
            width = 0
        if (width == 0 and byte == 46) or (byte == 32 and at == len(line) - 1):
            encoded = b"=%02X" % byte
        parts.append(encoded)
        width += len(encoded)
    return b"".join(parts)


@lru_cache(maxsize=1024)
def header(text: str) -> bytes:
    """A line of text as a header's value: as it is where that is short ASCII, else in encoded words."""
    if _PLAIN_HEADER.fullmatch(text) and "=?" not in text:
        return text.encode()
    return header_words(text)


def display_name(name: str) -> bytes:
    """A person's name before their address (RFC 5322 section 3.4); what is not plain is in encoded words."""
    if len(name) <= 50 and _PLAIN_NAME.fullmatch(name):
        return name.encode()
    return header_words(name)


def header_words(text: str) -> bytes:
    """Text in encoded words, each of whole characters."""
    words = (b"=?utf-8?b?" + b64encode(part) + b"?=" for part in _chunks(text, 42))
    return b"\r\n ".join(words)


def _chunks(text: str, longest: int) -> list[bytes]:
    """The text in parts of at most so many bytes, none of which ends within a character."""
    parts = [b""]
    for character in text:
        encoded = character.encode()
        if len(parts[-1]) + len(encoded) > longest:
            parts.append(b"")
        parts[-1] += encoded
    return parts
