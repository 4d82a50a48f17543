"""`/verify` as anybody uses it: without an account, by file, text or address, and with hostile input."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.badges import BadgeAwarded
from services.badges.app import service
from services.badges.baking import bake
from services.badges.domain.verdicts import LINES, RESULTS, SENTENCES
from services.badges.usecases.achievements import PICTURES
from services.badges.verifying import Result, Verdict
from services.chassis.app import create_app
from services.chassis.testing import Keyring, client_of
from tests.badges.foreign import badge, svg
from tests.badges.issuing_elsewhere import with_proof
from tests.badges.service.town import ADDRESS, ORGANISATION, Facts, Town

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
async def http(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(service(town.settings))) as client:
        yield client


async def verified(http: httpx.AsyncClient, content: bytes | None = None, **form: str) -> dict[str, Any]:
    files = {"file": ("badge", content)} if content is not None else None
    answer = await http.post("/verify", data=form, files=files)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def awarded(town: Town, http: httpx.AsyncClient) -> dict[str, Any]:
    """A badge of this city, as its holder sees it."""
    await town.hear(*Facts().all())
    await town.work()
    await town.work(PICTURES)
    (told,) = await town.told(BadgeAwarded)
    found: dict[str, Any] = (await http.get(told["claim"], headers={"Accept": "application/json"})).json()
    return found


async def test_a_badge_of_the_city_is_verified_from_the_database_until_it_is_withdrawn(
    town: Town, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    held = await awarded(town, http)
    picture = (await http.get(held["credential_png"])).content
    for found in (
        await verified(http, picture, address=ADDRESS),
        await verified(http, url=held["credential"], address=ADDRESS),
        await verified(http, text=held["credential"], address=ADDRESS),
    ):
        assert found["outcome"] == "valid", found
        assert [check["name"] for check in found["checks"]] == [each for each in LINES if each != "refresh"]
        assert all(check["result"] == "passed" and check["reason"] for check in found["checks"])
        assert found["badge"]["issuer_name"] == "Nuorten Ääni"
    other = await verified(http, picture, address="b@example.org")
    assert other["checks"][-1]["reason"].startswith("no")
    revoke = f"/awards/{held['award']}/revoke"
    issuer = keyring.headers(roles={ORGANISATION: ["issuer"]})
    assert (await http.post(revoke, json={"reason": "a mistake"}, headers=issuer)).status_code == 200
    await town.work()
    assert (await verified(http, picture))["outcome"] == "withdrawn"


FORMS = ("credential", "credential_jwt", "credential_png", "credential_svg")


async def test_a_badge_of_the_city_is_valid_in_every_form(town: Town, http: httpx.AsyncClient) -> None:
    held = await awarded(town, http)
    addresses = [held[form] for form in FORMS]
    addresses += [f"{held['credential_jwt']}?algorithm=RS256", f"{held['credential_png']}?proof=jwt"]
    for url in (*addresses, f"{held['credential_svg']}?proof=jwt"):
        content = (await http.get(url)).content
        for found in (await verified(http, content), await verified(http, url=url)):
            assert found["outcome"] == "valid", (url, found)


async def test_the_page_shows_the_checklist_without_javascript(http: httpx.AsyncClient) -> None:
    page = await http.get("/verify")
    assert (page.status_code, "<script" in page.text) == (200, False)
    for field in ("file", "text", "url", "address"):
        assert f'name="{field}"' in page.text
    assert "form-action 'self'" in page.headers["content-security-policy"]
    document = with_proof(badge(name="<b>Bold</b>"))
    files = {"file": ("", b"")}
    answer = await http.post(
        "/verify", data={"text": orjson.dumps(document).decode()}, files=files, headers=HTML
    )
    assert SENTENCES["valid"] in answer.text
    assert answer.text.count("<tr") == 8
    assert "<b>Bold" not in answer.text
    nothing = await http.post("/verify", files=files, headers=HTML)
    assert (nothing.status_code, "exactly one" in nothing.text) == (422, True)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"text": " "},
        {"text": "a", "url": "https://a.example"},
        {"url": "ftp://a"},
        {"url": "https://" + "a" * 3000},
    ],
)
async def test_exactly_one_thing_is_verified(http: httpx.AsyncClient, form: dict[str, str]) -> None:
    answer = await http.post("/verify", data=form)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["field"].startswith("body.")


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://169.254.169.254/latest",
        "http://issuer.example/",
        "https://[::1]/",
        "https://city.test/nothing",
        "https://city.test/verify",
    ],
)
async def test_an_address_that_leads_inside_or_nowhere_is_not_followed(
    http: httpx.AsyncClient, url: str
) -> None:
    assert (await verified(http, url=url))["outcome"] in ("cannot_check_now", "not_a_credential")


async def test_a_poison_graph_cannot_be_checked_and_holds_nobody_up(http: httpx.AsyncClient) -> None:
    twin: dict[str, Any] = {"name": "a"}
    for _ in range(3):
        twin = {"type": "VerifiableCredential", "evidence": [twin] * 7}
    document = with_proof(badge()) | {"evidence": [twin]}
    started = time.monotonic()
    found = await verified(http, orjson.dumps(document))
    assert time.monotonic() - started < 5
    checks = {check["name"]: check for check in found["checks"]}
    assert found["outcome"] == "cannot_check_now"
    assert "too many alike parts" in checks["proof"]["reason"]


async def test_a_document_made_to_take_for_ever_holds_nobody_else_up(http: httpx.AsyncClient) -> None:
    parts: dict[str, Any] = {"endorsement": [{}] * 85_000}
    slow = asyncio.create_task(verified(http, orjson.dumps(with_proof(badge()) | parts)))
    waited = 0.0
    while not slow.done():
        started = time.monotonic()
        await asyncio.wait([slow], timeout=0.05)
        waited = max(waited, time.monotonic() - started)
    assert waited < 1, "the service goes on answering"
    assert slow.result()["outcome"] == "cannot_check_now"
    assert "does not end" in slow.result()["checks"][1]["reason"]


SIGNED = orjson.dumps(with_proof(badge()))
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c63600000000200015d0b2ab40000000049454e44ae426082"
)
CARRIERS = (
    SIGNED,
    bake(PNG, SIGNED),
    svg(SIGNED.decode()),
    b"eyJhbGciOiJub25lIn0.e30.AA",
    b"https://a.example/",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = sorted({*badge(), "proof", "credentialStatus", "endorsement", "endorsementJwt", "issuanceDate"})


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A badge in some form with a few bytes changed, cut or doubled."""
    content = bytearray(draw(st.sampled_from(CARRIERS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        content[at : at + draw(st.integers(0, 20))] = draw(st.binary(max_size=8))
    return bytes(content)


@st.composite
def odd(draw: st.DrawFn) -> bytes:
    """A badge in which members are something else."""
    document = badge() | with_proof(badge())
    for name in draw(st.lists(st.sampled_from(MEMBERS), min_size=1, max_size=3)):
        document[name] = draw(JSON)
    return json.dumps(document).encode()


CONTENT = st.binary(max_size=200) | mangled() | odd()


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=CONTENT)
async def test_nothing_that_is_handed_in_breaks_it_or_holds_it_up(
    http: httpx.AsyncClient, content: bytes
) -> None:
    started = time.monotonic()
    answer = await http.post("/verify", files={"file": ("badge", content)})
    assert answer.status_code in (200, 422), answer.text
    assert time.monotonic() - started < 5


def test_every_outcome_line_and_result_has_its_words() -> None:
    assert set(SENTENCES) == set(Verdict)
    assert set(RESULTS) == set(Result)
    assert all(itertools.chain(SENTENCES.values(), LINES.values(), RESULTS.values()))
