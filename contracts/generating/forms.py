"""The forms in which events travel, and the JSON Schema of each.

An event with fields about a person has two: whole on `int`, without them on `pub`. Schemas are written so
that they hold under draft 7 as well as 2020-12: nothing is referred to, nothing unknown is forbidden.
"""

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..envelope import SCHEMA_BASE, Envelope, Event, data_schema
from ..events import EVENTS
from ..subjects import CITY, Plane

Schema = dict[str, Any]
OPTIONAL_ATTRIBUTES = {"organisation", "traceparent"}


@dataclass(frozen=True)
class Form:
    """One event as it travels on one plane."""

    event: type[Event]
    plane: Plane

    @property
    def name(self) -> str:
        """The event's type, and `.pub` where the public form differs from the whole event."""
        return self.event.type + (".pub" if self.plane == "pub" and self.event.personal_fields() else "")

    @property
    def withheld(self) -> frozenset[str]:
        """The fields this form leaves out."""
        return self.event.personal_fields() if self.plane == "pub" else frozenset()


def forms() -> Iterator[Form]:
    """Every form of every event, by publisher as EVENTS has them."""
    for event in EVENTS.values():
        for plane in event.planes():
            yield Form(event, plane)


def meaning(event: type[Event]) -> str:
    """What the event says happened: its docstring."""
    return inspect.cleandoc(event.__doc__ or "")


def schema(form: Form) -> Schema:
    """The JSON Schema of the whole event in this form, envelope included."""
    drawn = Envelope[form.event].model_json_schema()  # type: ignore[name-defined]  # a class at run time
    envelope = plain(drawn, drawn["$defs"])["properties"]
    data = envelope.pop("data")
    if "organisation" not in form.event.model_fields:
        del envelope["organisation"]
    for name, rule in _attribute_rules(form).items():
        envelope[name] |= rule
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": f"{SCHEMA_BASE}/{form.name}.json",
        "title": form.event.__name__,
        "description": meaning(form.event),
        "type": "object",
        "properties": {**envelope, "data": _data(form, data)},
        "required": [name for name in (*envelope, "data") if name not in OPTIONAL_ATTRIBUTES],
    }


def _attribute_rules(form: Form) -> dict[str, Schema]:
    """What this form fixes of the envelope, beyond what a tolerant reader asks."""
    return {
        "source": {"pattern": f"^/cities/{CITY.pattern}/{form.event.service()}$"},
        "type": {"const": form.event.type},
        "subject": {"format": "uuid"},
        "dataschema": {"const": data_schema(form.name)},
        "city": {"pattern": f"^{CITY.pattern}$"},
        "sequence": {"pattern": "^[0-9]{20}$"},
        "traceparent": {"pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"},
    }


def _data(form: Form, whole: Schema) -> Schema:
    personal = form.event.personal_fields()
    fields = {
        name: field | ({"x-personal": True} if name in personal else {})
        for name, field in whole["properties"].items()
        if name not in form.withheld
    }
    required = [name for name in whole.get("required", ()) if name in fields]
    return {"$id": data_schema(form.name), "type": "object", "properties": fields, "required": required}


def plain(node: Schema, definitions: Schema) -> Schema:
    """A schema as pydantic draws it without references, invented titles and null, which is never sent."""
    if "$ref" in node:
        node = {**definitions[node["$ref"].rpartition("/")[2]], **node}
    options = [option for option in node.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        return plain({**options[0], **{k: v for k, v in node.items() if k != "anyOf"}}, definitions)
    dropped = {
        "$ref",
        "title",
        "properties",
        "items",
        *(["default"] if node.get("default", 0) is None else []),
    }
    kept = {key: value for key, value in node.items() if key not in dropped}
    if "items" in node:
        kept["items"] = plain(node["items"], definitions)
    if "properties" in node:
        kept["properties"] = {name: plain(field, definitions) for name, field in node["properties"].items()}
    return kept
