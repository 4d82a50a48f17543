"""Issuing: batches, keys, entries of status lists, and what happens when something is in the way."""

import asyncio
import dataclasses
import multiprocessing
import os
import signal
from concurrent.futures.process import BrokenProcessPool
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from contracts.badges import BadgeAwarded
from services.badges import making
from services.badges.domain.shown import Shown
from services.badges.settings import Settings
from services.badges.usecases import issuing
from services.badges.usecases.achievements import PICTURES
from services.badges.usecases.issuing import ISSUING
from services.badges.usecases.keys import STATUS_LISTS, OriginChanged
from tests.badges.service.town import ORGANISATION, Facts, Town


async def _rows(town: Town, statement: str) -> list[Any]:
    async with town.database.engine.connect() as connection:
        return list(await connection.execute(text(statement)))


async def _awarded(town: Town, count: int) -> None:
    """Have that many people complete the activity."""
    first = Facts()
    await town.hear(first.registered, first.verified, first.published())
    people = [Facts(recipient=uuid4(), address=f"p{n}@example.org", completion=uuid4()) for n in range(count)]
    await town.hear(*(each.named for each in people), *(each.completed for each in people))


async def test_due_badges_are_issued_a_batch_at_a_time(settings: Settings) -> None:
    town = Town(settings.model_copy(update={"issue_batch": 10}))
    await _awarded(town, 25)
    for left in (15, 5, 0):
        await town.loops[ISSUING].step()
        assert await _rows(town, "SELECT count(*) FROM award WHERE due_at IS NOT NULL") == [(left,)]
    assert not await town.loops[ISSUING].step()
    assert len(await town.told(BadgeAwarded)) == 25
    await town.close()


async def test_every_badge_has_an_entry_and_addresses_of_its_own(town: Town) -> None:
    await _awarded(town, 40)
    await town.work()
    (row,) = await _rows(
        town,
        "SELECT count(*), count(DISTINCT (list_number, list_index)), count(DISTINCT capability),"
        " count(DISTINCT claim) FROM credential",
    )
    assert tuple(row) == (40, 40, 40, 40)
    indexes = [index for (index,) in await _rows(town, "SELECT list_index FROM credential ORDER BY award")]
    assert indexes != sorted(indexes), "entries in order would tell who was awarded when"


async def test_a_full_status_list_is_followed_by_the_next(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "FULL", 8)
    await _awarded(town, 6)
    await town.work()
    people = [Facts(recipient=uuid4(), address=f"q{n}@example.org", completion=uuid4()) for n in range(6)]
    await town.hear(*(each.named for each in people), *(each.completed for each in people))
    await town.work()
    lists = await _rows(town, "SELECT number, used, body IS NOT NULL, stale FROM status_list ORDER BY number")
    assert [tuple(row) for row in lists] == [(1, 6, True, False), (2, 6, True, False)]


async def test_a_badge_that_cannot_be_signed_keeps_no_other_waiting(town: Town) -> None:
    await _awarded(town, 3)
    async with town.database.transaction() as session:
        await session.execute(text('UPDATE achievement_version SET shown = shown || \'{"criteria": " "}\''))
    other = dataclasses.replace(Facts(), activity=uuid4(), recipient=uuid4(), completion=uuid4())
    await town.hear(other.published(), other.named, other.completed)
    await town.work()
    assert len(await town.told(BadgeAwarded)) == 1
    waiting = "SELECT attempts, due_at > now() FROM award WHERE issued_at IS NULL"
    assert [tuple(row) for row in await _rows(town, waiting)] == [(1, True)] * 3


async def test_private_keys_are_sealed_at_rest(town: Town) -> None:
    await _awarded(town, 1)
    await town.work()
    ((did, sealed),) = await _rows(town, "SELECT did, sealed FROM organisation_key")
    assert did == f"did:web:city.test:issuers:{ORGANISATION}"
    assert len(sealed) == 1 + 12 + 32 + 16


async def test_nothing_is_signed_under_another_origin(town: Town) -> None:
    await _awarded(town, 1)
    await town.work()
    moved = Town(town.settings.model_copy(update={"public_url": "https://elsewhere.test"}))
    other = dataclasses.replace(Facts(), recipient=uuid4(), completion=uuid4())
    await moved.hear(other.named, other.completed)
    with pytest.raises(OriginChanged):
        await moved.work()
    await moved.close()


async def test_two_processes_issue_every_badge_once(settings: Settings) -> None:
    small = settings.model_copy(update={"issue_batch": 7})
    towns = [Town(small), Town(small)]
    await _awarded(towns[0], 30)
    await asyncio.gather(*(town.work() for town in towns))
    told = await towns[0].told(BadgeAwarded)
    assert len(told) == len({each["award"] for each in told}) == 30
    assert await _rows(towns[0], "SELECT count(*) FROM organisation_key") == [(1,)]
    for town in towns:
        await town.close()


async def test_pictures_and_badges_are_made_by_a_worker_process_and_again_after_it_was_killed(
    settings: Settings,
) -> None:
    others = set(multiprocessing.active_children())
    town = Town(settings.model_copy(update={"workers": 1}))
    await _awarded(town, 2)
    await town.work(ISSUING)
    assert len(await town.told(BadgeAwarded)) == 2
    (worker,) = set(multiprocessing.active_children()) - others
    os.kill(worker.pid or 0, signal.SIGKILL)
    worker.join()
    with pytest.raises(BrokenProcessPool):
        await town.work(STATUS_LISTS)
    await town.work(STATUS_LISTS, PICTURES)
    assert await _rows(town, "SELECT count(*) FROM picture WHERE png IS NULL") == [(0,)]
    assert await _rows(town, "SELECT stale FROM status_list") == [(False,)]
    await town.close()
    for worker in set(multiprocessing.active_children()) - others:
        worker.kill()


async def test_a_picture_that_cannot_be_drawn_keeps_no_other_waiting(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(shown: Shown, _colour: str) -> bytes:
        if shown.name == "poison":
            raise ValueError("no glyphs")
        return b"png"

    monkeypatch.setattr(making, "draw_picture", draw)
    facts = Facts()
    await town.hear(facts.registered, facts.published(title="poison"))
    other = dataclasses.replace(facts, activity=uuid4())
    await town.hear(other.published())
    await town.work(PICTURES)
    drawn = await _rows(town, "SELECT png, attempts FROM picture ORDER BY attempts")
    assert [tuple(row) for row in drawn] == [(b"png", 0), (None, 1)]


async def test_achievements_that_look_the_same_share_a_picture(town: Town) -> None:
    facts = Facts()
    changed = facts.published(2, description="Said in other words.")
    await town.hear(facts.registered, facts.published(), changed)
    assert await _rows(town, "SELECT count(*) FROM picture") == [(1,)]
    assert await _rows(town, "SELECT count(*) FROM achievement_version") == [(2,)]
