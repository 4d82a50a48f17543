"""Every payload ever released stays readable. Examples are added, never edited."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from contracts.envelope import Envelope, seal, uuid7
from contracts.events import EVENTS
from contracts.generate import EXAMPLES, SCHEMAS
from contracts.generating.forms import forms

# `<type>[.pub].json`, and `<type>[.pub].<n>.json` for the n-th shape of the same version.
_NAME = re.compile(r"(?P<form>(?P<type>col\.[a-z.-]+\.v\d+)(?P<public>\.pub)?)(\.\d+)?\.json")
FILES = sorted(EXAMPLES.iterdir())


def load(path: Path) -> Any:
    """The file's JSON."""
    return json.loads(path.read_text("utf-8"))


def named(path: Path) -> re.Match[str]:
    """The file's name, taken apart."""
    found = _NAME.fullmatch(path.name)
    assert found, f"{path.name}: name it after the event's type"
    return found


def test_every_form_of_every_event_has_an_example() -> None:
    missing = [form.name for form in forms() if not (EXAMPLES / f"{form.name}.json").exists()]
    assert missing == [], "write one event as it would really be sent"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_is_valid_under_todays_schema(path: Path) -> None:
    schema = load(SCHEMAS / f"{named(path)['form']}.json")
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(load(path))


@pytest.mark.parametrize(
    "path", [file for file in FILES if not named(file)["public"]], ids=lambda path: path.stem
)
def test_an_example_is_read_today_and_nothing_of_it_is_lost(path: Path) -> None:
    event = EVENTS[named(path)["type"]]
    kind: Any = Envelope[event]  # type: ignore[valid-type]  # a class at run time
    envelope = kind.model_validate(load(path))
    assert envelope.data.model_dump(mode="json", exclude_none=True).items() >= load(path)["data"].items()
    assert str(envelope.data.about) == envelope.subject
    assert envelope.data.owner == envelope.organisation


@pytest.mark.parametrize(
    "path", [file for file in FILES if named(file)["public"]], ids=lambda path: path.stem
)
def test_a_public_example_is_its_internal_one_without_the_person(path: Path) -> None:
    public, whole = load(path), load(path.with_name(path.name.replace(".pub", "")))
    event = EVENTS[named(path)["type"]].model_validate(whole["data"])
    assert public["data"] == json.loads(seal(event, "pub", "testville", uuid7()))["data"]
    assert public["id"] != whole["id"]
    differing = {name for name in whole if whole[name] != public[name]}
    assert differing == {"id", "sequence", "dataschema", "data"}
