"""Jobs of a bulk award: worked on batch by batch, watched, steered, and their rows deleted again."""

import asyncio
import csv
import io
import multiprocessing
import os
import signal
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from sqlalchemy import text

from contracts.badges import BadgeAwarded, RecipientNamed
from contracts.catalogue import RecipientForgotten
from contracts.recipients import recipient_id
from services.badges import making
from services.badges.storage import bulk
from services.badges.storage.jobs import Job
from services.badges.usecases.bulk import BULK
from services.chassis.testing import SECRET, Keyring
from tests.badges.service.lists import GOOD, HEADER, progress, scalar, send, start
from tests.badges.service.test_direct import OWN
from tests.badges.service.town import ORGANISATION, Facts, Town


async def test_everybody_on_the_list_gets_a_badge_and_is_named(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    people = HEADER + GOOD + "bo@example.org;Bo;;;;;;\nnobody;;;;;;;\nBO@example.org;;;;;;;\n"
    answer = await send(http, owner, made, people, confirm=True, occasion="summer")
    assert answer.status_code == 202
    assert answer.json()["outcomes"] == {"duplicate": 1, "waiting": 3}
    await town.work(BULK)
    done = (await http.get(answer.headers["location"], headers=owner)).json()
    assert (done["state"], done["waiting"], done["seconds_left"]) == ("done", 0, 0.0)
    assert done["outcomes"] == {"awarded": 2, "bad_address": 1, "duplicate": 1}
    assert {each["address"]: each.get("name") for each in await town.told(RecipientNamed)} == {
        "anna@example.org": "Anna",
        "bo@example.org": "Bo",
    }
    told = await town.told(BadgeAwarded)
    assert {each["recipient"] for each in told} == {
        str(recipient_id(address, SECRET.encode())) for address in ("anna@example.org", "bo@example.org")
    }
    assert {each["occasion"] for each in told} == {"summer"}


async def test_the_result_has_every_line_and_the_badges_address(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str, keyring: Keyring
) -> None:
    answer = await send(http, owner, made, HEADER + GOOD + "nobody;;;;;;;\n", confirm=True)
    job = answer.json()["job"]
    await town.work(BULK)
    result = await http.get(f"/awards/jobs/{job}/result", headers=owner)
    rows = list(csv.DictReader(io.StringIO(result.text.lstrip("\ufeff"))))
    assert [(each["line"], each["outcome"], each["state"]) for each in rows] == [
        ("2", "awarded", "issued"),
        ("3", "bad_address", ""),
    ]
    assert rows[0]["note"] == "pays later"
    badge = (await http.get(rows[0]["credential"])).json()
    assert badge["validUntil"] == "2030-12-31T23:59:59Z"
    assert badge["credentialSubject"]["activityEndDate"] == "2026-09-30T00:00:00Z"
    assert badge["evidence"] == [
        {"id": "https://a.example/1", "type": ["Evidence"], "narrative": "Edited alone."}
    ]
    assert "pays later" not in orjson.dumps(badge).decode()
    machine = keyring.headers(client_id=str(uuid4()), organisation=str(ORGANISATION), scope="awards:write")
    lines = await http.get(f"/awards/jobs/{job}/result?format=ndjson", headers=machine)
    first = orjson.loads(lines.text.splitlines()[0])
    assert (first["outcome"], first["address"], first["credential"]) == ("awarded", None, None)
    assert UUID(first["award"])


async def test_the_same_key_never_starts_a_second_job(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    headers = owner | {"Idempotency-Key": "festival"}
    first = await start(http, headers, made, 3)
    assert await start(http, headers, made, 3) == first
    await town.work(BULK)
    assert await start(http, headers, made, 3) == first
    assert await scalar(town, "SELECT count(*) FROM award_job") == 1
    assert len(await town.told(BadgeAwarded)) == 3


async def test_a_second_list_awards_only_those_who_are_new(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    await start(http, owner, made, 3)
    await town.work(BULK)
    second = await start(http, owner, made, 5)
    await town.work(BULK)
    assert (await progress(http, owner, second))["outcomes"] == {"already": 3, "awarded": 2}
    assert len(await town.told(BadgeAwarded)) == 5


async def _in_batches(town: Town, size: int) -> Town:
    return Town(town.settings.model_copy(update={"bulk_batch": size}))


async def test_a_job_is_paused_resumed_and_what_waits_cancelled(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    small = await _in_batches(town, 4)
    job = await start(http, owner, made, 20)
    await small.loops[BULK].step()
    paused = (await http.post(f"/awards/jobs/{job}/pause", headers=owner)).json()
    assert (paused["state"], paused["outcomes"]) == ("paused", {"awarded": 4, "waiting": 16})
    assert not await small.loops[BULK].step()
    assert (await http.post(f"/awards/jobs/{job}/pause", headers=owner)).status_code == 409
    await http.post(f"/awards/jobs/{job}/resume", headers=owner)
    await small.loops[BULK].step()
    over = (await http.post(f"/awards/jobs/{job}/cancel", headers=owner)).json()
    assert (over["state"], over["outcomes"]) == ("cancelled", {"awarded": 8, "cancelled": 12})
    await small.work(BULK)
    assert len(await town.told(BadgeAwarded)) == 8
    assert (await http.post(f"/awards/jobs/{job}/resume", headers=owner)).status_code == 409
    await small.close()


async def test_what_failed_is_tried_again(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await start(http, owner, made, 5)
    real = making.sign_credentials

    def failing(drafts: Any, *rest: Any) -> Any:
        return ["cannot be signed" if number < 2 else each for number, each in enumerate(real(drafts, *rest))]

    monkeypatch.setattr(making, "sign_credentials", failing)
    await town.work(BULK)
    assert (await progress(http, owner, job))["outcomes"] == {"awarded": 3, "failed": 2}
    assert await scalar(town, "SELECT count(*) FROM award") == 3
    monkeypatch.setattr(making, "sign_credentials", real)
    again = (await http.post(f"/awards/jobs/{job}/retry", headers=owner)).json()
    assert (again["state"], again["waiting"]) == ("running", 2)
    await town.work(BULK)
    assert (await progress(http, owner, job))["outcomes"] == {"awarded": 5}
    assert len(await town.told(BadgeAwarded)) == 5


async def test_a_batch_that_fails_leaves_its_lines_waiting_and_nothing_else(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await start(http, owner, made, 5)
    real = making.sign_credentials

    def dies(*_: Any) -> Any:
        raise RuntimeError("killed while signing")

    monkeypatch.setattr(making, "sign_credentials", dies)
    with pytest.raises(RuntimeError):
        await town.loops[BULK].step()
    assert (await progress(http, owner, job))["outcomes"] == {"waiting": 5}
    assert await scalar(town, "SELECT count(*) FROM award") == 0
    assert await town.told(RecipientNamed) == []
    monkeypatch.setattr(making, "sign_credentials", real)
    await town.work(BULK)
    assert (await progress(http, owner, job))["outcomes"] == {"awarded": 5}
    assert len(await town.told(BadgeAwarded)) == 5


async def test_two_loops_share_a_job_and_nobody_is_awarded_twice(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    small = await _in_batches(town, 7)
    job = await start(http, owner, made, 60)
    await asyncio.gather(*(small.work(BULK) for _ in range(3)))
    await small.work(BULK)
    assert (await progress(http, owner, job))["outcomes"] == {"awarded": 60}
    assert len({each["award"] for each in await town.told(BadgeAwarded)}) == 60
    assert await scalar(town, "SELECT count(DISTINCT (list_number, list_index)) FROM credential") == 60
    await small.close()


async def test_who_asks_while_another_is_given_its_turn_has_the_next(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    async def turn() -> Job | None:
        async with town.database.transaction() as session:
            return await bulk.next_turn(session)

    job = await start(http, owner, made, 3)
    async with town.database.transaction() as session:
        first = await bulk.next_turn(session)
        second = asyncio.create_task(turn())
        await asyncio.wait({second}, timeout=0.2)
    assert [first and str(first.id), str(getattr(await second, "id", None))] == [job, job]


async def test_organisations_take_turns(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str, keyring: Keyring
) -> None:
    small = await _in_batches(town, 5)
    other = Facts(organisation=uuid4())
    await town.hear(other.registered, other.verified)
    theirs = keyring.headers(roles={other.organisation: ["owner"]})
    body = OWN | {"organisation": str(other.organisation)}
    their_badge = (await http.post("/achievements", json=body, headers=theirs)).json()["id"]
    jobs = [await start(http, owner, made, 30, occasion=f"o{number}") for number in range(3)]
    late = await start(http, theirs, their_badge, 10)
    for _ in range(4):
        await small.loops[BULK].step()
    assert (await progress(http, theirs, late))["waiting"] == 0
    waiting = [(await progress(http, owner, job))["waiting"] for job in jobs]
    assert sorted(waiting) == [25, 25, 30]
    await small.close()


async def test_a_forgotten_person_is_forgotten_by_lists_too(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    small = await _in_batches(town, 2)
    job = await start(http, owner, made, 4)
    await small.loops[BULK].step()
    now = datetime.now(UTC) + timedelta(seconds=1)
    for address in ("p0@example.org", "p3@example.org"):  # one is done, the other waits
        await town.hear(RecipientForgotten(recipient=recipient_id(address, SECRET.encode()), at=now))
    await small.work(BULK)
    assert (await progress(http, owner, job))["outcomes"] == {"awarded": 3, "forgotten": 1}
    result = (await http.get(f"/awards/jobs/{job}/result", headers=owner)).text
    assert "p1@" in result
    assert "p0@" not in result
    assert "p3@" not in result
    await small.close()


async def test_rows_are_deleted_some_days_after_the_job_is_done(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    job = await start(http, owner, made, 3)
    await town.work(BULK)
    await town.loops["bulk tidy"].step()
    assert "p1@" in (await http.get(f"/awards/jobs/{job}/result", headers=owner)).text
    late = Town(town.settings.model_copy(update={"keep_rows_days": 0}))
    await late.loops["bulk tidy"].step()
    await late.close()
    result = (await http.get(f"/awards/jobs/{job}/result", headers=owner)).text
    assert "p1@" not in result
    assert result.count("awarded") == 3


async def test_a_job_is_watched_until_it_is_done(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.badges.api.bulk_files.EVERY", 0.01)
    job = await start(http, owner, made, 3)
    watching = asyncio.create_task(http.get(f"/awards/jobs/{job}/events", headers=owner))
    await asyncio.sleep(0.05)
    await town.work(BULK)
    events = (await watching).text.strip().split("\n\n")
    assert events[0].startswith("event: progress\ndata: {")
    assert events[-1].startswith("event: done\ndata: {")
    assert orjson.loads(events[-1].partition("data: ")[2])["outcomes"] == {"awarded": 3}


async def test_events_that_cannot_leave_hold_a_job_up(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    held = Town(town.settings.model_copy(update={"bulk_backlog": 6, "bulk_batch": 2}))
    job = await start(http, owner, made, 10)
    for _ in range(8):
        await held.loops[BULK].step()
    waiting = (await progress(http, owner, job))["waiting"]
    assert 0 < waiting < 10
    async with town.database.engine.begin() as connection:
        await connection.execute(text("DELETE FROM unnumbered"))
    await held.loops[BULK].step()
    assert (await progress(http, owner, job))["waiting"] < waiting
    await held.close()


async def test_batches_are_done_by_processes_of_their_own_and_again_after_one_was_killed(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    town_of_processes = Town(town.settings.model_copy(update={"workers": 1, "bulk_batch": 10}))
    job = await start(http, owner, made, 30)
    before = {child.pid for child in multiprocessing.active_children()}
    await town_of_processes.loops[BULK].step()
    for child in multiprocessing.active_children():
        if child.pid is not None and child.pid not in before:
            os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(BrokenProcessPool):
        await town_of_processes.loops[BULK].step()
        await town_of_processes.loops[BULK].step()
    await town_of_processes.work(BULK)
    assert (await progress(http, owner, job))["outcomes"] == {"awarded": 30}
    assert len({each["award"] for each in await town.told(BadgeAwarded)}) == 30
    await town_of_processes.close()


async def test_single_awards_go_first_but_not_for_ever(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    job = await start(http, owner, made, 3, occasion="bulk")
    await http.post("/awards", json={"achievement": made, "recipients": "one@example.org"}, headers=owner)
    await town.loops[BULK].step()
    assert (await progress(http, owner, job))["waiting"] == 3
    for _ in range(30):
        await town.loops[BULK].step()
    assert (await progress(http, owner, job))["waiting"] == 0
