"""A running city of processes, with a hand on everything between them."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from deploy.onemachine import child, state
from deploy.onemachine.mailstore import MailStore

from .city import Order
from .faults import LINKS, SERVICES
from .links import Link, Where, listening
from .postoffice import PostOffice, open_office
from .strikes import Hands

START = 90.0  # seconds


@asynccontextmanager
async def troubled_city(folder: Path) -> AsyncIterator[Hands]:
    """The city, healthy, with its data in `folder`; it ends with the block."""
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(open_office())
        links = {name: Link(_to(name, folder, office)) for name in LINKS}
        for link in links.values():
            await stack.enter_async_context(listening(link))
        url = f"http://localhost:{child.free_port()}"
        order = Order(str(folder), url, {name: link.port for name, link in links.items()})
        for service in SERVICES:
            order.clock(service).write_bytes(bytes(8))
        await stack.enter_async_context(_running(order))
        office.store = MailStore(order.directory / "mail" / "letters.sqlite")
        yield Hands(order, links, office)


def _to(name: str, folder: Path, office: PostOffice) -> Where:
    """Where a link leads, once that is there."""
    part = name.partition("-")[2]
    if part == "smtp":
        return lambda: f"127.0.0.1:{office.port}"

    def known() -> str:
        running = state.read_last(folder / "city")
        if running is None:
            raise ConnectionRefusedError(f"{part} is not there yet")
        return running.addresses[part]

    return known


@asynccontextmanager
async def _running(order: Order) -> AsyncIterator[None]:
    process = _start(order)
    try:
        await _healthy(process, order)
        yield
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 60)


def _start(order: Order) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-u", "-m", "tests.chaos.city", order.to_json()]
    Path(order.folder).chmod(0o711)  # PostgreSQL may run as somebody else
    with order.log.open("wb") as out:
        return subprocess.Popen(command, stdout=out, stderr=out)


async def _healthy(city: subprocess.Popen[bytes], order: Order) -> None:
    deadline = time.monotonic() + START
    while "is healthy" not in (said := _said(order)):
        assert city.poll() is None, said
        assert time.monotonic() < deadline, said
        await asyncio.sleep(0.1)  # the supervisor says so in its log only


def _said(order: Order) -> str:
    return order.log.read_text()


def restarts(order: Order) -> dict[str, int]:
    """How often each program was started again."""
    running = state.read(order.directory)
    assert running is not None, "the city itself has ended"
    return {name: each.restarts for name, each in running.children.items() if each.restarts}
