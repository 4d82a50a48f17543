"""What waits in badges, as its metrics say."""

import httpx
from sqlalchemy import text

from services.badges.storage.measures import MEASURES
from services.chassis import measuring
from tests.badges.service.lists import start
from tests.badges.service.town import Town


async def figures(town: Town) -> dict[str, dict[str, float]]:
    """What each measure's query answers, by label or under an empty one."""
    found: dict[str, dict[str, float]] = {}
    async with town.database.engine.connect() as connection:
        for each in MEASURES:
            rows = [tuple(row) for row in await connection.execute(text(each.query))]
            found[each.name] = {row[0] if len(row) == 2 else "": float(row[-1]) for row in rows}
    return found


async def test_nothing_waits_at_first_and_every_label_is_there_all_the_same(town: Town) -> None:
    found = await figures(town)
    assert found == {
        "col_awards_due": {"": 0},
        "col_awards_due_age": {"": 0},
        "col_award_jobs": {"running": 0, "paused": 0},
        "col_award_job_age": {"": 0},
        "col_award_job_lines": {"waiting": 0, "awarded": 0, "failed": 0, "left_out": 0},
    }


async def test_awards_that_are_due_and_for_how_long(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    people = {"achievement": made, "recipients": "a@example.org\nb@example.org"}
    assert (await http.post("/awards", json=people, headers=owner)).status_code == 202
    async with town.database.transaction() as session:
        await session.execute(text("UPDATE award SET due_at = now() - interval '1 minute'"))
    found = await figures(town)
    assert found["col_awards_due"] == {"": 2}
    assert 60 <= found["col_awards_due_age"][""] < 120


async def test_bulk_awards_their_age_and_their_lines(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    job = await start(http, owner, made, 4)
    async with town.database.transaction() as session:
        await session.execute(text("UPDATE award_job SET made_at = now() - interval '1 hour'"))
        await session.execute(text("UPDATE award_job_line SET outcome = 'bad_date' WHERE line = 2"))
    found = await figures(town)
    assert found["col_award_jobs"] == {"running": 1, "paused": 0}
    assert 3600 <= found["col_award_job_age"][""] < 3700
    assert sum(found["col_award_job_lines"].values()) == 4
    assert found["col_award_job_lines"]["left_out"] == 1
    assert (await http.post(f"/awards/jobs/{job}/pause", headers=owner)).is_success
    assert (await figures(town))["col_award_jobs"] == {"running": 0, "paused": 1}


async def test_all_of_it_is_measured_within_its_time(town: Town) -> None:
    await measuring.take(town.database, "badges", MEASURES)
