"""Confirming completions: lists, reports, repetitions."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from .city import City, recipient

SESSIONS = [
    {"starts": "2026-01-10T17:00:00+02:00", "ends": "2026-01-10T19:00:00+02:00"},
    {"starts": "2026-01-17T17:00:00+02:00", "ends": "2026-01-17T19:00:00+02:00"},
]


async def test_every_line_is_reported_and_a_bad_one_writes_nothing(city: City) -> None:
    activity = await city.activity(await city.organisation())
    await city.confirm(activity, pasted="ada@example.org, Ada")
    pasted = "\n".join(
        [
            "Address, Name, Language",
            "ada@example.org, Ada, en",
            "",
            "bea@example.org, Bea, FI",
            "not an address",
            "cem@example.org, Cem, klingon!",
            "bea@example.org",
            '"dee@example.org", "Dee, the Younger", nl',
        ]
    )
    report = await city.confirm(activity, pasted=pasted)
    assert [(row["line"], row["result"]) for row in report["rows"]] == [
        (2, "already"),
        (4, "confirmed"),
        (5, "bad"),
        (6, "bad"),
        (7, "already"),
        (8, "confirmed"),
    ]
    assert "name@example.org" in report["rows"][2]["problem"]
    assert "language" in report["rows"][3]["problem"]
    assert (report["confirmed"], report["already"], report["bad"]) == (2, 2, 2)
    names = {e["address"]: e["name"] for e in await city.events("recipient.named") if "name" in e}
    assert names == {
        "ada@example.org": "Ada",
        "bea@example.org": "Bea",
        "dee@example.org": "Dee, the Younger",
    }
    assert len(await city.events("activity.completed")) == 3


async def test_a_preview_says_the_same_and_writes_nothing(city: City) -> None:
    activity = await city.activity(await city.organisation())
    pasted = "ada@example.org\nnobody\nada@example.org"
    before = await city.confirm(activity, pasted=pasted, preview=True)
    assert await city.events("activity.completed") == []
    assert len(await city.events("recipient.named")) == 1  # the organisation's owner
    after = await city.confirm(activity, pasted=pasted)
    assert [row["result"] for row in before["rows"]] == [row["result"] for row in after["rows"]]
    again = await city.confirm(activity, pasted=pasted, preview=True)
    assert [row["result"] for row in again["rows"]] == ["already", "bad", "already"]


async def test_each_session_is_completed_for_itself(city: City) -> None:
    activity = await city.activity(await city.organisation(), sessions=SESSIONS)
    for day in ("2026-01-10", "2026-01-17", None):
        report = await city.confirm(activity, pasted="ada@example.org", session=day)
        assert report["confirmed"] == 1
        assert (await city.confirm(activity, pasted="ada@example.org", session=day))["already"] == 1
    told = await city.events("activity.completed")
    assert [(e.get("session"), e["completed_on"]) for e in told] == [
        ("2026-01-10", "2026-01-10"),
        ("2026-01-17", "2026-01-17"),
        (None, "2026-01-17"),
    ]
    body = {"pasted": "ada@example.org", "session": "2026-01-11"}
    refused = await city.say("POST", f"/activities/{activity}/completions", body, operator=True)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "body.session")


async def test_who_joined_is_confirmed_by_recipient_and_strangers_are_bad_lines(city: City) -> None:
    activity = await city.activity(await city.organisation())
    other = await city.activity(await city.organisation())
    await city.confirm(other, pasted="ada@example.org")
    known, stranger = recipient("ada@example.org"), uuid4()
    report = await city.confirm(activity, recipients=[str(known), str(stranger), str(known)])
    assert [row["result"] for row in report["rows"]] == ["confirmed", "bad", "already"]


async def test_lists_that_overlap_are_confirmed_at_once_without_doubles(city: City) -> None:
    activity = await city.activity(await city.organisation())
    people = [f"p{n}@example.org" for n in range(60)]
    lists = ["\n".join(people[n:] + people[:n]) for n in (0, 20, 40)]
    reports = await asyncio.gather(*(city.confirm(activity, pasted=text) for text in lists))
    assert sum(report["confirmed"] for report in reports) == 60
    completed = [UUID(e["recipient"]) for e in await city.events("activity.completed")]
    assert len(completed) == len(set(completed)) == 60


async def test_a_thousand_lines_are_confirmed_in_one_request(city: City) -> None:
    activity = await city.activity(await city.organisation())
    report = await city.confirm(
        activity, pasted="\n".join(f"p{n}@example.org, P {n}, en" for n in range(1000))
    )
    assert report["confirmed"] == 1000
    assert len(await city.events("activity.completed", "pub")) == 1000


async def test_what_cannot_be_confirmed_says_why(city: City) -> None:
    organisation = await city.organisation()
    past = await city.activity(organisation)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    coming = await city.activity(organisation, starts=tomorrow, ends=None)
    draft = await city.activity(organisation, published=False)
    ada = {"pasted": "ada@example.org"}
    cases: list[tuple[UUID, dict[str, Any], int, str]] = [
        (draft, ada, 409, "not-published"),
        (coming, ada, 409, "not-begun"),
        (past, {}, 422, "nobody"),
        (past, {"pasted": "\x89PNG"}, 422, "invalid-input"),
        (past, {"pasted": "these are no addresses"}, 422, "not-a-list"),
        (past, {"pasted": 'a@b.example,"open'}, 422, "not-a-list"),
        (past, {**ada, "completed_on": "2999-01-01"}, 422, "in-the-future"),
        (past, {"pasted": "\n".join(f"p{n}@x.org" for n in range(5001))}, 413, "too-many"),
        (uuid4(), ada, 404, "unknown-activity"),
    ]
    for activity, body, status, kind in cases:
        refused = await city.say("POST", f"/activities/{activity}/completions", body, operator=True)
        assert (kind, refused.status_code) == (kind, status)
        assert refused.json()["type"] == f"urn:cities-of-learning:problem:{kind}"
    assert await city.events("activity.completed") == []


async def test_nothing_about_the_person_is_public(city: City) -> None:
    activity = await city.activity(await city.organisation())
    await city.confirm(activity, pasted="ada@example.org, Ada Lovelace, en")
    public = await city.events("activity.completed", "pub")
    assert list(public[0]) == ["completion", "activity", "organisation", "completed_on"]
    assert await city.events("recipient.named", "pub") == []
