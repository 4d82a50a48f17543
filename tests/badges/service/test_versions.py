"""Achievements that are edited or added to: new versions, and badges that keep theirs."""

from itertools import permutations
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from sqlalchemy import text

from contracts.badges import AchievementPublished, BadgeAwarded
from contracts.pathways import PathwayCompleted, PathwayPublished
from services.badges.app import service
from services.badges.domain.shown import achievement_id
from services.badges.verifying import validate_schema
from services.chassis.app import create_app
from services.chassis.testing import ORIGIN, Keyring, client_of
from tests.badges.service.town import ACTIVITY, BEFORE, LEARNER, ORGANISATION, Facts, Town

MINE = achievement_id(ACTIVITY)
TEXTS: dict[str, Any] = {
    "name": "Helper",
    "description": "Helped.",
    "criteria": "Help at an event.",
    "language": "en",
    "layer": "participate",
    "skills": [{"uri": f"{ORIGIN}/skills/7", "label": "hospitality"}],
    "valid_days": 365,
    "translations": [
        {"language": "fi", "name": "Auttaja", "description": "Auttoi.", "criteria": "Auta tapahtumassa."}
    ],
}
ADDED: dict[str, Any] = {
    "criteria": "Edit an episode of five minutes.",
    "tags": ["sound"],
    "image_alt": "A microphone",
    "skills": [
        {"uri": "https://example.org/f/1", "label": "Editing", "framework": "Media skills", "code": "M1"}
    ],
    "translations": [{"language": "fi", "name": "Podcast", "description": "Teki.", "criteria": "Tee jakso."}],
}


def _editor(keyring: Keyring) -> dict[str, str]:
    return keyring.headers(roles={ORGANISATION: ["editor", "issuer"]})


async def _made(http: httpx.AsyncClient, keyring: Keyring, **changes: Any) -> dict[str, Any]:
    body = {"organisation": str(ORGANISATION), **TEXTS, **changes}
    answer = await http.post("/achievements", json=body, headers=_editor(keyring))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def _documents(town: Town) -> list[dict[str, Any]]:
    """The signed credentials, in the order of their awards."""
    async with town.database.engine.connect() as connection:
        bodies = await connection.execute(text("SELECT body FROM credential ORDER BY award"))
        return [orjson.loads(body) for body in bodies.scalars()]


async def test_editing_makes_a_version_and_awarded_badges_keep_theirs(town: Town, keyring: Keyring) -> None:
    facts, headers = Facts(), _editor(keyring)
    await town.hear(facts.registered, facts.verified)
    async with client_of(create_app(service(town.settings))) as http:
        made = await _made(http, keyring)
        award = {"achievement": made["id"], "recipients": "a@example.org"}
        await http.post("/awards", json=award, headers=headers)
        await town.work()
        changed = TEXTS | {"criteria": "Help at two events."}
        edited = await http.put(f"/achievements/{made['id']}", json=changed, headers=headers)
        again = await http.put(f"/achievements/{made['id']}", json=changed, headers=headers)
        await http.post("/awards", json=award | {"recipients": "b@example.org"}, headers=headers)
        await town.work()
        first = (await http.get(f"/achievements/{made['id']}/1")).json()
    assert (made["version"], edited.json()["version"], again.json()["version"]) == (1, 2, 2)
    assert first["criteria"]["narrative"] == "Help at an event."
    assert [each["version"] for each in await town.told(BadgeAwarded)] == [1, 2]
    assert [each["version"] for each in await town.told(AchievementPublished)] == [1, 2]
    said = [each["credentialSubject"]["achievement"] for each in await _documents(town)]
    assert [(each["version"], each["criteria"]["narrative"]) for each in said] == [
        ("1", "Help at an event."),
        ("2", "Help at two events."),
    ]


