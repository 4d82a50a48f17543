"""What becomes of a delivery after each attempt: a schedule and an answer decide, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["due", "sending", "delivered", "failed"]

GONE = 410
THROTTLING = frozenset({429, 502, 504})
LONGEST_HOLD = 3600.0  # seconds; whatever Retry-After asks for
FIRST_HOLD = 5.0  # seconds, after an answer that says: slower
MOST_HELD_BY_FAILURE = 60.0  # seconds an endpoint rests that says so without saying how long
JITTER = 0.2  # of a delay, at most, and always later: retries of many events shall not come at once
FAILURES_IN_A_ROW = 4  # from then on one request at a time asks whether the endpoint is back
BETWEEN_PROBES = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt: a status, or why there is none. `retry_after` in seconds."""

    status: int | None
    error: str | None = None
    retry_after: float | None = None

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it: any 2xx. A redirection is a failure and is never followed."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the receiver wants nothing more, ever."""
        return self.status == GONE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the delivery, after how many seconds it is tried again, and how long its subscription
    rests."""

    state: State
    delay: float = 0.0
    hold: float = 0.0


def verdict(answer: Answer, tries: int, schedule: Sequence[float], chance: float) -> Verdict:
    """What follows from an answer to try number `tries` (from 1).

    `schedule` holds the seconds before each try, the first one's too; `chance` is random, from 0 to 1.
    """
    if answer.delivered:
        return Verdict("delivered")
    if tries >= len(schedule):
        return Verdict("failed", hold=_hold(answer, FIRST_HOLD))
    delay = schedule[tries] * (1 + JITTER * chance)
    return Verdict("due", max(delay, _asked(answer)), _hold(answer, delay))


def _asked(answer: Answer) -> float:
    return min(max(answer.retry_after or 0.0, 0.0), LONGEST_HOLD)


def _hold(answer: Answer, delay: float) -> float:
    asked = _asked(answer)
    if answer.status in THROTTLING or (asked and answer.status == 503):
        return asked or min(max(delay, 0.0), MOST_HELD_BY_FAILURE)
    return 0.0
