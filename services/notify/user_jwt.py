"""What NATS is told of somebody who comes in: a user's claims, and the answer that carries them.

NATS' JWT version 2: claims of type `user` for the key that the server made up for this connection, and of
type `authorization_response` for the server. What is not allowed is denied; but of an empty list of what is
allowed NATS would make everything, so that there has to be something in it.
"""

import time
from typing import Any
from uuid import uuid4

from contracts.subjects import outside_account, reader_inbox, reader_rights

from .nkeys import Issuer
from .usecases.admission import Admitted

SUBSCRIPTIONS = 100  # of one connection
PAYLOAD = 65_536  # bytes; requests and acknowledgements are small


def admission(issuer: Issuer, city: str, user: str, who: Admitted, until: int) -> str:
    """A token that lets the user read these durables until that moment (seconds since 1970).

    Raises ValueError where there are none.
    """
    if not who.durables:
        raise ValueError("a user who may do nothing may do everything")
    publish = [subject for durable in who.durables for subject in reader_rights(city, durable)]
    rights: dict[str, Any] = {
        "type": "user",
        "version": 2,
        "pub": {"allow": publish},
        "sub": {"allow": [f"{reader_inbox(who.integration)}.>"]},
        "subs": SUBSCRIPTIONS,
        "payload": PAYLOAD,
        "data": -1,
    }
    return issuer.sign(_claims(user, outside_account(city), rights) | {"name": who.name, "exp": until})


def answer(issuer: Issuer, user: str, server: str, said: dict[str, str]) -> str:
    """What the server gets: `said` is {"jwt": an admission}, or {"error": why not}."""
    return issuer.sign(_claims(user, server, {"type": "authorization_response", "version": 2, **said}))


def _claims(subject: str, audience: str, told: dict[str, Any]) -> dict[str, Any]:
    return {"jti": uuid4().hex, "iat": int(time.time()), "sub": subject, "aud": audience, "nats": told}