async def test_a_badge_says_all_that_its_achievement_shows(town: Town, keyring: Keyring) -> None:
    facts = Facts()
    await town.hear(facts.registered, facts.verified)
    evidence = [{"url": "https://radio.example/7", "name": "Episode 7"}]
    async with client_of(create_app(service(town.settings))) as http:
        made = await _made(http, keyring)
        award = {"achievement": made["id"], "recipients": "a@example.org", "evidence": evidence}
        answer = await http.post("/awards", json=award, headers=_editor(keyring))
        assert answer.status_code == 202, answer.text
        await town.work()
        (signed,) = await _documents(town)
        subject, home = signed["credentialSubject"], f"{ORIGIN}/achievements/{made['id']}/1"
        achievement = subject["achievement"]
        finnish = (await http.get(achievement["related"][0]["id"])).json()
        missing = await http.get(f"{home}/in/nl")
    assert validate_schema(signed) == ()
    assert subject["result"][0]["achievedLevel"] == f"{home}#participate"
    levels = achievement["resultDescription"][0]["rubricCriterionLevel"]
    assert [each["name"] for each in levels] == ["Engage", "Participate", "Demonstrate", "Lead"]
    assert f"{home}#participate" in {each["id"] for each in levels}
    assert achievement["alignment"][0]["targetType"] == "ext:CitySkill"
    assert achievement["related"] == [
        {"id": f"{home}/in/fi", "type": ["Related"], "inLanguage": "fi", "version": "1"}
    ]
    assert (finnish["name"], finnish["inLanguage"], finnish["version"]) == ("Auttaja", "fi", "1")
    assert finnish["related"][0]["id"] == home
    assert missing.status_code == 404
    assert signed["evidence"] == [
        {"id": "https://radio.example/7", "type": ["Evidence"], "name": "Episode 7"}
    ]
    assert signed["validUntil"][:4] == str(int(signed["awardedDate"][:4]) + 1)


async def test_a_badge_expires_when_its_award_says(town: Town, keyring: Keyring) -> None:
    facts = Facts()
    await town.hear(facts.registered, facts.verified)
    body = {"recipients": "a@example.org", "expires_at": "2046-12-31T22:00:00+01:00"}
    async with client_of(create_app(service(town.settings))) as http:
        made = await _made(http, keyring)
        for moment in ("2020-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"):
            bad = body | {"achievement": made["id"], "expires_at": moment}
            answer = await http.post("/awards", json=bad, headers=_editor(keyring))
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body.expires_at")
        answer = await http.post("/awards", json=body | {"achievement": made["id"]}, headers=_editor(keyring))
        assert answer.status_code == 202
    await town.work()
    (signed,) = await _documents(town)
    assert signed["validUntil"] == "2046-12-31T21:00:00Z"


async def test_nothing_about_what_minors_made_is_signed_unless_the_city_says_so(
    town: Town, keyring: Keyring
) -> None:
    facts, statuses = Facts(), []
    await town.hear(facts.registered, facts.verified)
    for allowed in (False, True):
        changes = {"learners_are_minors": True, "evidence_of_minors": allowed}
        settings = town.settings.model_copy(update=changes)
        async with client_of(create_app(service(settings))) as http:
            made = await _made(http, keyring, name=f"Helper {allowed}")
            award = {"achievement": made["id"], "recipients": "a@example.org"}
            award["evidence"] = [{"url": "https://radio.example/7"}]
            statuses.append((await http.post("/awards", json=award, headers=_editor(keyring))).status_code)
    assert statuses == [409, 202]


async def test_evidence_is_deleted_with_whoever_it_was_about(town: Town, keyring: Keyring) -> None:
    facts = Facts()
    await town.hear(facts.registered, facts.verified)
    async with client_of(create_app(service(town.settings))) as http:
        made = await _made(http, keyring)
        award = {"achievement": made["id"], "recipients": facts.address}
        award["evidence"] = [{"url": "https://radio.example/7", "narrative": "She led it."}]
        await http.post("/awards", json=award, headers=_editor(keyring))
        await town.work()
        await town.hear(facts.forgotten)
    async with town.database.engine.connect() as connection:
        kept = (await connection.execute(text("SELECT forgotten, evidence FROM award"))).one()
    assert tuple(kept) == (True, None)


async def test_what_was_added_stays_whatever_the_source_says_next(town: Town, keyring: Keyring) -> None:
    facts, headers = Facts(), _editor(keyring)
    await town.hear(facts.registered, facts.verified, facts.published())
    async with client_of(create_app(service(town.settings))) as http:
        added = await http.put(f"/achievements/{MINE}/additions", json=ADDED, headers=headers)
        again = await http.put(f"/achievements/{MINE}/additions", json=ADDED, headers=headers)
        kept = (await http.get(f"/achievements/{MINE}/additions")).json()
        await town.hear(facts.published(2, title="Podcast producer"), facts.named, facts.completed)
        await town.work()
        off = await http.put(f"/achievements/{MINE}/additions", json={}, headers=headers)
    assert added.status_code == 200, added.text
    assert (added.json()["version"], again.json()["version"]) == (1_000_001, 1_000_001)
    assert kept["criteria"] == ADDED["criteria"]
    (signed,) = await _documents(town)
    achievement = signed["credentialSubject"]["achievement"]
    assert (achievement["name"], achievement["version"]) == ("Podcast producer", "2.1")
    assert achievement["criteria"]["narrative"] == ADDED["criteria"]
    assert achievement["tag"] == ["radio", "sound"]
    assert achievement["image"]["caption"] == "A microphone"
    assert [each.get("targetType") for each in achievement["alignment"]] == ["ext:ESCOAlignment", None]
    assert off.json()["version"] == 2_000_002
    assert off.json()["tags"] == ["radio"]


