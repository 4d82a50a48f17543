"""The quick way to a credential: the same answers as the ordinary one, for many at once."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from services.badges.api.quick import Quick
from services.badges.app import service
from services.chassis.app import create_app
from services.chassis.testing import ORIGIN
from tests.badges.service.town import Facts, Town


async def _stored(town: Town) -> tuple[str, str]:
    """Where a credential is, and its tag."""
    await town.hear(*Facts().all())
    await town.work()
    async with town.database.engine.connect() as connection:
        found = await connection.execute(text("SELECT capability, etag FROM credential"))
        capability, etag = found.one()
    return f"/credentials/{capability}", etag


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept": "*/*"},
        {"Accept": "application/json"},
        {"Accept": "application/vc"},
        {"Accept": "text/html"},
        {"Accept": "application/json;q=0.1, text/html"},
        {"If-None-Match": '"{etag}"'},
        {"If-None-Match": 'W/"{etag}", "other"'},
        {"If-None-Match": '"other"'},
    ],
)
async def test_it_answers_as_the_ordinary_way_does(town: Town, headers: dict[str, str]) -> None:
    home, etag = await _stored(town)
    app = create_app(service(town.settings))
    asked = {"Accept": "*/*"} | {name: value.replace("{etag}", etag) for name, value in headers.items()}
    answers = []
    for way in (app, Quick(app)):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(way), base_url=ORIGIN) as http:
            for path in (home, f"{home}.json", f"{home}?x=1", "/credentials/" + "a" * 22, f"{home}x"):
                found = await http.get(path, headers=asked)
                told = {name: value for name, value in found.headers.items() if name != "content-length"}
                answers.append((found.status_code, told, found.content))
    assert answers[:5] == answers[5:]
    assert answers[0][0] in (200, 304)


async def test_many_are_answered_at_once(town: Town) -> None:
    home, _ = await _stored(town)
    app = Quick(create_app(service(town.settings)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN) as http:
        for _ in range(3):
            paths = [home, "/credentials/" + "a" * 22] * 40
            answers = await asyncio.gather(*(http.get(path) for path in paths))
            assert [each.status_code for each in answers] == [200, 404] * 40


async def test_without_a_database_the_ordinary_way_says_what_is_wrong(town: Town) -> None:
    gone = town.settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:1/none"})
    app = Quick(create_app(service(gone)))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as http:
        answer = await http.get("/credentials/" + "a" * 22)
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
