"""Work on hostile input is killed on its time limit, and the next piece finds a new worker."""

import asyncio
import itertools
import math
import time

import pytest

from services.badges import rdfc
from services.badges.sandbox import Sandbox, TooLong


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox(workers=1, seconds=0.5)


def for_ever() -> None:
    for _ in itertools.count():
        pass


def a_lot_of_memory() -> int:
    return len(bytearray(4 << 30))


async def test_work_that_takes_too_long_is_killed_and_the_next_is_done(sandbox: Sandbox) -> None:
    assert await sandbox.run(math.factorial, 5) == 120
    started = time.monotonic()
    with pytest.raises(TooLong):
        await sandbox.run(for_ever)
    assert time.monotonic() - started < 2
    assert await sandbox.run(math.factorial, 5) == 120


async def test_what_the_work_raises_is_raised(sandbox: Sandbox) -> None:
    with pytest.raises(ZeroDivisionError):
        await sandbox.run(divmod, 1, 0)


async def test_work_that_takes_too_much_memory_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises((MemoryError, TooLong)):
        await sandbox.run(a_lot_of_memory)


async def test_many_pieces_at_once_wait_for_their_turn(sandbox: Sandbox) -> None:
    found = await asyncio.gather(*(sandbox.run(math.factorial, number) for number in range(6)))
    assert found == [math.factorial(number) for number in range(6)]


async def test_a_poison_graph_is_refused(sandbox: Sandbox) -> None:
    pairs = itertools.permutations(range(10), 2)
    clique = [(f"_:n{one}", "<urn:p>", f"_:n{other}", "") for one, other in pairs]
    with pytest.raises((rdfc.TooComplex, TooLong)):
        await sandbox.run(rdfc.canonical, clique)
