"""The feed read page by page."""

from dataclasses import asdict
from datetime import UTC, datetime
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.envelope import Event
from contracts.events import EVENTS
from services.chassis.database import Database
from services.chassis.testing import Keyring
from services.notify.domain.filter import Filter, matches
from services.notify.feeder import loops
from services.notify.settings import Settings
from services.notify.storage import feed as storage
from services.notify.usecases.feed import trim
from tests.contracts.payloads import example

from .conftest import City
from .outside import integrated
from .public import change, joined, public
from .streams import fed

PUBLIC = [event for event in EVENTS.values() if "pub" in event.planes()]


@pytest.fixture
def database(app: FastAPI) -> Database:
    """Notify's database."""
    found: Database = app.state.database
    return found


@pytest.fixture
def operator(keyring: Keyring) -> dict[str, str]:
    """Credentials of an operator."""
    return keyring.headers(operator=True)


def of(event: Event, organisation: UUID) -> Event:
    """The event, as that organisation's fact."""
    if "organisation" not in type(event).model_fields:
        return event
    return event.model_copy(update={"organisation": organisation})


async def page(http: httpx.AsyncClient, headers: dict[str, str], **query: Any) -> dict[str, Any]:
    """One page, which must be given."""
    answer = await http.get("/events", headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    read: dict[str, Any] = orjson.loads(answer.content)
    return read


def positions(read: dict[str, Any]) -> list[int]:
    """Of the events on a page."""
    return [each["position"] for each in read["events"]]


async def test_a_page_holds_the_events_byte_for_byte(
    database: Database, http: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    odd = public(joined()).replace(b'"specversion":', b'"specversion" :  ').replace(b"city", b"c\\u0069ty", 1)
    bodies = [public(joined()), odd, public(joined())]
    await fed(database, *bodies)
    answer = await http.get("/events", headers=operator)
    events = b",".join(b'{"position":%d,"event":%b}' % each for each in enumerate(bodies, 1))
    assert answer.content == b'{"events":[' + events + b'],"first":1,"next":3,"last":3}'
    assert answer.headers["content-type"] == "application/json"


async def test_pages_follow_each_other_to_the_end(
    database: Database, http: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    assert await page(http, operator) == {"events": [], "first": 1, "next": 0, "last": 0}
    await fed(database, *(public(joined()) for _ in range(25)))
    seen: list[int] = []
    after = 0
    while True:
        read = await page(http, operator, after=after, limit=10)
        if not read["events"]:
            break
        seen += positions(read)
        after = read["next"]
    assert seen == list(range(1, 26)) and after == read["last"] == 25


BAD = {
    "after=-1": "query.after",
    "after=x": "query.after",
    "after=99999999999999999999": "query.after",
    "after=1": "query.after",
    "limit=0": "query.limit",
    "limit=1001": "query.limit",
    "types=badges": "query.types",
    "types=badges.*,nonsense": "query.types",
    "organisation=me": "query.organisation.0",
    "achievement=": "query.achievement.0",
    "pathway=1": "query.pathway.0",
    "skill=" + "x" * 501: "query.skill.0",
    "type=badges.*": "query.type",
    "&".join(["skill=x"] * 21): "query.skill",
}


async def test_what_cannot_be_is_refused_by_the_name_of_its_field(
    http: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    for query, field in BAD.items():
        answer = await http.get(f"/events?{query}", headers=operator)
        assert answer.status_code == 422, query
        assert [each["field"] for each in answer.json()["errors"]] == [field], query


async def test_only_operators_and_active_integrations_with_the_scope_may_read(
    city: City, http: httpx.AsyncClient, keyring: Keyring, operator: dict[str, str]
) -> None:
    integration, machine = await integrated(city, http, keyring, city.organisation)
    await page(http, machine)
    client = str(uuid4())
    refused = [
        (await http.get("/events", headers=headers)).status_code
        for headers in (
            {},
            keyring.headers(),
            keyring.headers(roles={city.organisation: ["owner"]}),
            keyring.headers(client_id=client, scope="events:read"),
            keyring.headers(client_id=client, scope="events:read", organisation=str(city.organisation)),
        )
    ]
    assert refused == [401, 403, 403, 403, 403]
    await http.post(f"/integrations/{integration}/pause", json={}, headers=operator)
    answer = await http.get("/events", headers=machine)
    assert answer.status_code == 403 and "not-theirs" in answer.json()["type"]
    await http.post(f"/integrations/{integration}/resume", headers=operator)
    await page(http, machine)


async def test_a_token_without_the_scope_is_told_which_one_it_needs(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    answer = await http.get("/events", headers=keyring.headers(client_id=str(uuid4()), scope="awards:read"))
    assert answer.status_code == 403 and "events:read" in answer.json()["detail"]


async def test_an_integration_of_one_organisation_sees_nothing_of_another(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    """For every type of event: one of its own between two of the other organisation's."""
    other = uuid4()
    _, machine = await integrated(city, http, keyring, city.organisation)
    _, everywhere = await integrated(city, http, keyring, None)
    for number, kind in enumerate(PUBLIC):
        owners = (other, city.organisation, other)
        await fed(city.database, *(public(of(example(kind), each)) for each in owners))
        after, theirs = number * 3, [number * 3 + 2] if "organisation" in kind.model_fields else []
        assert positions(await page(http, machine, after=after)) == theirs, kind.type
        assert positions(await page(http, machine, after=after, types=kind.type)) == theirs
        of_other = await page(http, everywhere, after=after, organisation=str(other))
        assert positions(of_other) == ([after + 1, after + 3] if theirs else [])
        assert len(positions(await page(http, everywhere, after=after))) == 3
    assert str(other) not in (await http.get("/events?limit=1000", headers=machine)).text
    answer = await http.get("/events", headers=machine, params={"organisation": str(other)})
    assert answer.status_code == 403 and answer.json()["errors"][0]["field"] == "query.organisation"


async def test_no_row_of_the_feed_holds_anything_about_a_person(database: Database) -> None:
    for number, kind in enumerate(PUBLIC):
        event = example(kind)
        await fed(database, public(event))
        async with database.transaction() as session:
            (item,) = await storage.between(session, number, number + 1, 1)
        assert not set(orjson.loads(item.body)["data"]) & kind.personal_fields(), kind.type
        row = str(asdict(item))
        personal = [str(getattr(event, name)) for name in kind.personal_fields() if getattr(event, name)]
        assert not [value for value in personal if len(value) > 8 and value in row], kind.type


async def test_an_award_has_the_skills_of_its_achievement(
    city: City, http: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    def published(version: int, *skills: str) -> bytes:
        return public(city.published(version=version, skills=skills))

    await fed(city.database, public(city.awarded()))
    await fed(city.database, published(2, "s:two"), public(city.awarded()), published(1, "s:one"))
    await fed(city.database, public(city.awarded()))
    await fed(city.database, published(3), public(city.awarded()))
    assert positions(await page(http, operator, skill="s:two")) == [2, 3, 5]
    assert positions(await page(http, operator, skill="s:one")) == [4]
    assert positions(await page(http, operator, skill=["s:one", "s:two"], types="badges.badge.*")) == [3, 5]
    about = await page(http, operator, achievement=str(city.achievement), types="badges.badge.awarded")
    assert positions(about) == [1, 3, 5, 7]


CHOICES = st.builds(
    Filter,
    st.sampled_from([(), ("*",), ("badges.*",), ("badges.badge.*", "notify.*"), ("catalogue.*",)]),
    *(st.lists(st.sampled_from([UUID(int=n) for n in range(2)]), max_size=2).map(tuple) for _ in range(3)),
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=2).map(tuple),
)


async def test_the_database_and_the_rule_agree_on_what_matches(
    database: Database, http: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    ids = [None, UUID(int=0), UUID(int=1)]
    bodies: list[bytes] = []
    kinds = ("badges.badge.awarded", "notify.letter.sent", "later.thing.happened")
    for kind, organisation, achievement, skill in product(kinds, ids, ids, ["", "a", "b"]):
        data = {"achievement": achievement, "pathway": organisation, "skills": [skill] if skill else []}
        told = orjson.loads(public(joined()))
        told |= {"type": f"col.{kind}.v1", "organisation": organisation, "data": data}
        bodies.append(orjson.dumps(told))
    await fed(database, *bodies)
    async with database.transaction() as session:
        everything = await storage.between(session, 0, 1000, 1000)

    found: list[tuple[list[int], list[int]]] = []
    for wanted in _examples():
        query = {
            "types": ",".join(wanted.types),
            "organisation": [str(one) for one in wanted.organisations],
            "achievement": [str(one) for one in wanted.achievements],
            "pathway": [str(one) for one in wanted.pathways],
            "skill": list(wanted.skills),
        }
        read = await page(http, operator, limit=1000, **query)
        found.append(
            (positions(read), [each.position for each in everything if matches(wanted, each.facets)])
        )
    assert all(read == ruled for read, ruled in found)
    assert {bool(read) for read, _ in found} == {True, False}


def _examples() -> list[Filter]:
    """Forty filters, always the same."""
    found: list[Filter] = []

    @settings(max_examples=40, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(CHOICES)
    def collect(wanted: Filter) -> None:
        found.append(wanted)

    collect()
    return found


async def test_a_request_looks_through_a_bounded_part_and_moves_on_all_the_same(
    database: Database, http: httpx.AsyncClient, operator: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notify.usecases.reading.WINDOW", 10)
    rare = joined()
    await fed(database, *(public(joined()) for _ in range(35)), public(rare))
    after, pages = 0, 0
    while True:
        read = await page(http, operator, after=after, organisation=str(rare.organisation))
        after, pages = read["next"], pages + 1
        if read["events"]:
            break
    assert (pages, after, positions(read)) == (4, 36, [36])


async def test_what_the_city_keeps_no_longer_is_dropped_and_its_positions_are_not_given_again(
    city: City, http: httpx.AsyncClient, operator: dict[str, str], settings: Settings
) -> None:
    old = [public(joined()) for _ in range(30)]
    await fed(city.database, *old)
    await change(city.database, "UPDATE feed SET kept_at = now() - interval '41 days' WHERE position <= 20")
    limited = settings.model_copy(update={"feed_days": 40})
    for loop in loops(city.database, limited)[1:]:
        assert not await loop.step()
    read = await page(http, operator, after=3)
    assert (positions(read), read["first"], read["last"]) == (list(range(21, 31)), 21, 30)
    await change(city.database, "UPDATE feed SET kept_at = now() - interval '41 days'")
    async with city.database.transaction() as session:
        await trim(session, datetime.now(UTC), 40)
    assert await page(http, operator) == {"events": [], "first": 31, "next": 30, "last": 30}
    await fed(city.database, public(joined()))
    assert positions(await page(http, operator)) == [31]


async def test_page_after_page_everything_is_read(
    database: Database, http: httpx.AsyncClient, operator: dict[str, str]
) -> None:
    for _ in range(10):
        await fed(database, *(public(joined()) for _ in range(500)))
    after, count = 0, 0
    while len((read := await page(http, operator, after=after, limit=1000))["events"]):
        after, count = read["next"], count + len(read["events"])
    assert count == 5000
