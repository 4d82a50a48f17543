"""Badges made from a shape say what the general path and PyLD say they do."""

import os
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.badges.alike import Shapes, _places
from services.badges.canonical import canonicalise
from services.badges.contexts import CannotCanonicalise
from services.badges.domain.badge import (
    Credential,
    Evidence,
    HashedEmail,
    Pseudonym,
    Recipient,
    StatusEntry,
    hashed_email,
)
from services.badges.domain.credential import Document, credential_document
from services.badges.skeleton import Path, Skeleton
from tests.badges.examples import NOW
from tests.badges.test_canonical import CREDENTIALS, DAYS, TEXT, WEB_ADDRESSES, by_pyld

COMPARED = int(os.environ.get("CREDENTIALS_COMPARED", "150"))
PLAIN_ADDRESSES = st.builds("https://a.example/{}".format, st.text("abc0/-.", max_size=5))
NUMBERS = st.uuids().map(str)


def variants(of: Credential) -> st.SearchStrategy[Credential]:
    """Credentials of the same shape: all that varies within a job is drawn anew."""
    recipients: st.SearchStrategy[Recipient] = (
        st.builds(HashedEmail, TEXT, TEXT)
        if isinstance(of.recipient, HashedEmail)
        else st.builds(Pseudonym, st.uuids())
    )

    def text(value: str | None) -> st.SearchStrategy[str | None]:
        return TEXT.filter(bool) if value else st.just(value)

    evidence = st.tuples(
        *(
            st.builds(Evidence, PLAIN_ADDRESSES | WEB_ADDRESSES, text(each.name), text(each.narrative))
            for each in of.evidence
        )
    )
    moments = st.datetimes(NOW.replace(year=2027, tzinfo=None), timezones=st.just(UTC))
    return st.builds(
        replace,
        st.just(of),
        id=st.builds("https://city.test/credentials/{}".format, NUMBERS) | WEB_ADDRESSES,
        recipient=recipients,
        awarded_at=moments,
        valid_until=moments if of.valid_until else st.none(),
        activity_start=DAYS if of.activity_start else st.none(),
        activity_end=DAYS if of.activity_end else st.none(),
        status=st.builds(StatusEntry, PLAIN_ADDRESSES, st.integers(0, 131_071)),
        evidence=evidence,
    )


@st.composite
def _alike(draw: Any) -> list[Credential]:
    one = draw(CREDENTIALS)
    return [one, *draw(st.lists(variants(one), min_size=3, max_size=3))]


# `make bench` and releases compare thousands: CREDENTIALS_COMPARED=5000.
@settings(max_examples=COMPARED, deadline=None)
@given(_alike())
def test_badges_of_one_shape_are_canonicalised_as_by_pyld(alike: list[Credential]) -> None:
    shapes = Shapes()
    for each in alike:
        document = credential_document(each)
        canonical = shapes.canonical(each, document)
        assert canonical == canonicalise(document)
        assert canonical == by_pyld(document)


def test_a_job_is_made_from_its_shape(credential: Credential) -> None:
    first, skeleton = _skeleton(credential)
    assert skeleton is not None
    orders = set()
    for number in range(300):
        hashed = hashed_email(f"learner{number}@example.org", number.to_bytes(16))
        status = replace(credential.status, index=number)
        document = credential_document(replace(credential, recipient=hashed, status=status))
        canonical = skeleton.canonical(tuple(dict(_places(document)).values()))
        assert canonical == canonicalise(document)
        orders.add(_labels(canonical))
    assert len(orders) >= 5, "the labels of a job come in many orders"
    assert first == _places_of(credential)


def test_a_badge_named_by_a_number_has_a_shape_too(credential: Credential) -> None:
    numbered = replace(credential, recipient=Pseudonym(UUID(int=1)))
    _, skeleton = _skeleton(numbered)
    assert skeleton is not None
    document = credential_document(replace(numbered, recipient=Pseudonym(UUID(int=2))))
    canonical = skeleton.canonical(tuple(dict(_places(document)).values()))
    assert canonical == canonicalise(document) == by_pyld(document)


