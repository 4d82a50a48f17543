"""What keeps badges from signing shows in its readiness, with what helps."""

from typing import Any

import pytest
from nats.aio.client import Client
from pydantic import SecretStr

from services.badges.app import service
from services.badges.settings import Settings
from services.chassis.app import create_app
from services.chassis.testing import client_of
from tests.badges.service.test_keys import KEK, NEW_KEK, upkeep_of
from tests.badges.service.town import Facts, Town

OTHER_KEY = {"key_encryption_key": SecretStr(NEW_KEK.hex())}
OTHER_ORIGIN = {"public_url": "https://elsewhere.test"}


async def _looked_at(settings: Settings) -> dict[str, Any]:
    """What the service's readiness says of its keys; there is no NATS here, which is another line of it."""
    app = create_app(service(settings))
    app.state.nats = Client()
    async with client_of(app) as http:
        answer = await http.get("/badges/health/ready")
    await app.state.database.close()
    line: dict[str, Any]
    (line,) = [each for each in answer.json()["checks"] if each["name"] == "signing keys"]
    return line


async def test_keys_that_open_are_well(town: Town) -> None:
    assert (await _looked_at(town.settings))["detail"] == "none yet"
    await town.hear(*Facts().all())
    await town.work()
    assert (await _looked_at(town.settings))["ok"] is True


@pytest.mark.parametrize(
    ("wrong", "named", "remedy"),
    [
        (OTHER_KEY, "KEY_ENCRYPTION_KEY", "city keys rewrap"),
        (OTHER_ORIGIN, "PUBLIC_URL", "what it was when this city was created"),
    ],
)
async def test_what_nothing_can_be_signed_with_is_named_with_its_remedy(
    town: Town, wrong: dict[str, Any], named: str, remedy: str
) -> None:
    await town.hear(*Facts().all())
    await town.work()
    line = await _looked_at(town.settings.model_copy(update=wrong))
    assert line["ok"] is False
    assert named in line["detail"] and remedy in line["remedy"]


async def test_keys_that_were_sealed_anew_need_the_new_key(town: Town) -> None:
    await town.hear(*Facts().all())
    await town.work()
    await upkeep_of(town.settings).rewrap(KEK, NEW_KEK)
    assert (await _looked_at(town.settings))["ok"] is False
    assert (await _looked_at(town.settings.model_copy(update=OTHER_KEY)))["ok"] is True
