"""Endorsements: proposed, accepted, signed, shown, refused and taken back."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from contracts.badges import BadgeAwarded
from services.badges import status_list
from services.badges.app import service
from services.badges.domain.endorsement import Settled, State, moved
from services.badges.domain.shown import achievement_id
from services.badges.endorsing import conforms
from services.badges.multikey import public_key_bytes
from services.badges.signing import ProofOutcome, verify
from services.badges.usecases.endorsements import ENDORSING
from services.badges.usecases.keys import STATUS_LISTS
from services.chassis.app import create_app
from services.chassis.testing import ORIGIN, Keyring, client_of
from tests.badges.service.town import ACTIVITY, LEARNER, ORGANISATION, Facts, Town

ENDORSER = UUID("0199a0b0-0000-7000-8000-0000000000e1")
MINE = achievement_id(ACTIVITY)
WORD: dict[str, Any] = {"endorser": str(ENDORSER), "comment": "We hire whoever has this."}


class Both:
    """The two sides of an endorsement, by HTTP."""

    def __init__(self, town: Town, http: httpx.AsyncClient, keyring: Keyring) -> None:
        self.town, self.http = town, http
        self.endorser = keyring.headers(roles={ENDORSER: ["issuer"]})
        self.endorsed = keyring.headers(roles={ORGANISATION: ["issuer"]})
        self.holder = keyring.headers(recipients=[LEARNER])

    async def propose(self, **target: Any) -> httpx.Response:
        """The endorser's proposal."""
        return await self.http.post("/endorsements", json=WORD | target, headers=self.endorser)

    async def move(self, endorsement: str, to: str, who: dict[str, str]) -> httpx.Response:
        """Accept, refuse or withdraw; what is due then is signed."""
        answer = await self.http.post(f"/endorsements/{endorsement}/{to}", headers=who)
        await self.town.work(ENDORSING, STATUS_LISTS)
        return answer

    async def read(self, path: str) -> Any:
        """A public document."""
        return (await self.http.get(path)).json()

    async def withdrawn(self, document: dict[str, Any]) -> bool:
        """What the status list says of a signed endorsement."""
        entry = document["credentialStatus"]
        listed = await self.read(entry["statusListCredential"].removeprefix(ORIGIN))
        bits = status_list.decode(listed["credentialSubject"]["encodedList"])
        return status_list.is_withdrawn(bits, int(entry["statusListIndex"]))


async def _city(town: Town) -> None:
    endorser = Facts(organisation=ENDORSER)
    await town.hear(*Facts().all(), endorser.registered, endorser.verified)
    await town.work()


async def test_what_is_accepted_is_signed_by_the_endorser_and_shown(town: Town, keyring: Keyring) -> None:
    await _city(town)
    async with client_of(create_app(service(town.settings))) as http:
        both = Both(town, http, keyring)
        proposed = await both.propose(achievement=str(MINE))
        assert proposed.status_code == 201, proposed.text
        assert await both.read(f"/achievements/{MINE}/endorsements") == []
        await both.move(proposed.json()["id"], "accept", both.endorsed)
        (shown,) = await both.read(f"/achievements/{MINE}/endorsements")
        served = await both.read(shown["id"].removeprefix(ORIGIN))
        within = await both.read(f"/achievements/{MINE}/1")
        did = await both.read(f"/issuers/{ENDORSER}/did.json")
        assert not await both.withdrawn(served)
    assert served == shown == within["endorsement"][0]
    assert served["issuer"]["id"] == did["id"]
    assert served["credentialSubject"]["id"] == f"{ORIGIN}/achievements/{MINE}/1"
    assert served["credentialSubject"]["endorsementComment"] == WORD["comment"]
    assert conforms(served)
    assert not conforms(served | {"type": ["VerifiableCredential"]})
    (multikey,) = (each for each in did["verificationMethod"] if each["type"] == "Multikey")
    key = public_key_bytes(multikey["publicKeyMultibase"])
    assert verify(served, lambda _: key) is ProofOutcome.GENUINE


async def test_an_organisation_and_a_badge_can_be_endorsed_too(town: Town, keyring: Keyring) -> None:
    await _city(town)
    (awarded,) = await town.told(BadgeAwarded)
    async with client_of(create_app(service(town.settings))) as http:
        both = Both(town, http, keyring)
        json = {"Accept": "application/json"}
        badge = (await http.get(awarded["claim"], headers=json)).json()["credential"]
        of_badge = (await both.propose(credential=badge)).json()
        of_organisation = (await both.propose(organisation=str(ORGANISATION))).json()
        refused = await both.move(of_badge["id"], "accept", both.endorser)
        await both.move(of_badge["id"], "accept", both.holder)
        await both.move(of_organisation["id"], "accept", both.endorsed)
        mine = (await http.get("/endorsements", headers=both.holder)).json()["items"]
        theirs = f"/endorsements?organisation={ORGANISATION}"
        listed = (await http.get(theirs, headers=both.endorsed)).json()["items"]
        (for_badge,) = await both.read(f"{badge.removeprefix(ORIGIN)}/endorsements")
        (for_organisation,) = await both.read(f"/issuers/{ORGANISATION}/endorsements")
        profile = await both.read(f"/issuers/{ORGANISATION}")
    assert refused.status_code == 403
    assert [each["id"] for each in mine] == [of_badge["id"]]
    assert {each["id"] for each in listed} == {of_badge["id"], of_organisation["id"]}
    assert for_badge["credentialSubject"]["id"] == badge
    assert for_organisation["credentialSubject"]["id"] == profile["id"]
    assert profile["endorsement"] == [for_organisation]