@pytest.mark.parametrize(
    "origin", ["http://localhost:8", "http://localhost:41873", "https://a.example:64999"]
)
def test_a_city_on_any_port_has_shapes(credential: Credential, origin: str) -> None:
    at_port = replace(credential, id=f"{origin}/credentials/1")
    _, skeleton = _skeleton(at_port)
    assert skeleton is not None
    document = credential_document(at_port)
    assert skeleton.canonical(tuple(_places_of(at_port).values())) == by_pyld(document)


def test_a_text_that_looks_like_a_place_stays_a_text(credential: Credential) -> None:
    evidence = (Evidence("https://a.example/1", "%s %(x)s {0}", 'a "quote" \\ and\na line  more'),)
    one = replace(credential, evidence=evidence)
    _, skeleton = _skeleton(one)
    assert skeleton is not None
    other = replace(one, evidence=(Evidence("https://a.example/2", "%d%%", "x:0000 ä\u2028\x85"),))
    document = credential_document(other)
    assert skeleton.canonical(tuple(_places_of(other).values())) == by_pyld(document)


def test_an_unusual_address_is_left_to_the_general_path(credential: Credential) -> None:
    _, skeleton = _skeleton(credential)
    assert skeleton is not None
    strange = replace(credential, id="https://ä.example/x")
    assert skeleton.canonical(tuple(_places_of(strange).values())) is None
    document = credential_document(strange)
    shapes = Shapes()
    assert [shapes.canonical(strange, document) for _ in range(3)] == [by_pyld(document)] * 3


def test_two_pieces_of_evidence_may_become_the_same(credential: Credential) -> None:
    same = Evidence("https://a.example/1", "One", "Said.")
    two = replace(credential, evidence=(same, replace(same, url="https://a.example/2")))
    _, skeleton = _skeleton(two)
    assert skeleton is not None
    once = replace(credential, evidence=(same, same))
    assert skeleton.canonical(tuple(_places_of(once).values())) == by_pyld(credential_document(once))


def test_nodes_that_are_alike_have_no_shape(credential: Credential) -> None:
    twice = replace(credential.achievement, alignments=credential.achievement.alignments[:1] * 2)
    _, skeleton = _skeleton(replace(credential, achievement=twice))
    assert skeleton is None


def test_what_cannot_be_signed_is_refused_with_its_place(credential: Credential) -> None:
    document = credential_document(credential)
    shapes = Shapes()
    shapes.canonical(credential, document)
    shapes.canonical(credential, document)
    said = {**document["credentialSubject"], "identifier": [{"type": "IdentityObject", "salt": "\x00"}]}
    with pytest.raises(CannotCanonicalise, match=r"^credentialSubject\.identifier\.salt"):
        shapes.canonical(credential, {**document, "credentialSubject": said})


def test_shapes_are_told_apart_by_all_that_does_not_vary(credential: Credential) -> None:
    shapes = Shapes()
    for number in range(600):  # more than are remembered, each met twice
        named = replace(credential, achievement=replace(credential.achievement, name=f"Name {number // 2}"))
        later = replace(named, awarded_at=NOW + timedelta(seconds=number))
        document = credential_document(later)
        assert shapes.canonical(later, document) == canonicalise(document)


def _places_of(credential: Credential) -> dict[Path, str]:
    return dict(_places(credential_document(credential)))


def _skeleton(credential: Credential) -> tuple[dict[Path, str], Skeleton | None]:
    document: Document = credential_document(credential)
    places = dict(_places(document))
    return places, Skeleton.of(document, places)


def _labels(canonical: bytes) -> tuple[bytes, ...]:
    """Which node is which: the statement that names the type or text of each label."""
    lines = [line for line in canonical.splitlines() if line.startswith(b"_:c14n")]
    return tuple(sorted(line.split()[0] + line.split()[2] for line in lines if b"type>" in line))
