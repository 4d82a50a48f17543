"""How badges name who holds them: as the city has chosen, and never twice alike."""

from typing import Any
from uuid import UUID

import pytest

from contracts.badges import BadgeAwarded
from services.badges.app import service
from services.badges.settings import Settings
from services.chassis.app import create_app
from services.chassis.testing import client_of
from tests.badges.service.town import Facts, Town, parsed

TWO = [Facts(), Facts(recipient=UUID(int=5), address="b@example.org")]


async def _subjects(settings: Settings, **changes: Any) -> list[dict[str, Any]]:
    """The subjects of two badges in a city with these settings."""
    town = Town(settings.model_copy(update=changes))
    await town.hear(*TWO[0].all(), TWO[1].named, TWO[1].completed)
    await town.work()
    async with client_of(create_app(service(town.settings))) as http:
        found = []
        for awarded in await town.told(BadgeAwarded):
            badge = (await http.get(awarded["claim"], headers={"Accept": "application/json"})).json()
            found.append(parsed((await http.get(badge["credential"])).content)["credentialSubject"])
    await town.close()
    return found


@pytest.mark.parametrize(
    ("minors", "named_by", "hashed"),
    [
        (False, None, True),
        (True, None, False),
        (False, "number", False),
        (True, "hash", True),
    ],
)
async def test_the_city_decides_how_holders_are_named(
    settings: Settings, minors: bool, named_by: str | None, hashed: bool
) -> None:
    subjects = await _subjects(settings, learners_are_minors=minors, recipients_named_by=named_by)
    assert len(subjects) == 2
    for each in subjects:
        assert ("identifier" in each) is hashed
        assert each.get("id", "urn:uuid:").startswith("urn:uuid:") and ("id" in each) is not hashed
    if hashed:
        salts = {each["identifier"][0]["salt"] for each in subjects}
        assert len(salts) == 2 and all(len(bytes.fromhex(salt)) >= 16 for salt in salts)
    else:
        assert len({each["id"] for each in subjects}) == 2
