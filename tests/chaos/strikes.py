"""How each kind of fault is brought about. Each is there for the length of its block, and gone after it."""

import asyncio
import signal
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import cast

from deploy.commands import place
from deploy.commands.events import republish

from . import processes
from .city import Order
from .disk import Ballast
from .links import Link, State
from .postoffice import Mood, PostOffice

PATIENCE = 60.0  # seconds for the stream to be made anew
TOP_UP = 0.05  # seconds
MOODY = 3.0  # seconds


class CannotBeMade(Exception):
    """This machine does not allow such a fault; the message says why."""


@dataclass(frozen=True)
class Hands:
    """What can be laid hands on."""

    order: Order
    links: Mapping[str, Link]
    office: PostOffice

    async def pid(self, name: str) -> int:
        """The living process of that name."""
        return await processes.found(self.order.directory, name)


Strike = Callable[[Hands, str], AbstractAsyncContextManager[str]]


@asynccontextmanager
async def kill(hands: Hands, target: str) -> AsyncIterator[str]:
    """Kill -9; the city starts it again."""
    pid = await hands.pid(target)
    processes.send(signal.SIGKILL, pid)
    yield f"process {pid}"


@asynccontextmanager
async def restart(hands: Hands, target: str) -> AsyncIterator[str]:
    """PostgreSQL's immediate shutdown: sessions are dropped, nothing is written; it recovers as it starts."""
    pid = await hands.pid(target)
    processes.send(signal.SIGQUIT, pid)
    yield f"process {pid}"


@asynccontextmanager
async def stop(hands: Hands, target: str) -> AsyncIterator[str]:
    """Stop a process and its children where they are, and let them go on."""
    pid = await hands.pid(target)
    stopped = processes.tree(pid)
    processes.send(signal.SIGSTOP, *stopped)
    try:
        yield f"{len(stopped)} processes"
    finally:
        processes.send(signal.SIGCONT, *stopped)


@asynccontextmanager
async def cut(hands: Hands, target: str) -> AsyncIterator[str]:
    """Drop every connection there is, and each one that is made."""
    with turned(hands.links[target], "cut"):
        yield ""


@asynccontextmanager
async def stall(hands: Hands, target: str) -> AsyncIterator[str]:
    """Let no byte pass, and tell nobody."""
    with turned(hands.links[target], "stalled"):
        yield ""


@asynccontextmanager
async def wipe(hands: Hands, target: str) -> AsyncIterator[str]:
    """NATS loses its disk while it writes there; an operator publishes again what the journals have."""
    store = hands.order.directory / "nats" / "store"
    store.rename(store.with_name(f"lost-{time.monotonic_ns()}"))
    processes.send(signal.SIGKILL, await hands.pid(target))
    published = await _published_again(hands.order)
    yield f"{published} events published again"


async def _published_again(order: Order) -> int:
    """`city journal republish`, as soon as it can be done."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return sum((await republish(place.find(order.directory), None)).values())
        except Exception:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.2)


@asynccontextmanager
async def fill(hands: Hands, _target: str) -> AsyncIterator[str]:
    """Not a byte is free on PostgreSQL's disk, so nothing more goes into a journal."""
    if why := hands.order.told.read_text():
        raise CannotBeMade(why)
    ballast = Ballast(processes.supervisor(hands.order.directory), hands.order.disk)
    free = ballast.fill()
    filling = asyncio.create_task(_kept_full(ballast))
    try:
        yield f"{free >> 20} MB were free"
    finally:
        filling.cancel()
        await asyncio.gather(filling, return_exceptions=True)
        ballast.clear()


async def _kept_full(ballast: Ballast) -> None:
    """PostgreSQL gives space back when it is in need; that is taken, too."""
    while True:
        await asyncio.sleep(TOP_UP)
        ballast.fill()


@asynccontextmanager
async def ill_mail(hands: Hands, target: str) -> AsyncIterator[str]:
    """The mail server is in that mood, and a little longer where no letter has met it."""
    office, before = hands.office, hands.office.counts[target]
    office.mood = cast(Mood, target)
    try:
        yield ""
        with suppress(TimeoutError):
            async with asyncio.timeout(MOODY):
                while office.mood == target and office.counts[target] == before:
                    await asyncio.sleep(0.05)
    finally:
        if office.mood == target:
            office.mood = "well"


def clock(seconds: float) -> Strike:
    """A service's clock is so many seconds off."""

    @asynccontextmanager
    async def shifted(hands: Hands, target: str) -> AsyncIterator[str]:
        file = hands.order.clock(target)
        file.write_bytes(struct.pack("d", seconds))
        try:
            yield f"{seconds:+.0f} s"
        finally:
            file.write_bytes(struct.pack("d", 0.0))

    return shifted


@contextmanager
def turned(link: Link, state: State) -> Iterator[None]:
    """The link is in that state for the length of the block."""
    link.turn(state)
    try:
        yield
    finally:
        link.turn("open")


STRIKES: dict[str, Strike] = {
    "kill": kill,
    "kill a service": kill,
    "stop": stop,
    "cut": cut,
    "stall": stall,
    "restart at once": restart,
    "wipe": wipe,
    "fill the disk": fill,
    "mail server": ill_mail,
    "mail server again": ill_mail,
    "clock ahead": clock(300.0),
    "clock behind": clock(-300.0),
}
