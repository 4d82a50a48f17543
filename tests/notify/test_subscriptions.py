"""Subscriptions: made, changed and ended, with secrets that are shown once and stored nowhere."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import ValidationError

from contracts.badges import AchievementPublished, Source
from contracts.catalogue import OrganisationVerified
from services.chassis.testing import Keyring
from services.notify.settings import Settings

from .conftest import City
from .hooks import Hooks
from .test_settings import settings as some_settings

URL = "http://127.0.0.1:9/hook?token=not-for-logs"


@pytest.fixture
async def hooks(city: City, http: httpx.AsyncClient, keyring: Keyring, settings: Settings) -> Hooks:
    """One integration that sees the whole city."""
    found = Hooks(city, http, keyring, settings)
    await found.begin()
    return found


async def test_a_secret_is_shown_once_and_stored_nowhere(hooks: Hooks) -> None:
    told = await hooks.subscribe(URL)
    shown = await hooks.get(f"/subscriptions/{told['id']}")
    assert told["secret"] and shown["secret"] is None
    (listed,) = (await hooks.get("/subscriptions"))["items"]
    assert listed["secret"] is None and listed["id"] == told["id"]
    stored = await hooks.rows("SELECT row_to_json(s)::text FROM subscription s")
    assert told["secret"][6:] not in str(stored)


async def test_subscriptions_have_secrets_of_their_own(hooks: Hooks) -> None:
    secrets = [(await hooks.subscribe(URL))["secret"] for _ in range(3)]
    assert len(set(secrets)) == 3


@pytest.mark.parametrize("path", ["", "/{id}/rotate"])
async def test_what_shows_a_secret_cannot_be_asked_for_repetition(hooks: Hooks, path: str) -> None:
    told = await hooks.subscribe(URL)
    answer = await hooks.http.post(
        "/subscriptions" + path.format(**told),
        json={} if path else hooks.draft(URL),
        headers=hooks.operator | {"Idempotency-Key": "1"},
    )
    assert answer.status_code == 400 and "secret" in answer.text


async def test_everything_can_be_changed_and_another_signature_brings_another_secret(hooks: Hooks) -> None:
    told = await hooks.subscribe(URL)
    achievement, path = uuid4(), f"/subscriptions/{told['id']}"
    said = {
        "name": "Wallet",
        "url": "http://localhost:9/other",
        "types": ["badges.badge.*"],
        "achievements": [str(achievement)],
        "ordered": True,
        "signature": "ed25519",
    }
    answer = await hooks.http.put(path, json=said, headers=hooks.operator)
    changed = answer.json()
    assert answer.status_code == 200 and {key: changed[key] for key in said} == said
    assert changed["secret"] is None and changed["public_key"].startswith("whpk_")
    back = await hooks.http.put(path, json=said | {"signature": "hmac"}, headers=hooks.operator)
    assert back.json()["secret"] not in (None, told["secret"]) and back.json()["public_key"] is None


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"types": []}, "body.types"),
    ({"types": ["badges..awarded"]}, "body.types"),
    ({"types": ["badges.badge"]}, "body.types"),
    ({"name": "two\nlines"}, "body.name"),
    ({"signature": "md5"}, "body.signature"),
    ({"url": "http://hooks.example.org/plain"}, "body.url"),
    ({"url": "https://user:secret@hooks.example.org/"}, "body.url"),
    ({"url": "https://hooks.example.org:0/"}, "body.url"),
    ({"url": "https://hooks.example.org:99999/"}, "body.url"),
    ({"url": "ftp://127.0.0.1/"}, "body.url"),
    ({"url": "//127.0.0.1/"}, "body.url"),
    ({"url": "https:///nowhere"}, "body.url"),
    ({"url": "https://no-such-host.invalid/"}, "body.url"),
    ({"url": "https://[::1"}, "body.url"),
    ({"organisations": ["x"]}, "body.organisations.0"),
    ({"secret": "mine"}, "body.secret"),
]


async def test_what_cannot_be_is_refused_by_field_and_nothing_is_stored(hooks: Hooks) -> None:
    for wrong, field in REFUSED:
        draft = hooks.draft(URL) | wrong
        answer = await hooks.http.post("/subscriptions", json=draft, headers=hooks.operator)
        assert answer.status_code == 422, wrong
        assert field in [each["field"] for each in answer.json()["errors"]], wrong
    assert await hooks.rows("SELECT 1 FROM subscription") == []


async def test_an_integration_has_so_many_subscriptions_and_no_more(hooks: Hooks, settings: Settings) -> None:
    for _ in range(settings.subscriptions_per_integration):
        await hooks.change(
            "INSERT INTO subscription (id, integration, name, url, types, ordered, signature, secret_version,"
            " state, failures, created_at, created_by) VALUES (gen_random_uuid(),"
            f" '{hooks.integration}', 'x', 'x', '{{*}}', false, 'hmac', 1, 'active', 0, now(), 'x')"
        )
    answer = await hooks.http.post("/subscriptions", json=hooks.draft(URL), headers=hooks.operator)
    assert answer.status_code == 409


async def test_what_is_done_is_logged_without_the_address(hooks: Hooks) -> None:
    told = await hooks.subscribe(URL)
    for act in ("pause", "resume", "rotate"):
        await hooks.post(f"/subscriptions/{told['id']}/{act}", {})
    await hooks.http.delete(f"/subscriptions/{told['id']}", headers=hooks.operator)
    items = (await hooks.get(f"/integrations/{hooks.integration}/log"))["items"]
    about = [entry["what"] for entry in items if entry["about"] == told["id"]]
    assert [what.split(";")[0] for what in reversed(about)] == [
        "subscribed",
        "paused subscription",
        "resumed subscription",
        "new secret",
        "removed subscription",
    ]
    assert "token" not in str(items) and "127.0.0.1" not in str(items)


async def test_what_is_removed_is_gone_with_what_was_due(hooks: Hooks) -> None:
    told = await hooks.subscribe(URL)
    await hooks.join(2)
    gone = await hooks.http.delete(f"/subscriptions/{told['id']}", headers=hooks.operator)
    assert gone.status_code == 204
    answer = await hooks.http.get(f"/subscriptions/{told['id']}", headers=hooks.operator)
    assert answer.status_code == 404
    await hooks.join()
    assert len(await hooks.states(told)) == 2, "nothing more"
    async with hooks.sending():
        await hooks.reach(told)


async def test_filters_choose_by_type_organisation_achievement_playlist_and_skill(hooks: Hooks) -> None:
    organisation, achievement, pathway = uuid4(), uuid4(), uuid4()
    skill = "http://data.europa.eu/esco/skill/1"
    published = AchievementPublished(
        achievement=achievement,
        version=1,
        organisation=organisation,
        name="Podcast Producer",
        description="Made a podcast.",
        language="en",
        source=Source(kind="pathway", id=pathway),
        picture="https://city.test/1.png",
        skills=(skill,),
    )
    wanted: dict[str, dict[str, Any]] = {
        "all": {},
        "type": {"types": ["badges.achievement.published"]},
        "version": {"types": ["col.badges.achievement.published.v1", "pathways.*"]},
        "organisation": {"organisations": [str(organisation)]},
        "achievement": {"achievements": [str(achievement)]},
        "pathway": {"pathways": [str(pathway)]},
        "skill": {"skills": [skill]},
    }
    others: dict[str, dict[str, Any]] = {
        "other type": {"types": ["badges.badge.*"]},
        "other organisation": {"organisations": [str(uuid4())]},
        "other skill": {"skills": [skill + "0"]},
        "one of two": {"organisations": [str(organisation)], "skills": [skill + "0"]},
    }
    told = {name: await hooks.subscribe(URL, **more) for name, more in (wanted | others).items()}
    await hooks.happen(published)
    heard = {name for name, one in told.items() if await hooks.states(one)}
    assert heard == set(wanted)
    await hooks.happen(OrganisationVerified(organisation=uuid4()))
    assert len(await hooks.states(told["all"])) == 2 and len(await hooks.states(told["type"])) == 1


def test_a_short_webhook_secret_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="webhook_secret"):
        some_settings(webhook_secret="short")
