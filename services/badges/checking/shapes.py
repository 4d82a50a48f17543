"""The shapes in which JSON-LD may write the same: one thing or a list of them."""

from collections.abc import Mapping
from typing import Any


def listed(value: object) -> list[Any]:
    """The things in a list, or the one that stands alone; none for null."""
    return value if isinstance(value, list) else [] if value is None else [value]


def types_of(document: Mapping[str, Any]) -> set[str]:
    """The names of an object's types."""
    return {each for each in listed(document.get("type")) if isinstance(each, str)}
