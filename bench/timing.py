"""Rates as medians, so that a noisy machine spoils one round and not the figure."""

import statistics
import time
from collections.abc import Awaitable, Callable


async def rate(work: Callable[[], Awaitable[int]], rounds: int = 3) -> float:
    """Things per second of `work`, which answers how many it did: the median of some rounds."""
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        done = await work()
        found.append(done / (time.perf_counter() - started))
    return statistics.median(found)


def rate_of(work: Callable[[], object], seconds: float = 1.0, rounds: int = 3) -> float:
    """Calls per second of `work`: the median of some rounds of `seconds` each."""
    return statistics.median(_calls(work, seconds) / seconds for _ in range(rounds))


def _calls(work: Callable[[], object], seconds: float) -> int:
    calls, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        work()
        calls += 1
    return calls
