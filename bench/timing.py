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


def processor_rate(
    work: Callable[[], object], seconds: float = 1.0, rounds: int = 3, calls: int = 8
) -> float:
    """Calls per second of processor time: what one core of its own would do, however busy the machine is.

    The clock is looked at after every so many `calls`.
    """
    return statistics.median(_processor_calls(work, seconds, calls) for _ in range(rounds))


def medians(
    ours: Callable[[], float], theirs: Callable[[], float], rounds: int = 3
) -> tuple[float, float, float]:
    """Both rates, taken in turns, and their ratio: the median of some rounds of each."""
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    ratios = [mine / other for mine, other in pairs]
    middle = statistics.median
    return middle(mine for mine, _ in pairs), middle(other for _, other in pairs), middle(ratios)


def _processor_calls(work: Callable[[], object], seconds: float, at_once: int) -> float:
    work()
    calls, started = 0, time.process_time()
    while time.process_time() < started + seconds:
        for _ in range(at_once):
            work()
        calls += at_once
    return calls / (time.process_time() - started)
