"""How the demo speaks to the city: over HTTP, through its door, as the people in it would."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx

from ..commands.token import Mint

AT_ONCE = 8  # requests in flight
PATIENCE = 60.0  # seconds a request is repeated while its service is away or has not heard the news yet
PAUSE = 0.05
AWAY = (502, 503, 504)
T = TypeVar("T")
R = TypeVar("R")


class Refused(Exception):
    """The city answered something else than the demo asked for; the message quotes it."""


@dataclass(frozen=True)
class Call:
    """A request. Statuses in `early` mean that news must first arrive there: it is asked again.

    What is not `repeatable` carries no Idempotency-Key: its answer holds a secret, which nobody keeps.
    """

    method: str
    path: str
    token: str | None = None
    body: object = None
    early: tuple[int, ...] = ()
    accept: str = "*/*"
    repeatable: bool = True
    key: str = field(default_factory=lambda: str(uuid4()))

    def headers(self, attempt: int) -> dict[str, str]:
        """Every write can be repeated safely; a refusal that may pass must not be what is repeated."""
        headers = {"Accept": self.accept}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.method != "GET" and self.repeatable:
            headers["Idempotency-Key"] = f"{self.key}-{attempt}"
        return headers


class Door:
    """The city's one door."""

    def __init__(self, public_url: str, mint: Mint, client: httpx.AsyncClient) -> None:
        self.public_url, self.mint = public_url, mint
        self._client = client

    async def fetch(
        self, url: str, token: str | None = None, early: Iterable[int] = (), accept: str = "*/*"
    ) -> httpx.Response:
        """What stands at an address of the city, given as a path or whole. Raises Refused."""
        path = url.removeprefix(self.public_url)
        return await self._answer(Call("GET", path, token, early=tuple(early), accept=accept))

    async def ask(self, path: str, token: str | None = None) -> Any:
        """The JSON at a path. Raises Refused."""
        return (await self.fetch(path, token, accept="application/json")).json()

    async def post(
        self, path: str, token: str | None = None, body: object = None, early: Iterable[int] = ()
    ) -> Any:
        """The JSON answer to a POST. Raises Refused."""
        answer = await self._answer(Call("POST", path, token, body, tuple(early)))
        return answer.json() if answer.content else None

    async def sign_in(self, path: str, body: object = None) -> Any:
        """The JSON answer to a step of signing in. Raises Refused."""
        return (await self._answer(Call("POST", path, body=body, repeatable=False))).json()

    async def _answer(self, call: Call) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE
        attempt = 0
        while True:
            answer = await self._try(call, attempt)
            if answer is not None and answer.is_success:
                return answer
            early = answer is not None and answer.status_code in call.early
            away = answer is None or answer.status_code in AWAY
            if not (early or away) or time.monotonic() > deadline:
                told = "by nobody" if answer is None else f"{answer.status_code}: {answer.text[:500]}"
                raise Refused(f"{call.method} {call.path} was answered {told}")
            attempt += early
            await asyncio.sleep(PAUSE)

    async def _try(self, call: Call, attempt: int) -> httpx.Response | None:
        url, headers = self.public_url + call.path, call.headers(attempt)
        try:
            return await self._client.request(call.method, url, headers=headers, json=call.body)
        except httpx.TransportError:
            return None


def client() -> httpx.AsyncClient:
    """A client for `Door`; close it after use."""
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    return httpx.AsyncClient(limits=limits, timeout=30, follow_redirects=False, trust_env=False)


async def each(work: Callable[[T], Awaitable[R]], things: Iterable[T]) -> list[R]:
    """Do `work` for every thing, several at once; the results in the things' order."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(thing: T) -> R:
        async with room:
            return await work(thing)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(thing)) for thing in things]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None  # the others were stopped because of it
    return [task.result() for task in tasks]


def id_of(answer: Any) -> UUID:
    """The `id` of something that was made."""
    return UUID(answer["id"])
