"""Brings the faults about at their times, some at once, and writes down what came of each."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from .faults import Fault
from .strikes import STRIKES, CannotBeMade, Hands


@dataclass
class Struck:
    """A fault as it really came: when it began and ended, in seconds after the start, and what it did."""

    fault: Fault
    began: float
    ended: float = 0.0
    note: str = ""
    skipped: bool = False

    def __str__(self) -> str:
        return f"{self.fault}  [{self.began:.1f} to {self.ended:.1f} s] {self.note}".rstrip()


@dataclass
class Nemesis:
    """What it has done."""

    hands: Hands
    struck: list[Struck] = field(default_factory=list)
    over: bool = False
    _started: float = 0.0

    @property
    def counts(self) -> Counter[str]:
        """How many faults there were of each kind."""
        return Counter(each.fault.kind for each in self.struck if not each.skipped)

    def times(self, *targets: str) -> int:
        """How many faults struck one of these."""
        return sum(each.fault.target in targets for each in self.struck if not each.skipped)

    async def rage(self, faults: Iterator[Fault], until: float) -> None:
        """Strike while faults are planned to begin before `until` (seconds); returns when all are over."""
        self._started = time.monotonic()
        try:
            async with asyncio.TaskGroup() as group:
                for fault in faults:
                    if fault.at >= until:
                        break
                    await asyncio.sleep(max(0.0, fault.at - self._now()))
                    group.create_task(self._strike(fault))
        finally:
            self.over = True

    def _now(self) -> float:
        return time.monotonic() - self._started

    async def _strike(self, fault: Fault) -> None:
        done = Struck(fault, self._now())
        self.struck.append(done)
        print(fault, flush=True)
        try:
            async with STRIKES[fault.kind](self.hands, fault.target) as done.note:
                await asyncio.sleep(fault.seconds)
        except CannotBeMade as why:
            done.note, done.skipped = f"skipped: {why}", True
            print(f"          {done.note}")
        done.ended = self._now()
