"""What `city doctor` says about one thing it has looked at."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

Level = Literal["OK", "WARN", "FAIL"]


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's: what was looked at, how it is, and what helps where it is not well."""

    name: str
    level: Level
    detail: str
    remedy: str = ""


def ok(name: str, detail: str) -> Finding:
    """Nothing to do."""
    return Finding(name, "OK", detail)


def warn(name: str, detail: str, remedy: str) -> Finding:
    """The city works, but somebody should know."""
    return Finding(name, "WARN", detail, remedy)


def fail(name: str, detail: str, remedy: str) -> Finding:
    """Something the city needs is not there."""
    return Finding(name, "FAIL", detail, remedy)


async def tried(name: str, remedy: str, check: Callable[[], Awaitable[Finding]]) -> Finding:
    """The check's finding; a check that breaks is a finding too."""
    try:
        return await check()
    except Exception as error:  # whatever is broken, the doctor goes on and says so
        return fail(name, str(error) or type(error).__name__, remedy)
