"""Subjects keep cities, planes and organisations apart: permissions and filters see nothing else."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from contracts import subjects
from contracts.catalogue import ClientRegistered, OrganisationVerified
from contracts.envelope import Event
from contracts.events import EVENTS
from contracts.generating.forms import Form, forms
from contracts.subjects import Plane

from .payloads import example

ORGANISATION = UUID("0198c0de-0000-7000-8000-000000000001")
HOSTILE = [
    "", "a", "A", "Helsinki", "1st", "-a", "a.b", "a b", "a*", ">", "*", "a\n", "\nab", "a\x00b", "a\tb",
    "åbo", "a/b", "a$b", "..", "a" * 32, "evt.a",
]  # fmt: skip


def matches(pattern: str, subject: str) -> bool:
    """Whether a NATS filter lets a subject through."""
    wanted, found = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted, found = wanted[:-1], found[: len(wanted) - 1]
        if len(subject.split(".")) <= len(wanted):
            return False
    return len(wanted) == len(found) and all(w in ("*", f) for w, f in zip(wanted, found, strict=True))


FORMS = [pytest.param(form, id=f"{form.event.type} on {form.plane}") for form in forms()]


@pytest.mark.parametrize("form", FORMS)
def test_a_subject_says_city_plane_organisation_and_type(form: Form) -> None:
    event = example(form.event)
    tokens = subjects.subject("testville", form.plane, event).split(".")
    assert tokens[:4] == ["evt", "testville", form.plane, str(event.owner) if event.owner else "_"]
    assert "col." + ".".join(tokens[4:]) == event.type
    assert len(tokens) == 8
    for token in tokens:
        assert token and not set(token) & set(" \t\r\n.*>$")


@pytest.mark.parametrize("form", FORMS)
def test_a_subject_is_stored_consumed_and_allowed(form: Form) -> None:
    subject = subjects.subject("testville", form.plane, example(form.event))
    assert matches(subjects.stream_subjects("testville"), subject)
    assert matches(subjects.publishes("testville", form.event.service()), subject)
    fullest = form.plane == "int" or "int" not in form.event.planes()
    assert matches(subjects.internal_filter("testville", form.event), subject) is fullest
    assert matches(subjects.public_filter("testville"), subject) is (form.plane == "pub")


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_a_service_publishes_nothing_of_anothers(event: type[Event]) -> None:
    subject = subjects.subject("testville", "int", example(event))
    others = {e.service() for e in EVENTS.values()} - {event.service()}
    assert not [other for other in others if matches(subjects.publishes("testville", other), subject)]


def test_the_forms_of_subjects_are_frozen() -> None:
    """They are in permissions, in integrators' filters and in stored streams."""
    event = OrganisationVerified(organisation=ORGANISATION)
    client = ClientRegistered(client=uuid4(), name="import", scopes=())
    assert subjects.stream("test-ville") == "EVT_TEST-VILLE"
    assert subjects.stream_subjects("testville") == "evt.testville.>"
    assert subjects.subject("testville", "pub", event) == (
        f"evt.testville.pub.{ORGANISATION}.catalogue.organisation.verified.v1"
    )
    assert (
        subjects.subject("testville", "int", client) == "evt.testville.int._.catalogue.client.registered.v1"
    )
    assert subjects.public_filter("testville") == "evt.testville.pub.*.>"
    assert subjects.public_filter("testville", ORGANISATION) == f"evt.testville.pub.{ORGANISATION}.>"
    assert subjects.publishes("testville", "badges") == "evt.testville.*.*.badges.>"


@pytest.mark.parametrize("city", HOSTILE, ids=ascii)
def test_a_city_that_could_reach_out_of_its_token_is_refused(city: str) -> None:
    event = OrganisationVerified(organisation=ORGANISATION)
    plane: Plane = "pub"
    builders: tuple[Callable[[], object], ...] = (
        lambda: subjects.check_city(city),
        lambda: subjects.stream(city),
        lambda: subjects.stream_subjects(city),
        lambda: subjects.subject(city, plane, event),
        lambda: subjects.internal_filter(city, OrganisationVerified),
        lambda: subjects.public_filter(city),
        lambda: subjects.publishes(city, "badges"),
    )
    for build in builders:
        with pytest.raises(ValueError, match="lower-case letters"):
            build()


@pytest.mark.parametrize("city", ["ab", "helsinki", "den-haag", "city2", "a" + "b" * 30])
def test_a_plain_city_is_taken(city: str) -> None:
    assert subjects.check_city(city) == city
