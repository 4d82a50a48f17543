"""Handing in what came back about letters, as an operator of the city."""

from typing import Any

import httpx

from .place import City
from .token import Mint

LONGEST = 1_000_000  # bytes; a report that is longer is cut, and says all it has to say before
_OPERATOR = "operator@localhost.localdomain"


class NotTaken(Exception):
    """The city did not take the mail."""


def hand_in(city: City, content: bytes) -> dict[str, Any]:
    """How many letters the mail was about. Raises NotTaken where the city does not take it."""
    headers = {"Authorization": f"Bearer {Mint(city).token(_OPERATOR, operator=True)}"}
    address = f"{city.service_url('notify')}/letters/bounces"
    answer = httpx.post(address, content=content[:LONGEST], headers=headers, timeout=30)
    if answer.status_code != httpx.codes.OK:
        raise NotTaken(f"the city did not take the mail: {answer.text[:500]}")
    told: dict[str, Any] = answer.json()
    return told
