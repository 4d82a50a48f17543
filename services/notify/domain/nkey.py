"""NATS' own way of writing keys.

A key is written as base32 of a prefix byte, the 32 bytes of the public half and a CRC-16 (XMODEM, least byte
first) of both; the prefix makes the first letter: A an account, U a user, N a server, X a key to seal with.
"""

import base64
import binascii

ACCOUNT, USER, SEALING = (0, 20 << 3, 23 << 3)
_WRITTEN = 56  # characters


class NotOurs(Exception):
    """A key, a signature or something sealed is not what it should be."""


def written(prefix: int, public: bytes) -> str:
    """A public key as NATS writes it."""
    told = bytes([prefix]) + public
    return base64.b32encode(told + binascii.crc_hqx(told, 0).to_bytes(2, "little")).decode().rstrip("=")


def raw(prefix: int, text: str) -> bytes:
    """The 32 bytes of a written key of that kind. Raises NotOurs."""
    try:
        told = base64.b32decode(text) if len(text) == _WRITTEN else b""
    except ValueError as error:
        raise NotOurs from error
    public = told[1:-2]
    if len(public) != 32 or written(prefix, public) != text:
        raise NotOurs
    return public
