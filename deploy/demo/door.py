"""How the demo speaks to the city: over HTTP, through its door, as the people in it would."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx

from ..commands.token import Mint

AT_ONCE = 8  # requests in flight
PATIENCE = 30.0  # seconds a request is repeated while its service is away or has not heard the news yet
PAUSE = 0.05
AWAY = (502, 503, 504)
T = TypeVar("T")
R = TypeVar("R")


class Refused(Exception):
    """The city answered something else than the demo asked for; the message quotes it."""

    def __init__(self, method: str, path: str, answer: httpx.Response) -> None:
        super().__init__(f"{method} {path} was answered {answer.status_code}: {answer.text[:500]}")
        self.status = answer.status_code


class Door:
    """The city's one door. Every write carries an Idempotency-Key, so that repeating it is safe."""

    def __init__(self, public_url: str, mint: Mint, client: httpx.AsyncClient) -> None:
        self.public_url, self.mint = public_url, mint
        self._client = client

    async def fetch(self, url: str, token: str | None = None) -> httpx.Response:
        """What stands at an address of the city, given as a path or whole. Raises Refused."""
        return await self._send("GET", url.removeprefix(self.public_url), token, None, ())

    async def ask(self, path: str, token: str | None = None) -> Any:
        """The JSON at a path. Raises Refused."""
        return (await self.fetch(path, token)).json()

    async def post(self, path: str, token: str | None, body: object = None, early: Iterable[int] = ()) -> Any:
        """The JSON answer to a POST. Statuses in `early` mean that news must first arrive there: try again.

        Raises Refused.
        """
        answer = await self._send("POST", path, token, body, tuple(early))
        return answer.json() if answer.content else None

    async def _send(
        self, method: str, path: str, token: str | None, body: object, early: tuple[int, ...]
    ) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE
        key = str(uuid4())
        while True:
            answer = await self._try(method, path, token, body, key)
            if answer is not None and answer.is_success:
                return answer
            patient = answer is None or answer.status_code in (*AWAY, *early)
            if not patient or time.monotonic() > deadline:
                raise Refused(method, path, answer or httpx.Response(503, text="nobody answers"))
            if answer is not None and answer.status_code in early:
                key = str(uuid4())  # the refusal itself was the answer to the old one
            await asyncio.sleep(PAUSE)

    async def _try(
        self, method: str, path: str, token: str | None, body: object, key: str
    ) -> httpx.Response | None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if method != "GET":
            headers["Idempotency-Key"] = key
        try:
            return await self._client.request(method, self.public_url + path, headers=headers, json=body)
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

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(thing)) for thing in things]
    return [task.result() for task in tasks]


def id_of(answer: Any) -> UUID:
    """The `id` of something that was made."""
    return UUID(answer["id"])
