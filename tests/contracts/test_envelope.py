"""The envelope is CloudEvents 1.0 to the letter, and is read tolerantly."""

import json
import re
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from contracts.badges import BadgeAwarded
from contracts.catalogue import ActivityCancelled, ClientRegistered, OrganisationVerified
from contracts.envelope import Envelope, Event, Language, Text, seal, uuid7
from contracts.events import EVENTS
from contracts.subjects import Plane

from .payloads import envelope_of

REQUIRED = {"specversion", "id", "source", "type"}
STANDARD = {"subject", "time", "datacontenttype", "dataschema", "data"}
EXTENSIONS = {"city", "organisation", "sequence", "traceparent"}
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Written(BaseModel):
    """What a person wrote."""

    text: Text


class Spoken(BaseModel):
    """What a person speaks."""

    language: Language


def awarded(**fields: Any) -> BadgeAwarded:
    """An award."""
    values = {name: uuid4() for name in ("award", "achievement", "organisation", "recipient")}
    defaults = {"version": 1, "occasion": "direct", "awarded_at": datetime(2026, 5, 16, tzinfo=UTC)}
    return BadgeAwarded.model_validate(values | defaults | fields)


def written(event: Event, plane: Plane = "int", trace: str | None = None) -> dict[str, Any]:
    """An event's envelope, read as JSON."""
    found: dict[str, Any] = json.loads(seal(event, plane, "testville", uuid7(), trace))
    return found


def sealed(**changes: Any) -> dict[str, Any]:
    """An award's envelope, with other attributes."""
    return {"sequence": "0" * 20, **written(awarded(), trace=TRACE), **changes}


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_an_event_has_the_attributes_cloudevents_asks_for(name: str) -> None:
    envelope = envelope_of(name)
    assert envelope.keys() >= REQUIRED
    assert envelope.keys() <= REQUIRED | STANDARD | EXTENSIONS
    assert all(isinstance(envelope[key], str) and envelope[key] for key in envelope.keys() - {"data"})
    assert re.fullmatch(r"/cities/[a-z-]+/[a-z]+", envelope["source"])  # a URI reference


def test_attribute_names_are_those_cloudevents_allows() -> None:
    assert set(Envelope.model_fields) == REQUIRED | STANDARD | EXTENSIONS
    for name in Envelope.model_fields:
        assert re.fullmatch(r"[a-z0-9]{1,20}", name)


def test_a_sealed_event_says_whose_it_is_where_and_when() -> None:
    event, event_id = awarded(), uuid7()
    envelope = json.loads(seal(event, "int", "testville", event_id, TRACE))
    assert envelope["id"] == str(event_id)
    assert envelope["source"] == "/cities/testville/badges"
    assert envelope["subject"] == str(event.award)
    assert envelope["organisation"] == str(event.organisation)
    assert envelope["traceparent"] == TRACE
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", envelope["time"])
    assert abs(datetime.fromisoformat(envelope["time"]) - datetime.now(UTC)).total_seconds() < 5


def test_what_has_no_value_is_left_out() -> None:
    event = ClientRegistered(client=uuid4(), name="import", scopes=())
    envelope = written(event)
    assert "organisation" not in envelope
    assert "traceparent" not in envelope
    assert "organisation" not in envelope["data"]


def test_each_form_names_the_schema_of_its_data() -> None:
    base = "https://cities-of-learning.example/schemas"
    event = awarded()
    assert written(event)["dataschema"] == f"{base}/{event.type}.data.json"
    assert written(event, "pub")["dataschema"] == f"{base}/{event.type}.pub.data.json"
    plain = OrganisationVerified(organisation=uuid4())
    assert written(plain, "pub")["dataschema"] == f"{base}/{plain.type}.data.json"


def test_a_reader_ignores_what_a_later_version_added() -> None:
    later = sealed(addedlater="x")
    later["data"] |= {"addedlater": {"deep": [1]}}
    read = Envelope[BadgeAwarded].model_validate_json(json.dumps(later))
    assert read.data.award == UUID(later["data"]["award"])


@pytest.mark.parametrize(
    "changes",
    [
        {"specversion": "0.3"},
        {"id": "1"},
        {"time": "yesterday"},
        {"time": "2026-05-16T15:02:00"},
        {"datacontenttype": "text/plain"},
        {"data": []},
        {"data": {}},
    ],
    ids=str,
)
def test_what_is_no_such_event_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Envelope[BadgeAwarded].model_validate_json(json.dumps(sealed(**changes)))


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        awarded(awarded_at=datetime(2026, 5, 16))  # noqa: DTZ001  (that is the point)


def test_events_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ActivityCancelled(activity=uuid4(), organisation=uuid4()).activity = uuid4()  # type: ignore[misc]  # ditto


def test_ids_are_version_7_of_their_millisecond() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, uuid4().variant)
    assert before <= made.int >> 80 <= after


def test_later_ids_sort_later() -> None:
    first = uuid7()
    while time.time_ns() // 1_000_000 <= first.int >> 80:
        pass
    second = uuid7()
    assert first < second
    assert str(first) < str(second)


def test_ids_of_one_millisecond_differ() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize(
    "character", [*map(chr, range(32)), "\x7f", "\x80", "\x85", "\x9f", "\ud800", "\udfff"], ids=ascii
)
def test_text_has_no_control_characters(character: str) -> None:
    if character in "\t\n\r":
        assert Written(text=f"a{character}b").text == f"a{character}b"
        return
    with pytest.raises(ValidationError, match="remove it"):
        Written(text=f"a{character}b")


@given(st.text(st.characters(exclude_categories=("Cc", "Cs"))))
def test_every_other_text_is_kept_as_it_is(text: str) -> None:
    assert Written(text=text).text == text


@pytest.mark.parametrize("tag", ["en", "fi", "pt-BR", "zh-Hant-TW", "smn"])
def test_a_language_is_a_tag(tag: str) -> None:
    assert Spoken(language=tag).language == tag


@pytest.mark.parametrize("tag", ["", "e", "EN", "english", "en_GB", "en-", "en\n", "../en"])
def test_what_is_no_language_tag_is_refused(tag: str) -> None:
    with pytest.raises(ValidationError):
        Spoken(language=tag)
