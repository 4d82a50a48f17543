"""Summaries for organisers, and letters to look at before anybody gets one."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import httpx
import pytest

from services.chassis.testing import Keyring
from services.notify.previews import CASES, KINDS
from services.notify.usecases import digests
from services.notify.writing import languages

from .conftest import City

READER = {"address": "boss@example.org", "language": "de"}


async def summed_up(city: City, days: float) -> int:
    """Write the summaries that are due after so many days; answers how many organisations had one due."""
    written = 0
    while True:
        async with city.database.transaction() as session:
            now = datetime.now(UTC) + timedelta(days=days)
            if not await digests.write_due(session, now, city.settings):
                return written
        written += 1


async def test_an_owner_has_a_summary_sent_once_a_day_of_what_happened(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    owner = keyring.headers(roles={city.organisation: ["owner"]})
    path = f"/letters/digests/{city.organisation}"
    assert (await http.put(path, json=READER, headers=owner)).json() == READER
    city.mail.will("RCPT", "550 nobody here")
    await city.hear(city.awarded(), city.awarded())
    await city.send()
    assert await summed_up(city, 0.9) == 0, "not before a day is over"
    assert await summed_up(city, 1.1) == 1 and await summed_up(city, 1.2) == 0
    await city.send()
    to, letter = city.mail.taken[-1]
    body = letter.get_body(("plain",))
    assert to == "boss@example.org" and letter["List-Unsubscribe"] and body
    assert all(f": {n}\n" in body.get_content().replace("\r\n", "\n") for n in (2, 1))
    assert len(city.mail.taken) == 2
    assert await summed_up(city, 2.5) == 1
    await city.send()
    assert len(city.mail.taken) == 2, "nothing happened that day"


async def test_who_unsubscribes_from_summaries_gets_no_more(
    city: City, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    owner = keyring.headers(roles={city.organisation: ["owner"]})
    await http.put(f"/letters/digests/{city.organisation}", json=READER, headers=owner)
    await city.hear(city.awarded())
    assert await summed_up(city, 1.1) == 1
    await city.send()
    path = str(city.mail.letters[-1]["List-Unsubscribe"]).strip("<>").removeprefix(city.settings.public_url)
    assert (await http.post(path)).status_code == 200
    await city.hear(city.awarded())
    assert await summed_up(city, 2.2) == 1
    await city.send()
    assert [to for to, _ in city.mail.taken].count("boss@example.org") == 1


async def test_summaries_can_be_stopped(city: City, http: httpx.AsyncClient, keyring: Keyring) -> None:
    owner = keyring.headers(roles={city.organisation: ["owner"]})
    path = f"/letters/digests/{city.organisation}"
    assert (await http.get(path, headers=owner)).status_code == 404
    bad = await http.put(path, json={"address": "nobody"}, headers=owner)
    assert bad.status_code == 422 and bad.json()["errors"][0]["field"] == "body.address"
    await http.put(path, json=READER, headers=owner)
    assert (await http.get(path, headers=owner)).json() == READER
    assert (await http.delete(path, headers=owner)).status_code == 204
    assert await summed_up(city, 5) == 0


class Frames(HTMLParser):
    """Where a page's frames lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the frame."""
        if tag == "iframe":
            self.sources.append(str(dict(attrs)["src"]))


@pytest.mark.parametrize("language", sorted(languages()))
async def test_an_operator_sees_every_kind_of_letter_in_every_case(
    city: City, http: httpx.AsyncClient, keyring: Keyring, language: str
) -> None:
    operator = keyring.headers(operator=True)
    page = await http.get("/letters/preview", params={"language": language}, headers=operator)
    frames = Frames(page.text).sources
    assert len(frames) == len(CASES) * len(KINDS)
    for source in frames:
        html = await http.get(source, headers=operator)
        plain = await http.get(source, params={"form": "text"}, headers=operator)
        assert html.status_code == plain.status_code == 200
        assert "<script" not in html.text and "onerror=" not in html.text.replace("onerror=alert(1)&gt;", "")
        assert plain.headers["content-type"].startswith("text/plain")


async def test_a_letter_that_nobody_writes_cannot_be_looked_at(
    http: httpx.AsyncClient, keyring: Keyring
) -> None:
    operator = keyring.headers(operator=True)
    for path in ("badge_awarded/xx/usual", "badge_awarded/en/nothing"):
        assert (await http.get(f"/letters/preview/{path}", headers=operator)).status_code == 404
    assert (await http.get("/letters/preview?language=xx", headers=operator)).status_code == 404
    assert (await http.get("/letters/preview/newspaper/en/usual", headers=operator)).status_code == 422