async def test_tags_that_verifiers_sort_differently_are_refused_wherever_they_are_given(
    town: Town, keyring: Keyring
) -> None:
    tags = ["on air ❤️", "on air ❤😀"]
    await town.hear(Facts().registered, Facts().verified, Facts().published())
    async with client_of(create_app(service(town.settings))) as http:
        home = f"/achievements/{achievement_id(ACTIVITY)}/additions"
        added = await http.put(home, json={"tags": tags}, headers=_editor(keyring))
        body = {"organisation": str(ORGANISATION), **TEXTS, "tags": tags}
        made = await http.post("/achievements", json=body, headers=_editor(keyring))
    for answer in (added, made):
        assert (answer.status_code, "sort differently" in answer.text) == (422, True), answer.text


async def test_additions_and_versions_lead_to_the_same_in_every_order(town: Town, keyring: Keyring) -> None:
    """Three versions of a source, and additions at any moment after the first that came."""
    found = set()
    await town.hear(Facts().registered, Facts().verified)
    async with client_of(create_app(service(town.settings))) as http:
        for order in permutations((1, 2, 3, 0)):
            facts = Facts(activity=uuid4())
            await town.hear(facts.published(order[0] or order[1], title=f"Title {order[0] or order[1]}"))
            for each in order:
                if each:
                    await town.hear(facts.published(each, title=f"Title {each}"))
                    continue
                home = f"/achievements/{achievement_id(facts.activity)}/additions"
                await http.put(home, json={"tags": ["more"]}, headers=_editor(keyring))
            now = (await http.get(f"/achievements?source={facts.activity}")).json()["items"][0]
            found.add((now["version"], now["name"], tuple(now["tags"])))
    assert found == {(1_000_003, "Title 3", ("radio", "more"))}


async def test_a_pathways_badge_is_that_of_the_version_followed_with_what_was_added(
    town: Town, keyring: Keyring
) -> None:
    facts, pathway = Facts(), uuid4()
    way: dict[str, Any] = {"pathway": pathway, "organisation": ORGANISATION, "description": "On air"}
    mine: dict[str, Any] = {"enrolment": uuid4(), "recipient": LEARNER, "version": 1}
    await town.hear(facts.registered, facts.verified, facts.named)
    for number, name in ((1, "Radio"), (2, "Radio and more")):
        await town.hear(PathwayPublished(**way, version=number, name=name, language="fi", steps=()))
    async with client_of(create_app(service(town.settings))) as http:
        home = f"/achievements/{achievement_id(pathway)}/additions"
        answer = await http.put(home, json={"tags": ["radio"]}, headers=_editor(keyring))
        assert answer.status_code == 200, answer.text
    await town.hear(PathwayCompleted(pathway=pathway, organisation=ORGANISATION, **mine, completed_at=BEFORE))
    await town.work()
    (signed,) = await _documents(town)
    achievement = signed["credentialSubject"]["achievement"]
    assert (achievement["name"], achievement["version"], achievement["tag"]) == ("Radio", "1.1", ["radio"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"translations": TEXTS["translations"] * 2}, "body.translations"),
        ({"skills": [{"uri": "none", "label": "x"}]}, "body.skills.0.uri"),
        ({"valid_days": 0}, "body.valid_days"),
        ({"name": "half \ufffe"}, "achievement.name"),
    ],
)
async def test_what_cannot_be_signed_is_refused_by_its_place_and_nothing_changes(
    town: Town, keyring: Keyring, change: dict[str, Any], field: str
) -> None:
    await town.hear(Facts().registered, Facts().verified)
    async with client_of(create_app(service(town.settings))) as http:
        made = await _made(http, keyring)
        home = f"/achievements/{made['id']}"
        answer = await http.put(home, json=TEXTS | change, headers=_editor(keyring))
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text
        now = (await http.get(f"/achievements?organisation={ORGANISATION}")).json()["items"][0]
    assert now["version"] == 1


async def test_each_kind_of_achievement_is_changed_in_its_own_way(town: Town, keyring: Keyring) -> None:
    await town.hear(Facts().registered, Facts().verified, Facts().published())
    async with client_of(create_app(service(town.settings))) as http:
        made = await _made(http, keyring)
        wrong = [
            await http.put(f"/achievements/{MINE}", json=TEXTS, headers=_editor(keyring)),
            await http.put(f"/achievements/{made['id']}/additions", json=ADDED, headers=_editor(keyring)),
        ]
    assert [each.status_code for each in wrong] == [409, 409]
