"""A badge carried inside its picture: PNG baking of Open Badges 3.0, and of 2.0 beside it.

The text stands in an uncompressed iTXt chunk right after the header; every other byte of the picture stays
as it was. Pictures from outside may be hostile, so nothing is read beyond the limits below.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

KEYWORD = b"openbadgecredential"
KEYWORD_2_0 = b"openbadges"
LARGEST_PICTURE = 16 << 20
LARGEST_TEXT = 1 << 20
MOST_CHUNKS = 4096

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_END = len(_SIGNATURE) + 25


class NotABadgePicture(ValueError):
    """The file is not a PNG that can carry a badge; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk of a PNG: its type, its data, and where it starts and ends in the file."""

    type: bytes
    data: memoryview
    start: int
    end: int


def bake(png: bytes, credential: bytes, assertion: bytes | None = None) -> bytes:
    """The picture with `credential` (UTF-8 JSON or a compact JWS) in it, in place of one it carried.

    `assertion` is the same badge for Open Badges 2.0: the URL of its assertion. Without it one that the
    picture carries stays. Raises NotABadgePicture.
    """
    baked = {KEYWORD: credential} | ({} if assertion is None else {KEYWORD_2_0: assertion})
    parts = [png[:_HEADER_END], *(_text_chunk(keyword, text) for keyword, text in baked.items())]
    kept = _HEADER_END
    for chunk in _chunks(png):
        if chunk.type == b"iTXt" and any(_is_credential(chunk, keyword) for keyword in baked):
            parts.append(png[kept : chunk.start])
            kept = chunk.end
    parts.append(png[kept:])
    return b"".join(parts)


def unbake(png: bytes, keyword: bytes = KEYWORD) -> bytes | None:
    """The credential that a picture carries under this keyword, or None if it carries none.

    Raises NotABadgePicture for a damaged picture, for two credentials, and for one of more than 1 MiB.
    """
    found = None
    for chunk in _chunks(png, check=True):
        if _is_credential(chunk, keyword):
            if found is not None:
                raise NotABadgePicture("carries more than one credential")
            found = _text_of(chunk, keyword)
    return found


def _chunks(png: bytes, check: bool = False) -> Iterator[Chunk]:
    """Walks the chunks; with `check` also their checksums, which the header's always is."""
    if len(png) > LARGEST_PICTURE:
        raise NotABadgePicture(f"is larger than {LARGEST_PICTURE >> 20} MiB")
    if not png.startswith(_SIGNATURE):
        raise NotABadgePicture("is not a PNG")
    whole, position = memoryview(png), len(_SIGNATURE)
    for number in range(MOST_CHUNKS):
        chunk = _chunk_at(whole, position, check=check or number == 0)
        if (number == 0) != (chunk.type == b"IHDR") or (number == 0 and chunk.end != _HEADER_END):
            raise NotABadgePicture("does not start with its header")
        yield chunk
        position = chunk.end
        if chunk.type == b"IEND":
            return
    raise NotABadgePicture(f"has more than {MOST_CHUNKS} chunks")


def _chunk_at(whole: memoryview, position: int, check: bool) -> Chunk:
    if position + 12 > len(whole):
        raise NotABadgePicture("ends too early")
    length, kind = struct.unpack_from(">I4s", whole, position)
    end = position + 12 + length
    if end > len(whole):
        raise NotABadgePicture("has a chunk longer than the file")
    if check and zlib.crc32(whole[position + 4 : end - 4]) != int.from_bytes(whole[end - 4 : end]):
        raise NotABadgePicture(f"has a wrong checksum in its chunk {kind.decode('latin-1')}")
    return Chunk(kind, whole[position + 8 : end - 4], position, end)


def _text_chunk(keyword: bytes, text: bytes) -> bytes:
    body = b"iTXt" + keyword + b"\0\0\0\0\0" + text
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def _is_credential(chunk: Chunk, keyword: bytes = KEYWORD) -> bool:
    return chunk.type == b"iTXt" and bytes(chunk.data[: len(keyword) + 1]) == keyword + b"\0"


def _text_of(chunk: Chunk, keyword: bytes) -> bytes:
    """The text of an iTXt chunk (PNG, 11.3.3.4): flag, method, language tag, translated keyword, text."""
    body = bytes(chunk.data[len(keyword) + 1 :])
    parts = body[2:].split(b"\0", 2)
    if len(parts) != 3 or body[0] not in (0, 1) or body[1] != 0:
        raise NotABadgePicture("carries a credential in a broken chunk")
    text = _unpacked(parts[2]) if body[0] else parts[2]
    if len(text) > LARGEST_TEXT:
        raise NotABadgePicture(f"carries more than {LARGEST_TEXT >> 20} MiB of text")
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise NotABadgePicture("carries a credential that is not UTF-8") from error
    return text


def _unpacked(packed: bytes) -> bytes:
    """Decompresses one byte more than allowed at most, so that a bomb is seen and never unpacked."""
    try:
        return zlib.decompressobj().decompress(packed, LARGEST_TEXT + 1)
    except zlib.error as error:
        raise NotABadgePicture("carries a compressed credential that is damaged") from error
