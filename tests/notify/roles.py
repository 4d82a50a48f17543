"""Who may call: the roles that every route is walked with."""

from typing import Any
from uuid import uuid4

from services.chassis.testing import Keyring

from .conftest import City

ROLES = (
    "visitor",
    "learner",
    "foreign_owner",
    "reviewer",
    "issuer",
    "editor",
    "owner",
    "operator",
    "machine",
)


def headers(city: City, keyring: Keyring, role: str) -> dict[str, str]:
    """The credentials of somebody with this role."""
    roles = {city.organisation: [role]} if role in ("reviewer", "issuer", "editor", "owner") else {}
    if role == "foreign_owner":
        roles = {uuid4(): ["owner"]}
    if role == "visitor":
        return {}
    if role == "machine":
        claims: dict[str, Any] = {"client_id": str(uuid4()), "organisation": str(city.organisation)}
        return keyring.headers(**claims)
    return keyring.headers(roles=roles, operator=role == "operator")
