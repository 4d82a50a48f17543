"""How large and how deep a stranger's document may be."""

from typing import Any

import orjson

from ..verifying import LARGEST_DOCUMENT

__all__ = ["LARGEST_DOCUMENT", "LEVELS", "NotReadable", "parsed"]

LEVELS = 32


class NotReadable(ValueError):
    """It is no badge that we know, or larger or deeper than one may be; the message says which."""


def parsed(text: bytes) -> dict[str, Any]:
    """A JSON object that is not nested too deeply. Raises NotReadable."""
    if len(text) > LARGEST_DOCUMENT:
        raise NotReadable(f"it is larger than {LARGEST_DOCUMENT >> 10} KiB")
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotReadable("it is neither a picture, a token, an address nor JSON") from error
    if not isinstance(document, dict):
        raise NotReadable("it is JSON, but not one object")
    level: list[Any] = [document]
    for _ in range(LEVELS):
        level = [inner for outer in level for inner in _below(outer)]
    if level:
        raise NotReadable(f"it is nested more than {LEVELS} levels deep")
    return document


def _below(value: object) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [each for each in inner if isinstance(each, dict | list)]
