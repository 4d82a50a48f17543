"""The event reference for integrators, `docs/integrators/events.md`."""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from ..envelope import Event
from ..events import EVENTS
from ..subjects import template
from .forms import OPTIONAL_ATTRIBUTES, Form, Schema, meaning, schema

_OPENING = """\
# Events of a city

<!-- Made from contracts/ by `make schemas`; change the contract, not this page. -->

Whatever happens in a city that others may want to know leaves it as an event: one fact, in the past tense,
as a [CloudEvent](https://cloudevents.io) 1.0 in JSON. This page says which events there are, what each
means and what you may rely on. Programs read the same in
[`asyncapi.yaml`](../../contracts/asyncapi.yaml) and, one JSON Schema for each form of an event, in
[`schemas`](../../contracts/schemas).

## What you may rely on

- **At least once.** No event is lost; any event may come again, after a restart or when an operator
  republishes. A repeated event has the same `id` and the same bytes: keep the ids you have handled.
- **Order.** `sequence` orders the events of one `source`, and they are sent in that order. It is a number in
  20 digits, so it compares as text. You will see gaps: other planes and organisations use the numbers too.
  Between two sources there is no order, and a republished event comes late with its old number.
- **One copy to read.** An event that has a private and a public copy carries a different `id` on each. You
  are given the public one.
- **No person is named.** Nothing on `pub` says who: no address, no name, no id of a learner or recipient, no
  free text about somebody. If you may know, ask the city's API with the id that the event is about.
- **Retention.** The stream keeps public events for 90 days and internal ones for 30. Read what you
  missed in that time; afterwards ask the operator to republish.
- **Versions.** Within `.v1` only optional fields are added: ignore fields you do not know. Anything else
  becomes `.v2`, sent beside `.v1` until the changelog retires it. Each event says which versions there are;
  every change, with its release, stands in the changelog under *Integrators*.
- **Absent means none.** A field without a value is left out; `null` is never sent.
- Moments are RFC 3339 with an offset, days are ISO 8601 dates, ids are UUIDs, languages BCP 47 tags.
"""
_PLANES = """\
## Which event travels where

`pub` is the plane for integrators. `int` is for the city's own services alone and cannot be subscribed to. An
event with fields about a person is sent twice: whole on `int`, without those fields on `pub`.

| event | type | planes | never on `pub` |
|---|---|---|---|
"""
_ENVELOPE = """\
## The envelope

Every event has these attributes around its `data`. On NATS the header `Nats-Msg-Id` repeats `id`.

"""
_PUBLIC = """\
## The public events

Each comes on the subject given with it, where `{city}` is the city's name and `{organisation}` the id of the
organisation whose fact it is, or `_` where it is no organisation's. Fields in *italics* may be absent.
"""


def reference(examples: dict[str, Any]) -> str:
    """The whole page. `examples` has one event per form's name."""
    sections = [_OPENING, _PLANES + _planes(), _ENVELOPE + _envelope(), _PUBLIC]
    public = [event for event in EVENTS.values() if "pub" in event.planes()]
    for service, events in groupby(public, key=lambda event: event.service()):
        sections.append(f"### From {service}\n")
        sections += [_section(Form(event, "pub"), examples) for event in events]
    return "\n".join(sections)


def _planes() -> str:
    return _rows(
        (
            _linked(event),
            f"`{event.type}`",
            ", ".join(f"`{plane}`" for plane in event.planes()),
            ", ".join(f"`{name}`" for name in sorted(event.personal_fields()))
            if "pub" in event.planes()
            else "everything",
        )
        for event in EVENTS.values()
    )


def _linked(event: type[Event]) -> str:
    name = event.__name__
    return f"[{name}](#{name.lower()})" if "pub" in event.planes() else name


def _envelope() -> str:
    widest = next(Form(event, "pub") for event in EVENTS.values() if "organisation" in event.model_fields)
    attributes = {name: field for name, field in schema(widest)["properties"].items() if name != "data"}
    varying = {"source", "type", "subject", "dataschema", "city"}
    shown = {
        name: {k: v for k, v in field.items() if name not in varying or k not in ("const", "pattern")}
        for name, field in attributes.items()
    }
    return _table(shown, set(shown) - OPTIONAL_ATTRIBUTES)


def _section(form: Form, examples: dict[str, Any]) -> str:
    data = schema(form)["properties"]["data"]
    example = json.dumps(examples[form.name], ensure_ascii=False, indent=2)
    return "\n".join(
        (
            f"#### {form.event.__name__}\n",
            f"{meaning(form.event)}\n",
            f"`{form.event.type}` on `{template('pub', form.event)}`\n",
            f"{_versions(form.event)}\n",
            _table(data["properties"], set(data["required"])),
            f"```json\n{example}\n```\n",
        )
    )


def _versions(event: type[Event]) -> str:
    """Which versions of the same fact are published."""
    name, _, own = event.type.rpartition(".")
    others = [f"`{other}`" for other in EVENTS if other.rpartition(".")[0] == name and other != event.type]
    return f"Version {own}, beside {', '.join(others)}." if others else f"Version {own}, the only one so far."


def _table(fields: dict[str, Schema], required: set[str]) -> str:
    heading = "| field | form | meaning |\n|---|---|---|\n"
    return heading + _rows(_field_rows(fields, required))


def _field_rows(fields: dict[str, Schema], required: set[str], inside: str = "") -> Iterator[tuple[str, ...]]:
    for name, field in fields.items():
        path = f"{inside}{name}"
        shown = f"`{path}`" if name in required else f"*`{path}`*"
        yield shown, _form(field), field.get("description", "")
        nested = field.get("items", field)
        if "properties" in nested:
            mark = "[]." if "items" in field else "."
            yield from _field_rows(nested["properties"], set(nested["required"]), path + mark)


def _form(field: Schema) -> str:
    if "items" in field:
        return f"list of {_form(field['items'])}"
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    bounds = " to ".join(str(field[key]) for key in ("minimum", "maximum") if key in field)
    return str(field.get("format", field["type"])) + (f" from {bounds}" if bounds else "")


def _rows(rows: Iterable[tuple[str, ...]]) -> str:
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows)