@pytest.mark.parametrize(("to", "who"), [("withdraw", "endorser"), ("refuse", "endorsed")])
async def test_what_is_taken_back_verifies_no_longer_and_is_not_shown(
    town: Town, keyring: Keyring, to: str, who: str
) -> None:
    await _city(town)
    async with client_of(create_app(service(town.settings))) as http:
        both = Both(town, http, keyring)
        endorsement = (await both.propose(achievement=str(MINE))).json()["id"]
        await both.move(endorsement, "accept", both.endorsed)
        (shown,) = await both.read(f"/achievements/{MINE}/endorsements")
        answers = [await both.move(endorsement, to, getattr(both, who)) for _ in range(2)]
        assert [each.status_code for each in answers] == [200, 200]
        assert await both.read(f"/achievements/{MINE}/endorsements") == []
        assert "endorsement" not in await both.read(f"/achievements/{MINE}/1")
        served = await both.read(shown["id"].removeprefix(ORIGIN))
        assert await both.withdrawn(served)
        late = await both.move(endorsement, "accept", both.endorsed)
        anew = await both.propose(achievement=str(MINE))
    assert late.status_code == 409
    assert anew.status_code == 201


def test_both_sides_moves_end_the_same_in_every_order() -> None:
    moves: tuple[State, ...] = ("accepted", "refused", "withdrawn")
    ends = set()
    for order in permutations(moves * 2):
        state: State = "proposed"
        for to in order:
            try:
                state = moved(state, to)
            except Settled:
                assert to != state
        ends.add(state)
    assert ends == {"withdrawn"}


async def test_the_same_word_twice_is_one_and_other_words_must_wait(town: Town, keyring: Keyring) -> None:
    await _city(town)
    async with client_of(create_app(service(town.settings))) as http:
        both = Both(town, http, keyring)
        first, second = [await both.propose(achievement=str(MINE)) for _ in range(2)]
        other = await both.propose(achievement=str(MINE), comment="Other words.")
        await both.move(first.json()["id"], "withdraw", both.endorser)
        anew = await both.propose(achievement=str(MINE), comment="Other words.")
    assert (first.status_code, second.status_code, other.status_code, anew.status_code) == (
        201,
        200,
        409,
        201,
    )
    assert first.json()["id"] == second.json()["id"] != anew.json()["id"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"achievement": str(uuid4())}, 404),
        ({"organisation": str(uuid4())}, 404),
        ({"organisation": str(ENDORSER)}, 409),
        ({"credential": f"{ORIGIN}/credentials/{'a' * 22}"}, 404),
        ({"credential": "https://elsewhere.example/credentials/x"}, 422),
        ({"organisation": str(ORGANISATION), "achievement": str(MINE)}, 422),
        ({}, 422),
        ({"organisation": str(ORGANISATION), "comment": "half \ufffe"}, 422),
        ({"organisation": str(ORGANISATION), "comment": "  "}, 422),
    ],
)
async def test_what_cannot_be_endorsed_is_refused(
    town: Town, keyring: Keyring, change: dict[str, Any], status: int
) -> None:
    await _city(town)
    async with client_of(create_app(service(town.settings))) as http:
        answer = await Both(town, http, keyring).propose(**change)
    assert answer.status_code == status, answer.text
    assert b"detail" in answer.content
    assert orjson.loads(answer.content)["status"] == status


async def test_only_a_verified_organisation_endorses(town: Town, keyring: Keyring) -> None:
    await town.hear(*Facts().all(), Facts(organisation=ENDORSER).registered)
    async with client_of(create_app(service(town.settings))) as http:
        answer = await Both(town, http, keyring).propose(achievement=str(MINE))
    assert answer.status_code == 409


async def test_the_moment_of_signing_stands_in_the_endorsement(town: Town, keyring: Keyring) -> None:
    await _city(town)
    started = datetime.now(UTC).replace(microsecond=0)
    async with client_of(create_app(service(town.settings))) as http:
        both = Both(town, http, keyring)
        proposed = (await both.propose(achievement=str(MINE))).json()
        assert proposed["url"] is None
        await both.move(proposed["id"], "accept", both.endorsed)
        found = (await http.get(f"/endorsements?organisation={ENDORSER}", headers=both.endorser)).json()
        served = await both.read(found["items"][0]["url"].removeprefix(ORIGIN))
    assert datetime.fromisoformat(served["validFrom"]) >= started
