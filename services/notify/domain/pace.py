"""When a letter may leave: not in quiet hours, and no faster than the mail servers it goes to want it."""

import re
from dataclasses import dataclass, field
from datetime import time

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
BURST = 1.0
"""Seconds of missed turns that a domain's letters may make up for at once. Nobody waits for a slow domain
with letters to others in hand: a letter whose turn comes later goes back to the queue."""

MOST_DOMAINS = 10_000  # remembered; those that have no turns to wait for are forgotten then


class BadHours(ValueError):
    """Write quiet hours as HH:MM-HH:MM."""


@dataclass(frozen=True)
class Quiet:
    """Hours of the day in which letters wait; they may go over midnight."""

    start: time
    end: time

    @classmethod
    def read(cls, text: str) -> "Quiet":
        """From `22:00-07:00`. Raises BadHours."""
        found = _HOURS.fullmatch(text)
        if not found or found[1] + found[2] == found[3] + found[4]:
            raise BadHours("write quiet hours as HH:MM-HH:MM, two different times")
        return cls(time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4])))

    def at(self, moment: time) -> bool:
        """Whether this time of day is among them."""
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


@dataclass
class _Turns:
    """The turns of one domain: when the next letter may leave, and until when turns were promised."""

    next: float = 0
    promised: float = 0


@dataclass
class Pace:
    """Turns of letters, so many a second in all and to each domain. Moments are seconds of a steady clock."""

    _all: float = 0
    _domains: dict[str, _Turns] = field(default_factory=dict)

    def turn(
        self, now: float, rate: float | None, domain: str, to_domain: float | None, *, urgent: bool = False
    ) -> tuple[bool, float]:
        """Whether a letter to this domain may leave, and in how many seconds that is.

        At most `rate` letters leave a second, and `to_domain` to this one, or as many as it has missed in the
        last second. A letter that may not shall ask again in so many seconds. An urgent one always may.
        """
        wait = 0.0
        if to_domain:
            turns = self._turns(domain, now)
            turns.next = max(turns.next, now - BURST)
            if turns.next > now and not urgent:
                turns.promised = max(turns.promised, turns.next) + 1 / to_domain
                return False, turns.promised - now
            turns.next += 1 / to_domain
        if rate:
            wait = max(wait, self._all - now)
            self._all = now + wait + 1 / rate
        return True, wait

    def _turns(self, domain: str, now: float) -> _Turns:
        if len(self._domains) > MOST_DOMAINS:
            late = {name: turns for name, turns in self._domains.items() if turns.next > now - BURST}
            self._domains = late
        return self._domains.setdefault(domain, _Turns())
