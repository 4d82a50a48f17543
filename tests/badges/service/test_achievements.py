"""Achievements of activities and pathways: versions, and the awards that keep theirs."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from contracts.badges import AchievementPublished, BadgeAwarded, BadgeRevoked
from contracts.catalogue import SkillNamed
from contracts.pathways import PathwayCompleted, PathwayPublished, PathwayReopened
from services.badges.app import service
from services.badges.domain.shown import achievement_id
from services.chassis.app import create_app
from services.chassis.testing import client_of
from tests.badges.service.town import ACTIVITY, LEARNER, ORGANISATION, Facts, Town

PATHWAY = uuid4()
ENROLMENT = uuid4()
WAY: dict[str, Any] = {"pathway": PATHWAY, "organisation": ORGANISATION}
MINE = WAY | {"enrolment": ENROLMENT, "recipient": LEARNER, "version": 1}


def _pathway(version: int, name: str) -> PathwayPublished:
    return PathwayPublished(**WAY, version=version, name=name, description="On air", language="fi", steps=())


def _completed() -> PathwayCompleted:
    return PathwayCompleted(**MINE, completed_at=datetime.now(UTC))


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"title": "Podcast producer"}, True),
        ({"description": "Said in other words."}, True),
        ({"layer": "lead"}, True),
        ({"kind": "course"}, True),
        ({"skills": (SkillNamed(uri="http://data.europa.eu/esco/skill/2", label="edit audio"),)}, True),
        ({"interests": ("radio", "sound")}, True),
        ({"url": "https://city.test/elsewhere"}, False),
        ({"starts": datetime(2026, 10, 1, tzinfo=UTC)}, False),
        ({"languages": ("fi", "sv")}, False),
    ],
)
async def test_only_what_an_achievement_shows_makes_a_new_version(
    town: Town, change: dict[str, Any], shown: bool
) -> None:
    facts = Facts()
    await town.hear(facts.registered, facts.published(), facts.published(2, **change))
    told = await town.told(AchievementPublished, "pub")
    assert [each["version"] for each in told] == ([1, 2] if shown else [1])


async def test_an_award_keeps_the_version_it_was_issued_for(town: Town) -> None:
    first, second = Facts(), Facts(recipient=uuid4(), address="b@example.org", completion=uuid4())
    await town.hear(*first.all())
    await town.work()
    await town.hear(first.published(2, title="Podcast producer"), second.named, second.completed)
    await town.work()
    assert [each["version"] for each in await town.told(BadgeAwarded, "pub")] == [1, 2]


async def test_every_session_of_an_activity_can_be_completed_once(town: Town) -> None:
    facts = Facts()
    sessions = [
        facts.completed.model_copy(update={"session": day, "completion": uuid4()})
        for day in (facts.completed.completed_on, facts.completed.completed_on.replace(day=29))
    ]
    await town.hear(*facts.all()[:-1], *sessions, *sessions)
    await town.work()
    told = await town.told(BadgeAwarded)
    assert {each["occasion"] for each in told} == {
        f"activity:{ACTIVITY}:2026-09-29",
        f"activity:{ACTIVITY}:2026-09-30",
    }
    assert len(told) == 2


async def test_a_completed_pathway_leads_to_the_badge_of_the_version_that_was_followed(town: Town) -> None:
    facts = Facts()
    await town.hear(facts.registered, facts.verified, facts.named)
    await town.hear(_pathway(2, "Radio and more"), _completed())
    await town.work()
    assert await town.told(BadgeAwarded) == [], "the version that was followed is not here yet"
    await town.hear(_pathway(1, "Radio"))
    await town.work()
    (told,) = await town.told(BadgeAwarded)
    assert (told["achievement"], told["version"]) == (str(achievement_id(PATHWAY)), 1)
    assert told["occasion"] == f"pathway:{PATHWAY}:1"


async def test_a_reopened_pathways_badge_is_withdrawn_and_stays_so(town: Town) -> None:
    facts = Facts()
    await town.hear(facts.registered, facts.verified, facts.named, _pathway(1, "Radio"), _completed())
    await town.work()
    await town.hear(PathwayReopened(**MINE), PathwayReopened(**MINE), _completed())
    await town.work()
    (awarded,) = await town.told(BadgeAwarded)
    (revoked,) = await town.told(BadgeRevoked)
    assert awarded["award"] == revoked["award"]
    assert UUID(revoked["recipient"]) == LEARNER
    async with town.database.engine.connect() as connection:
        withdrawn = await connection.execute(text("SELECT bit_count(bits) FROM status_list WHERE NOT stale"))
        assert withdrawn.scalar() == 1


async def test_an_activity_that_no_credential_can_name_is_refused_for_good(town: Town) -> None:
    facts = Facts()
    await town.hear(facts.registered, facts.published(title="half \ufffe"))
    async with town.database.engine.connect() as connection:
        refused = await connection.execute(text("SELECT refused FROM inbox WHERE refused IS NOT NULL"))
        assert list(refused.scalars()) == ["Unsignable"]
        assert (await connection.execute(text("SELECT count(*) FROM waiting"))).scalar() == 0


async def test_titles_are_text_on_the_claim_page(town: Town) -> None:
    facts = Facts()
    await town.hear(facts.registered, facts.verified, facts.published(title="<script>alert(1)</script>"))
    await town.hear(facts.named, facts.completed)
    await town.work()
    async with client_of(create_app(service(town.settings))) as http:
        (awarded,) = await town.told(BadgeAwarded)
        page = await http.get(awarded["claim"])
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
