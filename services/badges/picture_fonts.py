"""The fonts that badges are drawn with, and which characters each of them has."""

import struct
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

from PIL import ImageFont

from .picture_script import visual_order

ASSETS = Path(__file__).parent / "assets"
TEXT_FONTS = ("NotoSans_600SemiBold.ttf", "NotoSansArabic_600SemiBold.ttf", "NotoSansHebrew_600SemiBold.ttf")
ICON_FONT = "lucide.woff2"


@lru_cache(maxsize=128)
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A bundled font at a size in pixels. Basic layout, so that every machine draws the same."""
    return ImageFont.truetype(ASSETS / name, size, layout_engine=ImageFont.Layout.BASIC)


def drawable(text: str) -> str:
    """The part of a text that our fonts can draw, with single spaces; the rest would be boxes."""
    composed = unicodedata.normalize("NFC", text)
    kept = "".join(each if _font_of(each) else " " if each.isspace() else "" for each in composed)
    return " ".join(kept.split())


def pieces(line: str) -> Iterator[tuple[str, str]]:
    """A drawable line from left to right, cut where the font changes: (font's name, characters)."""
    ordered = visual_order(line)
    for name, run in groupby(ordered, key=lambda each: _font_of(each) or TEXT_FONTS[0]):
        yield name, "".join(run)


def width(line: str, size: int) -> float:
    """How wide a drawable line becomes, in pixels."""
    return sum(font(name, size).getlength(run) for name, run in pieces(line))


@lru_cache(maxsize=4096)
def _font_of(character: str) -> str | None:
    if character != " " and unicodedata.category(character)[0] in "CZ":
        return None
    return next((name for name in TEXT_FONTS if ord(character) in _characters(name)), None)


@cache
def _characters(name: str) -> frozenset[int]:
    """The code points of a TrueType font, from the subtables of its character map (OpenType, cmap)."""
    data = (ASSETS / name).read_bytes()
    tables = struct.unpack_from(">H", data, 4)[0]
    records = (struct.unpack_from(">4sIII", data, 12 + 16 * index) for index in range(tables))
    start = next(offset for tag, _, offset, _ in records if tag == b"cmap")
    found: set[int] = set()
    for index in range(struct.unpack_from(">H", data, start + 2)[0]):
        offset = start + struct.unpack_from(">I", data, start + 4 + 8 * index + 4)[0]
        found.update(*_ranges(data, offset))
    return frozenset(found)


def _ranges(data: bytes, offset: int) -> Iterator[range]:
    kind = struct.unpack_from(">H", data, offset)[0]
    if kind == 12:
        for index in range(struct.unpack_from(">I", data, offset + 12)[0]):
            first, last, _ = struct.unpack_from(">III", data, offset + 16 + 12 * index)
            yield range(first, last + 1)
    elif kind == 4:
        count = struct.unpack_from(">H", data, offset + 6)[0] // 2
        lasts = struct.unpack_from(f">{count}H", data, offset + 14)
        firsts = struct.unpack_from(f">{count}H", data, offset + 16 + 2 * count)
        for first, last in zip(firsts, lasts, strict=True):
            yield range(first, min(last, 0xFFFE) + 1)
