"""What goes wrong in a city, in an order drawn from a seed: the same seed, the same faults."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from random import Random

from .postoffice import MOODS

SERVICES = ("catalogue", "badges", "pathways", "notify")
WORKER = "badges' worker"
LINKS = (*(f"{name}-{server}" for name in SERVICES for server in ("postgres", "nats")), "notify-smtp")
# What may be struck by each kind of fault.
TARGETS: dict[str, tuple[str, ...]] = {
    "kill": (*SERVICES, "nats", "postgres", "caddy", WORKER),
    "kill a service": SERVICES,
    "stop": (*SERVICES, "nats", "postgres"),
    "cut": LINKS,
    "stall": LINKS,
    "restart at once": ("postgres",),
    "wipe": ("nats",),
    "fill the disk": ("postgres",),
    "mail server": MOODS,
    "mail server again": MOODS,
    "clock ahead": SERVICES,
    "clock behind": SERVICES,
}
AT_ONCE = frozenset({"kill", "kill a service", "restart at once", "wipe"})


@dataclass(frozen=True)
class Fault:
    """Something goes wrong `at` so many seconds after the start, and stays so for `seconds`."""

    at: float
    kind: str
    target: str
    seconds: float

    def __str__(self) -> str:
        lasting = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.at:6.1f} s  {self.kind}: {self.target}{lasting}"


def drawn(seed: int, gap: tuple[float, float], lasting: tuple[float, float]) -> Iterator[Fault]:
    """Faults without end, round after round: in each one of every kind, in an order of its own.

    `gap` is the seconds from one's beginning to the next, `lasting` how long one stays, least and most.
    """
    random, at = Random(seed), 0.0
    for _ in count():
        for kind in random.sample(list(TARGETS), len(TARGETS)):
            at += random.uniform(*gap)
            target, seconds = random.choice(TARGETS[kind]), random.uniform(*lasting)
            yield Fault(round(at, 2), kind, target, 0.0 if kind in AT_ONCE else round(seconds, 2))
