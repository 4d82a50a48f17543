"""What may stand in a signed document: text that every library writes alike, and whole web addresses."""

import re
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

# C0 controls but tab and line breaks, DEL, lone surrogates, and the two code points that are no characters:
# libraries write them differently, so a signature over them would verify in one and fail in another.
UNUSABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_WEB_ADDRESS = re.compile(r"https?://[^\s/<>\"{}|^`\\\x00-\x20\x7f][^\s<>\"{}|^`\\\x00-\x20\x7f]*")


class Unsignable(ValueError):
    """Something that may not be signed: `field` names it, `reason` says why, `remedy` what to do."""

    def __init__(self, field: str, reason: str, remedy: str) -> None:
        super().__init__(f"{field}: {reason}. {remedy}")
        self.field = field
        self.reason = reason
        self.remedy = remedy


def refuse_unusable(field: str, text: str) -> None:
    """Raises Unsignable if `text` has a control character (tab and line breaks are fine)."""
    found = UNUSABLE.search(text)
    if found:
        raise Unsignable(
            field,
            f"has the control character U+{ord(found.group()):04X}",
            "Remove it and send the text again.",
        )


def refuse_empty(field: str, text: str) -> None:
    """Raises Unsignable if `text` says nothing."""
    if not text.strip():
        raise Unsignable(field, "is empty", "Say it in a few words.")


def refuse_other_than_web_address(field: str, text: str) -> None:
    """Raises Unsignable unless `text` is an http or https address as it stands in a browser."""
    if not _WEB_ADDRESS.fullmatch(text):
        raise Unsignable(
            field,
            "is not a whole web address",
            "Write it with https:// and without spaces or quotation marks.",
        )


def refuse_contested_order(field: str, texts: Iterable[str]) -> None:
    """Raises Unsignable if verifiers would sort the texts of one property differently.

    What is signed is sorted, by code points (RDFC-1.0, 4.4.3). Libraries in JavaScript compare UTF-16 code
    units, in which U+10000 and beyond come before U+E000: they would call the badge altered.
    """
    by_code_points = sorted(texts)
    by_code_units = sorted(by_code_points, key=lambda text: text.encode("utf-16-be", "surrogatepass"))
    pairs = zip(by_code_points, by_code_units, strict=True)
    contested = next((f"“{one}” and “{other}”" for one, other in pairs if one != other), None)
    if contested:
        raise Unsignable(
            field,
            f"has {contested}, which verifiers sort differently",
            "Leave one of them out, or write it without emoji or rare characters.",
        )


def refuse_unusable_texts(name: str, value: Any) -> None:
    """Looks at every text of a dataclass (also inside tuples); errors name it as `name.field`."""
    for each in fields(value):
        found = getattr(value, each.name)
        for text in found if isinstance(found, tuple) else (found,):
            if isinstance(text, str):
                refuse_unusable(f"{name}.{each.name}", text)
