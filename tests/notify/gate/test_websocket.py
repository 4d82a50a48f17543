"""The way in for browsers and from behind firewalls: NATS in a WebSocket, through the city's one door."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from nats.errors import Error as NatsError

from deploy.onemachine import caddy, child
from services.chassis.testing import until

from .door import Door, came_in, example_of, fetched


@pytest.fixture
def city_door(tmp_path: Path, websocket: int) -> Iterator[caddy.Door]:
    """Caddy with the city's Caddyfile."""
    public_url = f"http://localhost:{child.free_port()}"
    made = caddy.Door(public_url, {"nats": f"127.0.0.1:{websocket}"}, tmp_path / "caddy")
    process: subprocess.Popen[bytes] = caddy.launch(made, tmp_path / "caddy.log")
    yield made
    child.stop(process)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:nats.aio.transport")  # of aiohttp, by nats-py
async def test_an_outsider_reads_over_a_websocket_by_the_city_s_door(
    door: Door, city_door: caddy.Door
) -> None:
    own = await door.outsider()
    ids = await door.publish(*(example_of("col.catalogue.organisation.registered.v1") for _ in range(3)))

    async def is_open() -> bool:
        return caddy.answers(city_door)

    await until(is_open)
    address = city_door.public_url.replace("http", "ws", 1) + "/nats"
    async with came_in(door, own, servers=[address]) as (client, _):
        assert [each["id"] for each in await fetched(client, own.durable)] == ids
    with pytest.raises(NatsError):
        async with came_in(door, own, servers=[address], password="guess"):
            pass
