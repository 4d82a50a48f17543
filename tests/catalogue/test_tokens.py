"""Access tokens made by the catalogue, or offline by an operator's command, say what services verify."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import orjson
import pytest
from joserfc.jwk import OKPKey

from services.catalogue.tokens import Machine, NoTokenKey, Person, issue_token
from services.chassis.auth import Verifier
from services.chassis.errors import Problem
from services.chassis.settings import Settings
from services.chassis.testing import CITY, ORIGIN

ADA, RADIO = UUID(int=1), UUID(int=2)


class SomeSettings(Settings):
    """Of whatever service verifies."""

    service: ClassVar[str] = "some"


@pytest.fixture
def key() -> OKPKey:
    """A city's key."""
    return OKPKey.generate_key("Ed25519", {"kid": "k1"})


@pytest.fixture
def verifier(key: OKPKey, tmp_path: Path) -> Verifier:
    """Another service, which has the public key."""
    path = tmp_path / "jwks.json"
    path.write_bytes(orjson.dumps({"keys": [key.as_dict(private=False)]}))
    url = "postgresql://nobody@localhost/none"
    return Verifier(SomeSettings(city=CITY, public_url=ORIGIN, database_url=url, jwks_file=path))


def issue(who: Person | Machine, key: OKPKey, now: datetime | None = None, city: str = CITY) -> str:
    """A token of the city."""
    text = json.dumps(key.as_dict(private=True))
    lifetime = timedelta(hours=3)
    at = now or datetime.now(UTC)
    return issue_token(who, key=text, public_url=ORIGIN, city=city, now=at, lifetime=lifetime)


def test_a_persons_token_says_who_they_are_and_what_they_may_do(key: OKPKey, verifier: Verifier) -> None:
    person = Person(ADA, [UUID(int=9)], {RADIO: ["owner", "editor"]}, operator=True)
    actor = verifier.actor(issue(person, key))
    assert (actor.learner, actor.recipients, actor.operator) == (ADA, (UUID(int=9),), True)
    assert actor.roles == {RADIO: frozenset({"owner", "editor"})}


def test_a_machines_token_says_its_scopes_and_organisation(key: OKPKey, verifier: Verifier) -> None:
    actor = verifier.actor(issue(Machine(ADA, RADIO, ["awards:read"]), key))
    assert (actor.client, actor.client_organisation, actor.scopes) == (ADA, RADIO, frozenset({"awards:read"}))
    assert actor.learner is None
    assert verifier.actor(issue(Machine(ADA, None, []), key)).client_organisation is None


def test_no_token_lives_longer_than_ten_minutes(key: OKPKey, verifier: Verifier) -> None:
    with pytest.raises(Problem):
        verifier.actor(issue(Person(ADA), key, datetime.now(UTC) - timedelta(minutes=10, seconds=1)))


def test_another_citys_token_is_none(key: OKPKey, verifier: Verifier) -> None:
    with pytest.raises(Problem):
        verifier.actor(issue(Person(ADA), key, city="elsewhere"))


def test_without_a_private_key_no_token_is_issued(key: OKPKey) -> None:
    public = json.dumps(key.as_dict(private=False))
    for text in ("", "no json", "{}", public):
        with pytest.raises(NoTokenKey):
            issue_token(Person(ADA), key=text, public_url=ORIGIN, city=CITY, now=datetime.now(UTC))
