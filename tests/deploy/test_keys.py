"""`city keys` and `city reissue`, against a city's database."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.keys import KEY_ENCRYPTION_KEY
from services.chassis.testing import CITY, ORIGIN, Databases, Keyring, until
from tests.badges.service.town import ORGANISATION, Facts, Town, settings_for

KEK, NEW_KEK = "07" * 32, "08" * 32


class Operator:
    """Somebody with the city's secrets, who calls the command."""

    def __init__(self, directory: Path, town: Town) -> None:
        self.directory, self.town = directory, town
        self.kek = directory / "secrets" / KEY_ENCRYPTION_KEY
        self.kek.parent.mkdir(parents=True)
        self.kek.write_text(KEK + "\n")
        self.environment = {
            "CITY": CITY,
            "PUBLIC_URL": ORIGIN,
            "DATABASE_ADMIN_URL": "postgresql://nobody@127.0.0.1:1/none",
            "NATS_URL": "nats://127.0.0.1:1",
            "BADGES_DATABASE_URL": town.settings.database_url,
        }

    async def city(self, *arguments: object, status: int = 0) -> Result:
        """What the command says; it must end with this status."""
        words = [*map(str, arguments), "-d", str(self.directory)]
        runner = CliRunner(env=self.environment)
        done = await asyncio.to_thread(runner.invoke, app, words)
        assert done.exit_code == status, done.output
        return done

    async def keys(self) -> dict[str, str]:
        """Names of the organisation's keys, and how they are."""
        listed = json.loads((await self.city("keys", "list", ORGANISATION, "--json")).stdout)
        return {each["key"]: each["state"].split()[0] for each in listed}


@pytest.fixture
async def town(databases: Databases, keyring: Keyring) -> Town:
    return Town(settings_for(await databases.fresh("badges"), keyring))


@pytest.fixture
def operator(tmp_path: Path, town: Town) -> Operator:
    return Operator(tmp_path / "city", town)


async def test_keys_are_listed_replaced_given_up_and_what_they_signed_is_issued_anew(
    operator: Operator, town: Town
) -> None:
    assert "no keys yet" in (await operator.city("keys", "list")).stdout
    await town.hear(*Facts().all())
    await town.work()
    (first,) = await operator.keys()
    await operator.city("keys", "rotate", ORGANISATION)
    assert list((await operator.keys()).values()) == ["replaced", "in"]
    told = await operator.city("keys", "compromise", first)
    assert f"city reissue --key={first}" in told.output
    assert (await operator.keys())[first] == "compromised"
    assert "1 badges" in (await operator.city("reissue", f"--key={first}", "--no-wait")).output
    following = asyncio.create_task(operator.city("reissue", f"--key={first}"))

    async def followed() -> bool:
        await town.work()
        return following.done()

    await until(followed)
    assert "none left" in (await following).output
    exported = json.loads((await operator.city("keys", "export", ORGANISATION)).stdout)
    acts = [each["action"] for each in exported["history"]]
    assert acts[:3] == ["made", "rotated", "compromised"] and set(acts[3:]) == {"reissued"}
    await town.close()


async def test_keys_are_sealed_under_another_key_encryption_key(operator: Operator, town: Town) -> None:
    await town.hear(*Facts().all())
    await town.work()
    new = operator.directory / "new"
    new.write_text(NEW_KEK)
    told = await operator.city("keys", "rewrap", "--old", operator.kek, "--new", new)
    assert "1 keys sealed" in told.output
    await operator.city("keys", "rotate", "--all", status=1)
    await operator.city("keys", "rotate", "--all", "--kek", new)
    await town.close()


async def test_what_is_called_wrongly_is_refused(operator: Operator, town: Town) -> None:
    await operator.city("keys", "rotate", status=2)
    await operator.city("keys", "rotate", ORGANISATION, "--all", status=2)
    await operator.city("reissue", status=2)
    await operator.city("reissue", "--key=a", f"--organisation={ORGANISATION}", status=2)
    await operator.city("keys", "rewrap", "--old", operator.kek, "--new", "nowhere", status=2)
    await town.close()
