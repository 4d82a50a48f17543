"""What was promised to readers holds: schemas, payloads and today's code agree, in both directions.

Every test loops over all forms of all events, so that a new event is covered the day it appears.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.envelope import Envelope, seal, uuid7
from contracts.generate import COMMAND, SCHEMAS
from contracts.generating.forms import Form, Schema, forms, schema

from .payloads import envelope_of, payloads

FORMS = [pytest.param(form, id=form.name) for form in forms()]
few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def stored(form: Form) -> Schema:
    """The schema in the repository."""
    path = SCHEMAS / f"{form.name}.json"
    assert path.exists(), f"{form.event.__name__} has no stored schema; run `{COMMAND}`"
    found: Schema = json.loads(path.read_text("utf-8"))
    return found


def validator(form: Form) -> Any:
    """A validator of the stored schema, formats included."""
    return jsonschema_rs.validator_for(stored(form), validate_formats=True)


def read(form: Form, payload: Any) -> Envelope[Any]:
    """The payload as today's code reads it; fields a public form lacks are filled in."""
    whole = envelope_of(form.event.type)
    withheld = {name: whole["data"][name] for name in form.withheld if name in whole["data"]}
    kind: Any = Envelope[form.event]  # type: ignore[name-defined]  # a class at run time
    found: Envelope[Any] = kind.model_validate_json(
        json.dumps({**payload, "data": {**payload["data"], **withheld}})
    )
    return found


@pytest.mark.parametrize("form", FORMS)
def test_the_stored_schema_is_todays(form: Form) -> None:
    assert stored(form) == schema(form), f"run `{COMMAND}`"


@pytest.mark.parametrize("form", FORMS)
def test_a_schema_is_itself_valid_and_forbids_nothing_unknown(form: Form) -> None:
    jsonschema_rs.meta.validate(stored(form))
    text = json.dumps(stored(form))
    assert "additionalProperties" not in text
    assert '"null"' not in text


@pytest.mark.parametrize("form", FORMS)
@few
@given(data=st.data())
def test_what_the_stored_schema_allows_is_read_today(form: Form, data: st.DataObject) -> None:
    payload = data.draw(payloads(stored(form)))
    validator(form).validate(payload)
    envelope = read(form, payload)
    assert envelope.type == form.event.type


@pytest.mark.parametrize("form", FORMS)
@few
@given(data=st.data())
def test_what_is_sent_today_is_valid_under_the_stored_schema(form: Form, data: st.DataObject) -> None:
    event = read(form, data.draw(payloads(schema(form)))).data
    sent = json.loads(seal(event, form.plane, "testville", uuid7()))
    validator(form).validate({"sequence": "1".zfill(20), **sent})


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_told_from_another_by_its_schema(form: Form) -> None:
    example = envelope_of(form.name)
    accepting = [other.name for other in forms() if validator(other).is_valid(example)]
    assert accepting == [form.name]


def test_no_schema_is_left_of_a_form_that_is_gone() -> None:
    assert {path.stem for path in Path(SCHEMAS).glob("*.json")} == {form.name for form in forms()}
