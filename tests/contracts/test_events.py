"""Rules for every event: how it is named, what it says of itself, and that `pub` names nobody."""

import json
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any, get_args
from uuid import UUID

import pytest
from pydantic import BaseModel

from contracts import badges, catalogue, notify, pathways, subjects
from contracts.envelope import PERSONAL, Event, seal, uuid7
from contracts.events import EVENTS

from .payloads import example

EVENT = pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
MODULES = (catalogue, badges, pathways, notify)

# Fields that speak of a person by their name; whoever adds one must mark it, or say here why it is none.
OF_PERSONS = re.compile(r"recipient|learner|person|address|email|member|phone|birth|actor|code$|link$|reason")
OF_NO_PERSON = {"PlaceNamed.address": "where an activity happens"}


def classes_of(module: ModuleType) -> list[type[Event]]:
    """The event classes a publisher's file defines."""
    found = (value for value in vars(module).values() if isinstance(value, type))
    return [value for value in found if issubclass(value, Event) and value.__module__ == module.__name__]


def parts(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models a field's type is made of, however deep."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for info in annotation.model_fields.values():
            yield from parts(info.annotation)
    for argument in get_args(annotation):
        yield from parts(argument)


def parts_of(event: type[Event]) -> set[type[BaseModel]]:
    """The models within an event."""
    return {part for info in event.model_fields.values() for part in parts(info.annotation)}


def with_marks(event: Event) -> tuple[Event, list[str]]:
    """The event with a mark in every field about a person, and the marks."""
    marks: dict[str, Any] = {
        name: uuid7() if isinstance(getattr(event, name), UUID) else f"mark-of-{name}"
        for name in event.personal_fields()
    }
    return event.model_copy(update=marks), [str(mark) for mark in marks.values()]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_event_has_a_type_of_its_own(module: ModuleType) -> None:
    for event in classes_of(module):
        assert "type" in vars(event), f"{event.__name__} must say its own type"
        assert EVENTS[event.type] is event, f"{event.type} is said twice"


@EVENT
def test_a_type_is_named_by_its_publisher_and_version(event: type[Event]) -> None:
    assert re.fullmatch(r"col\.[a-z]+\.[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*", event.type)
    assert event.__module__ == f"contracts.{event.service()}"


@EVENT
def test_an_event_and_its_fields_say_what_they_mean(event: type[Event]) -> None:
    assert event.__doc__ and "__doc__" in vars(event) and event.__doc__.strip()
    for model in {event, *parts_of(event)}:
        assert model.__doc__, model.__name__
        silent = [name for name, info in model.model_fields.items() if not info.description]
        assert not silent, f"{model.__name__}: describe {silent}"


@EVENT
def test_events_and_their_parts_ignore_what_they_do_not_know(event: type[Event]) -> None:
    for model in {event, *parts_of(event)}:
        assert model.model_config.get("extra") == "ignore"
        assert model.model_config.get("frozen")


@EVENT
def test_the_thing_an_event_is_about_is_one_of_its_fields(event: type[Event]) -> None:
    found = example(event)
    assert found.about in [getattr(found, name) for name in event.model_fields]


@EVENT
def test_the_planes_follow_from_the_fields_about_a_person(event: type[Event]) -> None:
    if event.internal:
        assert event.planes() == ("int",)
        assert "Internal" in (event.__doc__ or ""), "an internal event says why"
    elif event.personal_fields():
        assert event.planes() == ("int", "pub")
    else:
        assert event.planes() == ("pub",)


@EVENT
def test_what_speaks_of_a_person_by_name_is_marked(event: type[Event]) -> None:
    for model in {event, *parts_of(event)}:
        for name, info in model.model_fields.items():
            if OF_PERSONS.search(name) and f"{model.__name__}.{name}" not in OF_NO_PERSON:
                assert PERSONAL in info.metadata, f"{model.__name__}.{name} must be marked PERSONAL"


@EVENT
def test_marks_are_on_the_event_itself(event: type[Event]) -> None:
    """Only an event's own fields are left out on `pub`; a mark deeper down would do nothing."""
    for part in parts_of(event):
        assert not [name for name, info in part.model_fields.items() if PERSONAL in info.metadata]


@pytest.mark.parametrize(
    "event", [e for e in EVENTS.values() if "pub" in e.planes()], ids=lambda event: event.type
)
def test_nothing_about_a_person_is_in_the_public_form(event: type[Event]) -> None:
    found, marks = with_marks(example(event))
    public = seal(found, "pub", "testville", uuid7())
    public += subjects.subject("testville", "pub", found)
    assert not [mark for mark in marks if mark in public]
    whole = seal(found, "int", "testville", uuid7())
    assert all(mark in whole for mark in marks), "the test must be able to see a mark"


@EVENT
def test_the_public_form_leaves_out_nothing_else(event: type[Event]) -> None:
    found = example(event)
    whole = found.model_dump(mode="json", exclude_none=True)
    public = json.loads(seal(found, "pub", "testville", uuid7()))["data"]
    assert public == {k: v for k, v in whole.items() if k not in event.personal_fields()}
