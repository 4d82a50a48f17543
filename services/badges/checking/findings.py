"""What checks find, and what they say together."""

import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field

from ..verifying import Result, Verdict

LINES = ("format", "schema", "proof", "issuer", "refresh", "dates", "status", "endorsements", "recipient")
# Only for a badge that offers a newer copy, and for whoever gives an address.
_SOMETIMES = {"refresh", "recipient"}

# Which verdict counts where lines disagree: who says it outranks what it says, that outranks for how long.
_FIRST = (
    Verdict.ALTERED,
    Verdict.UNKNOWN_ISSUER,
    Verdict.WITHDRAWN,
    Verdict.NOT_YET_VALID,
    Verdict.EXPIRED,
    Verdict.NOT_A_CREDENTIAL,
    Verdict.CANNOT_CHECK_NOW,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, why, and what that makes of the badge; `details` where it looked at several."""

    result: Result
    reason: str
    verdict: Verdict = Verdict.VALID
    details: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the check found nothing wrong."""
        return self.result is Result.PASSED


def passed(reason: str, details: tuple[str, ...] = ()) -> Finding:
    """Nothing is wrong."""
    return Finding(Result.PASSED, reason, details=details)


def failed(verdict: Verdict, reason: str, details: tuple[str, ...] = ()) -> Finding:
    """Something is wrong."""
    return Finding(Result.FAILED, reason, verdict, details)


def unchecked(reason: str, verdict: Verdict = Verdict.VALID) -> Finding:
    """It was not looked at, or could not be."""
    return Finding(Result.NOT_CHECKED, reason, verdict)


def cannot_check(reason: str) -> Finding:
    """It matters, and cannot be found out now."""
    return unchecked(reason, Verdict.CANNOT_CHECK_NOW)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list, with the time that it took."""

    name: str
    finding: Finding
    milliseconds: float


@dataclass(frozen=True, slots=True)
class About:
    """What the badge says of itself. Whether that is true, the lines say."""

    name: str = ""
    issuer: str = ""
    issuer_name: str = ""
    valid_from: str = ""
    kind: str = ""


@dataclass(slots=True)
class Checklist:
    """The lines in the order of LINES, filled as the checks are made."""

    about: About = field(default_factory=About)
    found: dict[str, Line] = field(default_factory=dict)

    def add(self, name: str, finding: Finding, started: float) -> Finding:
        """Writes a line for a check that began at `started` (time.perf_counter)."""
        self.found[name] = Line(name, finding, round((time.perf_counter() - started) * 1000, 2))
        return finding

    async def check(self, name: str, work: Awaitable[Finding]) -> Finding:
        """Makes a check and writes its line."""
        started = time.perf_counter()
        return self.add(name, await work, started)

    def rest(self, reason: str, recipient: bool, verdict: Verdict = Verdict.VALID) -> None:
        """Writes the lines that are missing, as not checked; with `recipient` that one as well."""
        for name in LINES:
            if name in _SOMETIMES and not (recipient and name == "recipient"):
                continue
            self.found.setdefault(name, Line(name, unchecked(reason, verdict), 0))

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines there are, in their order."""
        return tuple(self.found[name] for name in LINES if name in self.found)

    @property
    def verdict(self) -> Verdict:
        """What the lines say together; `valid` only if nothing speaks against it."""
        return verdict_of({line.name: line.finding for line in self.lines})


def verdict_of(findings: Mapping[str, Finding]) -> Verdict:
    """One verdict out of several: what is not proven cannot be called anything but that."""
    verdicts = {finding.verdict for finding in findings.values()}
    named = next((verdict for verdict in _FIRST if verdict in verdicts), Verdict.VALID)
    if named in (Verdict.ALTERED, Verdict.UNKNOWN_ISSUER):
        return named
    proof = {findings[name].verdict for name in ("format", "proof", "issuer") if name in findings}
    return next((verdict for verdict in proof if verdict is not Verdict.VALID), named)
