"""Baking a credential into a picture of 91 KB."""

import secrets
import struct
import zlib

from services.badges.baking import bake, unbake

from .credential import case
from .timing import processor_rate

PICTURE_BYTES = 91_000


def measure() -> dict[str, float]:
    """Pictures per second of one core."""
    credential, png = case().stored, _png()
    assert unbake(bake(png, credential)) == credential
    return {"bake_per_s": processor_rate(lambda: bake(png, credential))}


def _png() -> bytes:
    """A picture of noise, which no compression makes smaller, in chunks of 8 KiB as libpng writes them."""
    data = secrets.token_bytes(PICTURE_BYTES)
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", 300, 300, 8, 0, 0, 0, 0))
    parts = [_chunk(b"IDAT", data[start : start + 8192]) for start in range(0, len(data), 8192)]
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(parts) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
