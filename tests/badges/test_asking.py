"""The city's own addresses are answered by its own routes; every other host is asked over the network."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services.badges.asking import Ask, own_first
from services.badges.fetching import CannotFetch, Fetched


async def _here(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"here: {request.url.path}?{request.url.query}")


async def _broken(_request: Request) -> PlainTextResponse:
    raise RuntimeError


async def _elsewhere(url: str) -> Fetched:
    return Fetched(200, f"elsewhere: {url}".encode())


@pytest.fixture
def ask() -> Ask:
    app = Starlette(routes=[Route("/broken", _broken), Route("/status/{rest:path}", _here)])
    return own_first(app, "http://localhost:8080", _elsewhere)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_an_address_of_the_city_is_answered_here(ask: Ask, scheme: str) -> None:
    answer = await ask(f"{scheme}://localhost:8080/status/1?a=b#list")
    assert answer == Fetched(200, b"here: /status/1?a=b", "text/plain")
    assert (await ask(f"{scheme}://localhost:8080/nothing")).status == 404
    assert (await ask(f"{scheme}://localhost:8080/broken")).status == 500


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/status/1",
        "https://localhost:8080.evil.example/status/1",
        "https://localhost:8080@evil.example/status/1",
        "ftp://localhost:8080/status/1",
        "//localhost:8080/status/1",
    ],
)
async def test_every_other_address_is_not(ask: Ask, url: str) -> None:
    assert (await ask(url)).body.startswith(b"elsewhere")


async def test_what_is_no_address_is_refused(ask: Ask) -> None:
    with pytest.raises(CannotFetch):
        await ask("https://[::1")
