"""An access token of your client, and a new one shortly before it expires."""

import os
import time
from typing import Any

import httpx

CITY = os.environ["CITY_URL"]
_kept: dict[str, Any] = {"token": "", "until": 0.0}


def token() -> str:
    """A token that is good for at least another minute."""
    if time.time() > _kept["until"] - 60:
        client = (os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
        form = {"grant_type": "client_credentials", "scope": "events:read"}
        answer = httpx.post(f"{CITY}/oauth/token", data=form, auth=client).raise_for_status().json()
        _kept.update(token=answer["access_token"], until=time.time() + answer["expires_in"])
    return str(_kept["token"])


def headers() -> dict[str, str]:
    """What every request to the city carries."""
    return {"Authorization": f"Bearer {token()}"}
