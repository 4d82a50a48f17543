"""Who comes in to NATS: by a token or an nkey that is good now, and no longer than it is."""

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import nkeys  # type: ignore[import-untyped]  # it has no types
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nats.aio.client import Client
from nats.errors import Error as NatsError
from sqlalchemy import text

from contracts.catalogue import ClientRevoked
from deploy.onemachine.testbed import RunningNats
from services.chassis.testing import Keyring, until
from services.notify.domain.nkey import USER, written
from services.notify.nkeys import base64url

from ..outside import draft, registered
from .door import PASSWORDS, STREAM, Door, Outsider, came_in, closed, inside


class Holder:
    """Who holds an nkey."""

    def __init__(self) -> None:
        secret = secrets.token_bytes(32)
        self._key = Ed25519PrivateKey.from_private_bytes(secret)
        self.seed = nkeys.encode_seed(secret, nkeys.PREFIX_BYTE_USER).decode()
        self.public = written(USER, self._key.public_key().public_bytes_raw())

    def sign(self, nonce: str) -> str:
        """The server's nonce, signed, as clients send it."""
        return base64url(self._key.sign(nonce.encode()))

    async def register(self, door: Door, whose: Outsider) -> "Holder":
        """Have the public half registered by an operator."""
        path, headers = f"/integrations/{whose.integration}/keys", door.keyring.headers(operator=True)
        answer = await door.http.post(path, json={"public": self.public}, headers=headers)
        assert answer.status_code == 201, answer.text
        return self

    @property
    def options(self) -> dict[str, Any]:
        """Of a client that connects by it."""
        return {"user": None, "password": None, "nkeys_seed_str": self.seed}


async def greeted(door: Door, holder: Holder, sign: Callable[[str], str]) -> tuple[bool, str]:
    """Connect by hand with what `sign` makes of the server's nonce: whether that went well, and the nonce."""
    reader, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
    try:
        told = orjson.loads((await reader.readline()).removeprefix(b"INFO "))
        said = {"nkey": holder.public, "sig": sign(told["nonce"]), "verbose": False, "protocol": 1}
        writer.write(b"CONNECT " + orjson.dumps(said) + b"\r\nPING\r\n")
        while (line := await reader.readline()).startswith(b"INFO"):
            pass
        return line.startswith(b"PONG"), told["nonce"]
    finally:
        writer.close()
        await writer.wait_closed()


async def refused(door: Door, whose: Outsider, **options: Any) -> bool:
    """Whether somebody with these credentials is kept out."""
    try:
        async with came_in(door, whose, **options):
            return False
    except NatsError as error:
        assert "authorization" in str(error).lower(), error
        return True


def act(door: Door, whose: Outsider, what: str) -> Any:
    """Have an operator do something to the integration."""
    path = f"/integrations/{whose.integration}"
    return door.http.post(f"{path}/{what}", json={}, headers=door.keyring.headers(operator=True))


async def is_cut(client: Client) -> None:
    """Wait until a connection has been ended from the other side."""

    async def gone() -> bool:
        return not client.is_connected

    await until(gone, seconds=8)


def token_of(door: Door, whose: Outsider, **claims: Any) -> str:
    """A token of the integration's client, changed in something."""
    return door.keyring.token(**{"client_id": str(whose.client), "scope": "events:read"} | claims)


async def test_a_token_opens_as_password_or_as_token(door: Door) -> None:
    own = await door.outsider()
    async with came_in(door, own, user="whatever they like") as (client, _):
        assert client.is_connected
    async with came_in(door, own, user=None, password=None, token=own.token) as (client, _):
        assert client.is_connected


async def test_whoever_has_no_good_token_stays_out(door: Door) -> None:
    own = await door.outsider()
    stranger, learner = token_of(door, own, client_id=str(uuid4())), door.keyring.token(operator=True)
    bad = {
        "expired": token_of(door, own, expires_in=-1),
        "without the scope": token_of(door, own, scope="awards:read"),
        "of another city": token_of(door, own, aud="elsewhere"),
        "of a client that speaks for nobody": stranger,
        "of a person, though an operator": learner,
        "changed": own.token[:-4] + "AAAA",
        "none": "",
        "no token": "secret-notify",
    }
    kept_out = {why: await refused(door, own, password=token) for why, token in bad.items()}
    assert kept_out == dict.fromkeys(bad, True)


async def test_a_service_s_name_opens_with_its_own_password_alone(door: Door) -> None:
    own = await door.outsider()
    assert await refused(door, own, user="notify")
    assert await refused(door, own, user="operator", password=PASSWORDS["notify"])


async def test_an_integration_without_a_reader_stays_out(door: Door) -> None:
    own = await door.outsider()
    path = f"/integrations/{own.integration}/readers/{own.reader['id']}"
    assert (await door.http.delete(path, headers=own.headers)).status_code == 204
    assert await refused(door, own)


async def test_who_came_in_by_a_token_goes_when_it_expires(door: Door) -> None:
    own = await door.outsider()
    async with came_in(door, own, password=token_of(door, own, expires_in=2)) as (client, _):
        await is_cut(client)


