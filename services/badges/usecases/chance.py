"""Random bits for many badges at once: asking the system for each few of them takes time."""

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator

Chance = Iterator[bytes]
"""128 random bits at a time, none of them ever twice."""
AT_ONCE = 64


def chances() -> Chance:
    """Bits for one batch, to be thrown away with it."""
    while True:
        drawn = secrets.token_bytes(16 * AT_ONCE)
        yield from (drawn[at : at + 16] for at in range(0, len(drawn), 16))


def text(chance: Chance) -> str:
    """128 bits as part of an address, 22 characters."""
    return urlsafe_b64encode(next(chance)).rstrip(b"=").decode()


def below(chance: Chance) -> Callable[[int], int]:
    """A number from 0 to n - 1 for every n; with so many bits none is likelier to speak of."""
    return lambda n: int.from_bytes(next(chance)) % n
