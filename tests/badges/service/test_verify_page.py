"""The page at `/verify`: in the reader's language, without scripts, and not asked too often."""

import logging
from collections.abc import AsyncIterator
from html.parser import HTMLParser

import httpx
import orjson
import pytest

from services.badges.app import service
from services.badges.domain.verdicts import LANGUAGES, language_for
from services.badges.verifying import Result, Verdict
from services.chassis.app import create_app
from services.chassis.testing import client_of
from tests.badges.foreign import ADDRESS, badge
from tests.badges.issuing_elsewhere import with_proof
from tests.badges.service.town import Town

HTML = {"Accept": "text/html"}


@pytest.fixture
async def http(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(service(town.settings))) as client:
        yield client


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_word(language: str) -> None:
    words, english = LANGUAGES[language], LANGUAGES["en"]
    assert list(words.sentences) == list(Verdict)
    assert list(words.results) == list(Result)
    for name in ("sentences", "lines", "results", "page"):
        assert list(getattr(words, name)) == list(getattr(english, name))
        assert all(each.strip() for each in getattr(words, name).values())
    assert len(set(words.sentences.values())) == len(Verdict), "outcomes are kept apart"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("nl-BE,nl;q=0.9,en;q=0.8", "nl"),
        ("tr, de;q=0.3, fi;q=0.7", "fi"),
        ("en;q=0, lt;q=x, fr;q=0.1", "fr"),
        ("*", "en"),
        ("", "en"),
        (",;q=,;;", "en"),
    ],
)
def test_the_language_is_the_one_liked_best_that_it_speaks(header: str, language: str) -> None:
    assert language_for(header) == language


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_speaks_the_readers_language_and_says_what_is_english(
    http: httpx.AsyncClient, language: str
) -> None:
    words = LANGUAGES[language]
    headers = HTML | {"Accept-Language": f"{language}-XX, tr"}
    form = {"text": orjson.dumps(with_proof(badge())).decode()}
    answer = await http.post("/verify", data=form, headers=headers)
    assert (answer.headers["content-language"], f'<html lang="{language}">' in answer.text) == (
        language,
        True,
    )
    assert "Accept-Language" in answer.headers["vary"]
    assert words.sentences["valid"] in answer.text
    assert words.page["verify"] in (await http.get("/verify", headers=headers)).text
    assert ('class="why" lang="en"' in answer.text) is (language != "en")


class Fields(HTMLParser):
    """What a keyboard and a screen reader find: fields with their labels, headings, tables, scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: set[str] = set()
        self.labelled: set[str] = set()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if tag in ("input", "textarea"):
            self.fields.add(found.get("id") or "")
        if tag == "label":
            self.labelled.add(found.get("for") or "")
        assert not [name for name in found if name.startswith("on")], "nothing needs a script"


async def test_every_field_has_its_label_and_nothing_needs_a_script(http: httpx.AsyncClient) -> None:
    form = {"text": orjson.dumps(with_proof(badge())).decode(), "address": ADDRESS}
    for answer in (await http.get("/verify"), await http.post("/verify", data=form, headers=HTML)):
        page = Fields()
        page.feed(answer.text)
        assert page.fields == page.labelled == {"file", "text", "url", "address"}
        assert (page.tags.count("h1"), page.tags.count("main"), "script" in page.tags) == (1, 1, False)
        assert "capture" not in answer.text, "no camera"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_an_address_stands_in_no_url_no_log_and_no_answer(
    http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    asked = await http.get("/verify", params={"address": ADDRESS, "text": "a"})
    assert ADDRESS not in asked.text, "GET takes nothing"
    form = {"text": orjson.dumps(with_proof(badge())).decode(), "address": f" {ADDRESS} "}
    for headers in (HTML, {"Accept": "application/json"}):
        answer = await http.post("/verify", data=form, headers=headers)
        assert "yes: it was awarded" in answer.text
        assert ADDRESS not in answer.text
    ours = [each.getMessage() for each in caplog.records if not each.name.startswith(("httpx", "httpcore"))]
    assert not [each for each in ours if ADDRESS in each]


async def test_a_client_that_asks_too_often_is_told_when_to_come_back(town: Town) -> None:
    settings = town.settings.model_copy(update={"verify_per_minute": 3})
    async with client_of(create_app(service(settings))) as http:
        assert (await http.get("/verify")).status_code == 200
        for _ in range(2):
            assert (await http.post("/verify", data={"text": "a"})).status_code == 200
        late = await http.post("/verify", data={"text": "a"})
        assert (late.status_code, late.json()["type"]) == (
            429,
            "urn:cities-of-learning:problem:too-many-requests",
        )
        assert 1 <= int(late.headers["retry-after"]) <= 20
        page = await http.get("/verify", headers=HTML)
        assert (page.status_code, 'role="alert"' in page.text) == (429, True)
        assert page.headers["retry-after"]


async def test_whoever_sends_what_has_to_be_killed_soon_has_to_wait(town: Town) -> None:
    settings = town.settings.model_copy(update={"verify_per_minute": 20})
    poison = orjson.dumps(with_proof(badge()) | {"endorsement": [{}] * 85_000})
    async with client_of(create_app(service(settings))) as http:
        killed = await http.post("/verify", files={"file": ("badge", poison)})
        assert killed.json()["outcome"] == "cannot_check_now"
        assert (await http.get("/verify")).status_code == 429
