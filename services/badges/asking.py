"""Where the service looks things up for whoever verifies: its own documents first, then the internet."""

from collections.abc import Awaitable, Callable
from functools import cache
from urllib.parse import urlsplit

import httpx
from starlette.types import ASGIApp

from .checking.worlds import Asking
from .fetching import CannotFetch, Fetched, Fetcher
from .sandbox import Sandbox

Ask = Callable[[str], Awaitable[Fetched]]


def asking(app: ASGIApp, public_url: str, allowed: str) -> Asking:
    """The world as this service sees it; `allowed` are hosts, by spaces, that need not be public."""
    return Asking(own_first(app, public_url, _fetcher(allowed).get), _sandbox())


def own_first(app: ASGIApp, public_url: str, elsewhere: Ask) -> Ask:
    """Answers for the city's own origin by the service's own routes, never over the network.

    A DID says nothing of http or https, so that both are the city's own.
    """
    own = urlsplit(public_url)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    async def ask(url: str) -> Fetched:
        try:
            parts = urlsplit(url)
        except ValueError as error:
            raise CannotFetch("it is not an address") from error
        if parts.netloc != own.netloc or parts.scheme not in ("http", "https"):
            return await elsewhere(url)
        return await _own(transport, parts._replace(scheme="", netloc="", fragment="").geturl())

    async def _own(transport: httpx.ASGITransport, path: str) -> Fetched:
        async with httpx.AsyncClient(transport=transport, base_url=public_url) as client:
            try:
                answer = await client.get(path, headers={"Accept": "application/json, image/png"})
            except (httpx.InvalidURL, httpx.HTTPError, ValueError) as error:
                raise CannotFetch("there is nothing at this address of the city") from error
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        return Fetched(answer.status_code, answer.content, media_type)

    return ask


@cache
def _fetcher(allowed: str) -> Fetcher:
    return Fetcher(allowed.split())


@cache
def _sandbox() -> Sandbox:
    return Sandbox()