async def test_a_paused_integration_is_cut_off_and_kept_out_until_resumed(door: Door) -> None:
    own = await door.outsider()
    async with came_in(door, own) as (client, _):
        assert (await act(door, own, "pause")).status_code == 200
        await is_cut(client)
    assert await refused(door, own)
    assert (await act(door, own, "resume")).status_code == 200
    assert not await refused(door, own)


async def test_others_are_not_cut_off_with_it(door: Door) -> None:
    own, other = await door.outsider(), await door.outsider()
    async with came_in(door, own) as (client, _), came_in(door, other) as (neighbour, _):
        await act(door, own, "pause")
        await is_cut(client)
        assert (await neighbour.jetstream().consumer_info(STREAM, other.durable)).num_pending == 0


async def test_a_revoked_client_is_cut_off(door: Door) -> None:
    own = await door.outsider()
    async with came_in(door, own) as (client, _):
        await door.city.hear(ClientRevoked(client=own.client, organisation=None))
        await is_cut(client)
    assert await refused(door, own)


async def test_a_replaced_client_is_cut_off_and_a_removed_integration_too(door: Door) -> None:
    own, removed = await door.outsider(), await door.outsider()
    client = uuid4()
    await door.city.hear(registered(client, None))
    headers = door.keyring.headers(operator=True)
    async with came_in(door, own) as (first, _), came_in(door, removed) as (second, _):
        path = f"/integrations/{own.integration}"
        assert (await door.http.put(path, json=draft(client), headers=headers)).status_code == 200
        await door.http.delete(f"/integrations/{removed.integration}", headers=headers)
        await is_cut(first)
        await is_cut(second)
    assert await refused(door, removed)


async def test_more_connections_than_allowed_are_refused(door: Door) -> None:
    own = await door.outsider()
    most = door.city.settings.nats_connections_per_integration
    options = [came_in(door, own) for _ in range(most)]
    for one in options:
        await one.__aenter__()
    try:
        assert await refused(door, own)
    finally:
        for one in options:
            await one.__aexit__(None, None, None)

    async def room_again() -> bool:
        return not await refused(door, own)

    await until(room_again)


async def test_a_hundred_connect_at_once(door: Door) -> None:
    everybody = [await door.outsider() for _ in range(5)]
    began = time.monotonic()
    comers = [came_in(door, whose) for whose in everybody for _ in range(20)]
    await asyncio.gather(*(one.__aenter__() for one in comers))
    took = time.monotonic() - began
    await asyncio.gather(*(one.__aexit__(None, None, None) for one in comers))
    assert took < 10, f"{took:.1f} s"


async def test_what_happened_is_in_the_integration_s_log_without_any_token(door: Door) -> None:
    own = await door.outsider()
    for _ in range(3):
        async with came_in(door, own):
            pass
    async with door.city.database.engine.connect() as connection:
        rows = (
            (await connection.execute(text("SELECT what FROM integration_log ORDER BY id"))).scalars().all()
        )
    assert [row for row in rows if row.startswith("connected")] == [f"connected to NATS by {own.client}"]
    assert not any(own.token in row for row in rows)


async def test_a_registered_nkey_opens_until_it_is_removed(door: Door) -> None:
    own = await door.outsider()
    holder = Holder()
    assert await refused(door, own, **holder.options)
    await holder.register(door, own)
    async with came_in(door, own, **holder.options) as (client, _):
        assert (await client.jetstream().consumer_info(STREAM, own.durable)).num_pending == 0
        path = f"/integrations/{own.integration}/keys/{holder.public}"
        await door.http.delete(path, headers=door.keyring.headers(operator=True))
        await is_cut(client)
    assert await refused(door, own, **holder.options)


async def test_a_signature_is_good_for_its_own_connection_alone(door: Door) -> None:
    own = await door.outsider()
    holder = await Holder().register(door, own)
    good, nonce = await greeted(door, holder, holder.sign)
    assert good
    tried = {
        "replayed": lambda _: holder.sign(nonce),
        "another's": lambda now: Holder().sign(now),
        "of nothing": lambda _: holder.sign(""),
        "none": lambda _: "",
        "nonsense": lambda _: "*" * 86,
    }
    for why, sign in tried.items():
        assert (await greeted(door, holder, sign))[0] is False, why


async def test_a_key_of_a_paused_integration_opens_nothing(door: Door) -> None:
    own = await door.outsider()
    holder = await Holder().register(door, own)
    await act(door, own, "pause")
    assert await refused(door, own, **holder.options)


async def test_while_notify_is_away_services_come_in_and_outsiders_do_not(
    gated: RunningNats, keyring: Keyring
) -> None:
    token = keyring.token(client_id=str(uuid4()), scope="events:read")
    async with inside(gated, "badges") as client:
        assert client.is_connected
    outsider = Client()
    try:
        with pytest.raises((NatsError, OSError)):
            await outsider.connect(
                gated.url, token=token, allow_reconnect=False, max_reconnect_attempts=1, error_cb=quiet
            )
    finally:
        await closed(outsider)


async def quiet(_: Exception) -> None:
    """The refusal is raised as well."""
