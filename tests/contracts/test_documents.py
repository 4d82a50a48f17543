"""AsyncAPI document and event reference say what the code does."""

import re
from typing import Any

import pytest
import yaml

from contracts import subjects
from contracts.envelope import Envelope
from contracts.events import EVENTS
from contracts.generate import CONTRACTS, ROOT
from contracts.generating.forms import Form, forms
from deploy.streams import DAY, stream_config
from services.chassis.relay import INTERNAL_TTL

from .payloads import envelope_of

FORMS = [pytest.param(form, id=f"{form.event.type} on {form.plane}") for form in forms()]


@pytest.fixture(scope="module")
def asyncapi() -> Any:
    """The AsyncAPI document."""
    return yaml.safe_load((CONTRACTS / "asyncapi.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def reference() -> str:
    """The event reference."""
    return (ROOT / "docs" / "integrators" / "events.md").read_text("utf-8")


def references(node: Any) -> list[str]:
    """Every $ref in a document."""
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [ref for value in node.values() for ref in references(value)]
    return [ref for value in node for ref in references(value)] if isinstance(node, list) else []


def test_every_reference_leads_somewhere(asyncapi: Any) -> None:
    for ref in references(asyncapi):
        if not ref.startswith("#"):
            assert (CONTRACTS / ref).exists(), ref
            continue
        node = asyncapi
        for part in ref.removeprefix("#/").split("/"):
            node = node[part]


@pytest.mark.parametrize("form", FORMS)
def test_a_channel_has_the_address_that_is_published_on(form: Form, asyncapi: Any) -> None:
    whole = envelope_of(form.event.type)
    envelope: Any = Envelope[form.event].model_validate(whole)  # type: ignore[name-defined]  # a class at run time
    channel = asyncapi["channels"][f"{form.event.type}.{form.plane}"]
    published = subjects.subject("helsinki", form.plane, envelope.data)
    values = {"city": "helsinki", "organisation": whole.get("organisation", "_")}
    assert channel["address"].format(**values) == published
    named = set(re.findall(r"{(\w+)}", channel["address"]))
    assert set(channel["parameters"]) == named


@pytest.mark.parametrize("form", FORMS)
def test_the_publisher_is_said_to_send_it(form: Form, asyncapi: Any) -> None:
    operation = asyncapi["operations"][f"{form.event.type}.{form.plane}"]
    assert operation["action"] == "send"
    assert {"name": form.event.service()} in operation["tags"]


@pytest.mark.parametrize("form", FORMS)
def test_the_table_of_planes_has_a_row_for_every_event(form: Form, reference: str) -> None:
    rows = [
        line for line in reference.splitlines() if line.startswith("|") and f"`{form.event.type}`" in line
    ]
    assert len(rows) == 1
    assert f"`{form.plane}`" in rows[0]


def test_only_public_events_are_described_to_integrators(reference: str) -> None:
    described = re.findall(r"^#### (\w+)$", reference, re.MULTILINE)
    assert described == [event.__name__ for event in EVENTS.values() if "pub" in event.planes()]


def test_the_promised_retention_is_the_streams(reference: str) -> None:
    public = int((stream_config("testville").max_age or 0) / DAY)
    internal = int(INTERNAL_TTL.removesuffix("h")) // 24
    assert f"public events for {public} days and internal ones for {internal}" in reference


def test_every_link_of_the_reference_leads_somewhere(reference: str) -> None:
    anchors = {heading.lower() for heading in re.findall(r"^#+ (.+)$", reference, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", reference):
        if target.startswith("#"):
            assert target[1:] in anchors
        elif not target.startswith("https:"):
            assert (ROOT / "docs" / "integrators" / target).exists()


def test_each_public_event_says_which_versions_there_are_and_gives_an_example(reference: str) -> None:
    sections = re.split(r"^#### ", reference, flags=re.MULTILINE)[1:]
    for section in sections:
        assert re.search(r"^Version v\d+, (the only one so far|beside `col\.\S+`)\.$", section, re.MULTILINE)
        assert "```json\n{" in section
