"""Who kills: one process of the city after another, by SIGKILL, at moments drawn from a seed."""

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path
from random import Random

from deploy.onemachine import state

VICTIMS = ("catalogue", "badges", "pathways", "notify", "nats", "postgres")


class Nemesis:
    """Kills `kills` times: every victim once in an order of its own, then whom it likes."""

    def __init__(self, directory: Path, seed: int, kills: int, pause: tuple[float, float]) -> None:
        self._directory, self._random, self._pause = directory, Random(seed), pause
        first = self._random.sample(VICTIMS, len(VICTIMS))
        self._order = (first + self._random.choices(VICTIMS, k=kills))[:kills]
        self.killed: Counter[str] = Counter()

    async def rage(self) -> None:
        """Kill them all, with pauses of so many seconds in between."""
        for victim in self._order:
            await asyncio.sleep(self._random.uniform(*self._pause))
            await self._kill(victim)

    async def _kill(self, victim: str) -> None:
        """Kill the victim, once it is there to be killed."""
        while True:
            running = state.read(self._directory)
            if running and victim in running.children:
                try:
                    os.kill(running.children[victim].pid, signal.SIGKILL)
                except ProcessLookupError:
                    await asyncio.sleep(0.1)  # dead already; its supervisor is about to say its new number
                    continue
                self.killed[victim] += 1
                return
            await asyncio.sleep(0.1)
