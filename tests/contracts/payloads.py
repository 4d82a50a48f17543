"""Payloads to try today's code with: the stored examples, and random ones that a schema allows."""

import json
import re
from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from contracts.envelope import Event
from contracts.generate import EXAMPLES
from contracts.generating.forms import Schema

_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_FORMATS: dict[str, st.SearchStrategy[str]] = {
    "uuid": st.uuids().map(str),
    "date": st.dates().map(lambda day: day.isoformat()),
    "date-time": st.datetimes(timezones=_OFFSETS).map(lambda moment: moment.isoformat()),
}


def envelope_of(name: str) -> Any:
    """The stored example of a form, by the form's name."""
    return json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))


def example(event: type[Event]) -> Event:
    """The stored example of an event, whole."""
    return event.model_validate(envelope_of(event.type)["data"])


def payloads(schema: Schema) -> st.SearchStrategy[Any]:
    """Values the schema allows, with an unknown field where it knows fields. Fails at what it cannot draw."""
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _DRAWN[schema["type"]](schema)


def _objects(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    fields = {name: payloads(field) for name, field in schema["properties"].items()}
    required = set(schema["required"])
    return st.fixed_dictionaries(
        {name: drawn for name, drawn in fields.items() if name in required},
        optional={name: drawn for name, drawn in fields.items() if name not in required}
        | {"addedlater": st.just("a field of a later version")},
    )


def _strings(schema: Schema) -> st.SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(re.compile(schema["pattern"]), fullmatch=True)
    return _FORMATS[schema["format"]] if "format" in schema else st.text()


_DRAWN: dict[str, Callable[[Schema], st.SearchStrategy[Any]]] = {
    "object": _objects,
    "array": lambda schema: st.lists(payloads(schema["items"]), max_size=3),
    "string": _strings,
    "integer": lambda schema: st.integers(schema.get("minimum"), schema.get("maximum")),
    "number": lambda schema: st.floats(schema["minimum"], schema["maximum"]),
    "boolean": lambda _: st.booleans(),
}
