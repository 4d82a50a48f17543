"""The bit string of a status list, packed as it is published (Bitstring Status List 1.0, 3.3 and 3.4)."""

import base64
import binascii
import gzip
import zlib
from collections.abc import Iterable

# The standard's smallest list: enough neighbours that fetching it does not tell whose badge is looked at.
ENTRIES = 131_072
LARGEST_BYTES = 1 << 20


class NotAStatusList(ValueError):
    """The encoded list cannot be read, or is shorter or longer than a list may be."""


def empty(entries: int = ENTRIES) -> bytes:
    """A list in which nothing is withdrawn. Raises ValueError for less than the standard's minimum."""
    if entries < ENTRIES or entries % 8:
        raise ValueError(f"a status list has at least {ENTRIES} entries, in whole bytes")
    return bytes(entries // 8)


def with_withdrawn(bits: bytes, indexes: Iterable[int]) -> bytes:
    """The list with the bits at `indexes` set; a withdrawal is never taken back. Raises IndexError."""
    changed = bytearray(bits)
    for index in indexes:
        changed[_byte_of(bits, index)] |= 0x80 >> index % 8
    return bytes(changed)


def is_withdrawn(bits: bytes, index: int) -> bool:
    """Whether the bit at `index` is set; entry 0 is the highest bit of the first byte. Raises IndexError."""
    return bool(bits[_byte_of(bits, index)] & 0x80 >> index % 8)


def encode(bits: bytes) -> str:
    """`u` and the base64url of the gzipped bits; the same bits always give the same text."""
    packed = gzip.compress(bits, compresslevel=9, mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode(encoded: str) -> bytes:
    """The bits of a published list; unpacks at most 1 MiB. Raises NotAStatusList."""
    if not encoded.startswith("u"):
        raise NotAStatusList("must be base64url multibase")
    try:
        packed = base64.b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4), b"-_", validate=True)
        unpacking = zlib.decompressobj(wbits=31)
        bits = unpacking.decompress(packed, LARGEST_BYTES)
    except (binascii.Error, ValueError, zlib.error) as error:
        raise NotAStatusList("is not gzip in base64url") from error
    if not unpacking.eof or unpacking.unused_data:
        raise NotAStatusList(f"is damaged or unpacks to more than {LARGEST_BYTES} bytes")
    if len(bits) * 8 < ENTRIES:
        raise NotAStatusList(f"has less than {ENTRIES} entries")
    return bits


def _byte_of(bits: bytes, index: int) -> int:
    if not 0 <= index < len(bits) * 8:
        raise IndexError(f"the status list has no entry {index}")
    return index // 8
