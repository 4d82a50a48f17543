"""What a city can never change once it has published badges."""

import pytest

from deploy import origin
from deploy.databases import connected
from services.chassis.testing import Databases

SECRETS = {"recipient_secret": "the right one"}
SETTINGS = {"CITY": "helsinki", "PUBLIC_URL": "https://learn.example.org"}


async def database(databases: Databases) -> str:
    """The database of a badges that has nothing but the chassis' tables."""
    return await databases.fresh("chassis")


async def keep(url: str, settings: dict[str, str], secrets: dict[str, str], say: origin.Say) -> None:
    """What a bootstrap does."""
    await origin.keep(url, origin.values(settings, secrets), say)


async def publish(url: str) -> None:
    """As if badges had published something."""
    async with connected(url) as badges:
        await badges.execute(
            "INSERT INTO journal (event_id, plane, subject, body)"
            " VALUES (gen_random_uuid(), 'pub', 'evt', '{}')"
        )


async def test_the_first_bootstrap_notes_and_the_second_is_silent(databases: Databases) -> None:
    url, said = await database(databases), list[str]()
    await keep(url, SETTINGS, SECRETS, said.append)
    assert len(said) == 3
    await publish(url)
    await keep(url, SETTINGS, SECRETS, said.append)
    assert len(said) == 3


async def test_public_url_may_change_until_a_badge_is_published_and_not_afterwards(
    databases: Databases,
) -> None:
    url = await database(databases)
    await keep(url, SETTINGS, SECRETS, lambda _: None)
    moved = SETTINGS | {"PUBLIC_URL": "https://elsewhere.example.org"}
    await keep(url, moved, SECRETS, lambda _: None)
    await publish(url)
    with pytest.raises(origin.Fixed, match=r"PUBLIC_URL was https://elsewhere.*set it to https://elsewhere"):
        await keep(url, SETTINGS, SECRETS, lambda _: None)


async def test_a_lost_secret_is_noticed_and_never_told(databases: Databases) -> None:
    url = await database(databases)
    await keep(url, SETTINGS, SECRETS, lambda _: None)
    await publish(url)
    with pytest.raises(origin.Fixed, match=r"recipient_secret is not the one.*backup") as refusal:
        await keep(url, SETTINGS, {"recipient_secret": "a wrong one"}, lambda _: None)
    assert "wrong one" not in str(refusal.value)


async def test_a_database_without_tables_has_published_nothing(databases: Databases) -> None:
    url = await database(databases)
    async with connected(url) as badges:
        await badges.execute("DROP TABLE journal")
    await keep(url, SETTINGS, SECRETS, lambda _: None)
    await keep(url, SETTINGS | {"CITY": "turku"}, SECRETS, lambda _: None)
