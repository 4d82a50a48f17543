"""What a run was and what came of it: printed, and kept in a file."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .nemesis import Nemesis


@dataclass(frozen=True)
class Run:
    """A run by what makes it the same again; without `minutes` it is the short form."""

    seed: int
    minutes: float | None

    @property
    def again(self) -> str:
        """The command that repeats it."""
        if self.minutes:
            return f"make chaos MINUTES={self.minutes:g} SEED={self.seed}"
        return f"SEED={self.seed} make test ARGS='-n 0 -s tests/chaos'"

    @property
    def name(self) -> str:
        """The name of its report."""
        return f"seed-{self.seed}{f'-{self.minutes:g}-minutes' if self.minutes else ''}.txt"


class Times:
    """How long each part of a run took, seconds."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self.parts: dict[str, float] = {}

    def note(self, part: str) -> None:
        """That part has ended."""
        now = time.monotonic()
        self.parts[part], self._last = round(now - self._last, 1), now


@dataclass
class Report:
    """Filled in as it becomes known."""

    run: Run
    nemesis: Nemesis
    times: Times
    counts: dict[str, object] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        struck = self.nemesis.struck
        yield f"chaos with seed {self.run.seed}, repeated by: {self.run.again}"
        yield from ("", f"{len(struck)} faults", *(f"  {each}" for each in struck))
        yield from ("", "how many of each kind", *table(dict(sorted(self.nemesis.counts.items()))))
        yield from ("", "programs started again", *table(self.restarts))
        yield from ("", "seconds until", *table(self.times.parts))
        yield from ("", "counts", *table(self.counts), "")
        yield from (f"WRONG  {each}" for each in self.wrong)
        if not self.wrong:
            yield "nothing was lost, and nothing happened twice"

    def write(self, place: Path) -> Path:
        """Keep it; answers where."""
        place.mkdir(parents=True, exist_ok=True)
        path = place / self.run.name
        path.write_text(str(self))
        return path


def table(values: dict[str, object] | dict[str, int] | dict[str, float]) -> Iterator[str]:
    """One a line."""
    return (f"  {what}: {value}" for what, value in values.items())
