"""The same facts lead to the same state, in whichever order and however often they are heard."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from contracts.badges import BadgeAwarded
from contracts.envelope import Event
from contracts.pathways import PathwayCompleted, PathwayPublished, PathwayReopened
from tests.badges.service.town import BEFORE, Facts, Town, bytes_of

_STATE = text("""
    SELECT jsonb_build_object(
        'organisation', (SELECT jsonb_agg(to_jsonb(o) - 'id') FROM organisation o WHERE id = :organisation),
        'recipient',
            (SELECT jsonb_agg(jsonb_build_array(address, language, said_by, forgotten_at IS NOT NULL))
            FROM recipient WHERE id = :recipient),
        'achievement',
            (SELECT jsonb_agg(jsonb_build_array(c.current, v.version, v.fingerprint) ORDER BY v.version)
            FROM achievement c JOIN achievement_version v ON v.achievement = c.id
            WHERE c.organisation = :organisation),
        'award', (SELECT jsonb_agg(jsonb_build_array(a.version, a.recipient = :recipient, a.completed_on,
                a.issued_at IS NOT NULL, a.revoked_at IS NOT NULL, a.forgotten, c.body IS NOT NULL))
            FROM award a LEFT JOIN credential c ON c.award = a.id WHERE a.organisation = :organisation),
        'withdrawn', (SELECT sum(bit_count(bits)) FROM status_list WHERE organisation = :organisation),
        'told', (SELECT jsonb_agg(kind ORDER BY kind) FROM
            (SELECT DISTINCT split_part(subject, :name || '.', 2) AS kind
            FROM journal WHERE plane = 'pub' AND split_part(subject, '.', 4) = :name) told),
        'waiting', (SELECT count(*) FROM waiting))
""")


async def _state(town: Town, facts: Facts) -> Any:
    async with town.database.engine.connect() as connection:
        values = {
            "organisation": facts.organisation,
            "recipient": facts.recipient,
            "name": str(facts.organisation),
        }
        return (await connection.execute(_STATE, values)).scalar()


def _somebody() -> Facts:
    """Facts like all others, about an organisation, an activity and a learner of their own."""
    return Facts(uuid4(), uuid4(), uuid4(), "learner@example.org", uuid4())


async def _hear_doubled(town: Town, events: Sequence[Event]) -> None:
    """Every event by itself, then all of them again in one batch, the other way round."""
    bodies = bytes_of(events)
    for body in bodies:
        await town.hear_bodies([body])
    await town.hear_bodies(bodies[::-1])


async def _every_order(town: Town, stories: Sequence[tuple[Facts, list[Event]]], known: int = 0) -> Any:
    """Hear each story's events in an order of its own, the first `known` always first; answers the one state
    that all must lead to, once everything due has been issued."""
    orders = permutations(range(known, len(stories[0][1])))
    for (_, events), order in zip(stories, orders, strict=True):
        await town.hear(*events[:known])
        await _hear_doubled(town, [events[place] for place in order])
    await town.work()
    states = [await _state(town, facts) for facts, _ in stories]
    for state in states:
        assert state == states[0]
    return states[0]


async def test_every_order_of_what_leads_to_a_badge_awards_it_once(town: Town) -> None:
    stories = [(facts, facts.all()) for facts in (_somebody() for _ in range(120))]
    state = await _every_order(town, stories)
    assert len(await town.told(BadgeAwarded)) == len(stories)
    assert state["award"] == [[1, True, "2026-09-30", True, False, False, True]]
    assert state["told"] == ["badges.achievement.published.v1", "badges.badge.awarded.v1"]
    assert state["waiting"] == 0


@pytest.mark.parametrize("late", ["verified", "published"])
async def test_in_every_order_nothing_is_awarded_to_somebody_forgotten(town: Town, late: str) -> None:
    stories = []
    for facts in (_somebody() for _ in range(24)):
        early = facts.published() if late == "verified" else facts.verified
        last = facts.verified if late == "verified" else facts.published()
        events = [facts.registered, early, last, facts.named, facts.completed, facts.forgotten]
        stories.append((facts, events))
    state = await _every_order(town, stories, known=2)
    assert state["award"] is None
    assert state["recipient"] == [[None, None, None, True]]
    assert state["waiting"] == 0


async def test_in_every_order_somebody_forgotten_who_comes_back_starts_anew(town: Town) -> None:
    stories = []
    for facts in (_somebody() for _ in range(24)):
        later = facts.forgotten.at + timedelta(days=1)
        back = facts.named.model_copy(update={"at": later, "said_by": "person"})
        known = [facts.registered, facts.verified, facts.published()]
        stories.append((facts, [*known, facts.named, facts.completed, facts.forgotten, back]))
    state = await _every_order(town, stories, known=3)
    assert state["award"] is None
    assert state["recipient"] == [["learner@example.org", "fi", "person", True]]


async def test_in_every_order_what_is_earned_after_one_was_forgotten_is_awarded(town: Town) -> None:
    stories = []
    for facts in (_somebody() for _ in range(24)):
        forgotten = facts.forgotten.model_copy(update={"at": BEFORE + timedelta(days=1)})
        back = facts.named.model_copy(update={"at": BEFORE + timedelta(days=2)})
        known = [facts.registered, facts.verified, facts.published()]
        stories.append((facts, [*known, facts.named, facts.completed, forgotten, back]))
    state = await _every_order(town, stories, known=3)
    assert state["award"] == [[1, True, "2026-09-30", True, False, False, True]]
    assert state["recipient"] == [["learner@example.org", "fi", "organiser", True]]


async def test_in_every_order_a_reopened_pathway_holds_no_badge(town: Town) -> None:
    stories = []
    for facts in (_somebody() for _ in range(24)):
        way: dict[str, Any] = {"pathway": facts.activity, "version": 1, "organisation": facts.organisation}
        mine = way | {"enrolment": facts.completion, "recipient": facts.recipient}
        published = PathwayPublished(**way, name="Radio", description="On air", language="en", steps=())
        completed = PathwayCompleted(**mine, completed_at=datetime.now(UTC))
        known = [facts.registered, facts.verified]
        stories.append((facts, [*known, published, facts.named, completed, PathwayReopened(**mine)]))
    state = await _every_order(town, stories, known=2)
    assert state["award"] == [[1, True, str(datetime.now(UTC).date()), False, True, False, False]]
    assert state["waiting"] == 0


async def test_in_every_order_the_first_version_that_shows_what_the_last_shows_is_in_force(
    town: Town,
) -> None:
    stories = []
    for facts in (_somebody() for _ in range(24)):
        versions = [
            facts.published(),
            facts.published(2, title="Podcast producer"),
            facts.published(3, title="Podcast producer", url="https://city.test/elsewhere"),
            facts.published(4, title="Podcast producer", time_zone="UTC"),
        ]
        stories.append((facts, [facts.registered, *versions]))
    state = await _every_order(town, stories, known=1)
    assert [version for _, version, _ in state["achievement"]] == [1, 2, 3, 4]
    assert {current for current, _, _ in state["achievement"]} == {2}
