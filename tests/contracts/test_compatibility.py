"""What may change in a schema that others read: optional fields may be added, and words may be mended."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from contracts.generating.compatibility import breaks
from contracts.generating.forms import Schema

OLD: Schema = {
    "type": "object",
    "description": "a fact",
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z]*$", "description": "its name"},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "count": {"type": "integer", "minimum": 1, "default": 1},
        "place": {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]},
        "steps": {"type": "array", "items": {"type": "object", "properties": {}, "required": []}},
    },
    "required": ["name", "kind"],
}
Change = Callable[[Schema], object]

ALLOWED: dict[str, Change] = {
    "nothing": lambda _: None,
    "an optional field": lambda s: s["properties"].update(note={"type": "string"}),
    "an optional field of a part": lambda s: s["properties"]["place"]["properties"].update(y={}),
    "an optional field of an item": lambda s: s["properties"]["steps"]["items"]["properties"].update(y={}),
    "a better description": lambda s: s["properties"]["name"].update(description="what it is called"),
}
BREAKING: dict[str, tuple[Change, str]] = {
    "a field goes": (lambda s: s["properties"].pop("count"), "count is gone"),
    "a part's field goes": (lambda s: s["properties"]["place"]["properties"].pop("x"), "place.x is gone"),
    "a new field is required": (
        lambda s: (s["properties"].update(note={}), s["required"].append("note")),
        "note is required now",
    ),
    "an old field becomes required": (lambda s: s["required"].append("count"), "count is required now"),
    "a field may be missing": (lambda s: s["required"].remove("kind"), "kind is no longer required"),
    "another type": (lambda s: s["properties"]["name"].update(type="integer"), "name: type was"),
    "another value of a list": (lambda s: s["properties"]["kind"]["enum"].append("c"), "kind: enum was"),
    "a narrower bound": (lambda s: s["properties"]["count"].update(minimum=2), "count: minimum was"),
    "a new bound": (lambda s: s["properties"]["count"].update(maximum=9), "count: maximum was None"),
    "another default": (lambda s: s["properties"]["count"].update(default=2), "count: default was"),
    "another pattern": (lambda s: s["properties"]["name"].pop("pattern"), "name: pattern was"),
    "items of another kind": (
        lambda s: s["properties"]["steps"]["items"].update(type="string"),
        "steps[]: type was",
    ),
    "a field about a person": (
        lambda s: s["properties"]["name"].update({"x-personal": True}),
        "name: x-personal was",
    ),
}


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED.keys())
def test_a_compatible_change_is_allowed(change: Change) -> None:
    new = deepcopy(OLD)
    change(new)
    assert list(breaks(OLD, new)) == []


@pytest.mark.parametrize(("change", "reason"), BREAKING.values(), ids=BREAKING.keys())
def test_any_other_change_is_named(change: Change, reason: str) -> None:
    new = deepcopy(OLD)
    change(new)
    found = list(breaks(OLD, new))
    assert [line for line in found if reason in line], found
