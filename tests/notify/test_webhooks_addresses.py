"""No form of an address leads a webhook inside: not when it is given, and not when it is connected to."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.chassis.testing import Keyring, until
from services.notify import webhooks
from services.notify.domain.address import is_public
from services.notify.settings import Settings
from services.notify.webhooks import Webhooks

from .certificate import make
from .conftest import City
from .hooks import Hooks
from .receiver import Receiver, receiving

INSIDE = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "169.254.169.254",
    "10.0.0.1",
    "192.168.1.1",
    "172.16.0.1",
    "100.64.0.1",
    "[fe80::1]",
    "[fd00::1]",
    "localhost",
    "localhost.",
    "１２７.0.0.1",
)


@pytest.fixture
async def listening(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Receiver]:
    """A receiver on every address of this machine, IPv4 and IPv6."""
    receiver = Receiver()
    async with receiving(receiver):
        server = await asyncio.start_server(receiver.serve, "::1", receiver.port)
        yield receiver
        server.close()


async def test_an_address_inside_is_refused_when_given_and_never_connected_to(
    city: City, http: httpx.AsyncClient, keyring: Keyring, settings: Settings, listening: Receiver
) -> None:
    hooks = Hooks(city, http, keyring, settings)
    await hooks.begin()
    strict = settings.model_copy(update={"webhook_allowed_hosts": ""})
    http._transport.app.state.settings = strict  # type: ignore[attr-defined]  # as the operator would set it
    sender = Webhooks(seconds=3)
    for host in INSIDE:
        url = f"https://{host}:{listening.port}/"
        answer = await http.post("/subscriptions", json=hooks.draft(url), headers=hooks.operator)
        assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "body.url", host
        reply = await sender.post(url, {}, b"{}")
        assert reply.answer.status is None and reply.answer.error, host
    await sender.close()
    assert listening.connections == 0


async def test_a_name_that_leads_inside_is_found_out_at_every_connection(
    monkeypatch: pytest.MonkeyPatch, listening: Receiver
) -> None:
    """Whatever the name server says later, and also where one of several addresses is inside."""
    said: list[list[str]] = [["93.184.215.14"], ["127.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::1"]]

    def look_up(host: str, port: int, *_: Any) -> list[tuple[Any, ...]]:
        found = said.pop(0)
        family = {True: socket.AF_INET6, False: socket.AF_INET}
        return [(family[":" in a], socket.SOCK_STREAM, 6, "", (a, port)) for a in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    url = f"https://hooks.example.org:{listening.port}/"
    await webhooks.check(url, ())
    for _ in range(3):
        sender = Webhooks(seconds=2)
        reply = await sender.post(url, {}, b"{}")
        await sender.close()
        assert reply.answer.error == "the host is not on the public internet"
    assert listening.connections == 0 and said == []


async def test_plain_http_is_for_hosts_on_the_list_alone(listening: Receiver) -> None:
    for allowed, status in (((), None), (("127.0.0.1",), 204)):
        sender = Webhooks(allowed)
        reply = await sender.post(listening.url(), {}, b"{}")
        await sender.close()
        assert reply.answer.status == status


async def test_a_certificate_that_nobody_vouches_for_is_refused_and_said(
    city: City, http: httpx.AsyncClient, keyring: Keyring, settings: Settings, tmp_path: Path
) -> None:
    context, _ = make(tmp_path)
    hooks = Hooks(city, http, keyring, settings)
    await hooks.begin()
    async with receiving(Receiver(), ssl=context) as receiver:
        told = await hooks.subscribe(f"https://localhost:{receiver.port}/")
        async with hooks.sending(webhook_retries=(0.0,)):
            await hooks.join()
            await hooks.reach(told, "failed")
    (delivery,) = await hooks.log(told)
    assert delivery["last"]["error"].startswith("the certificate is not valid: self")
    assert receiver.got == []


async def test_a_proxy_of_the_environment_is_not_used(
    monkeypatch: pytest.MonkeyPatch, listening: Receiver
) -> None:
    for name in ("http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    sender = Webhooks(("127.0.0.1",))
    assert (await sender.post(listening.url(), {}, b"{}")).answer.status == 204
    await sender.close()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:4700:4700::1111", True),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("198.18.0.1", False),
        ("192.88.99.1", False),
        ("2002:7f00:1::1", False),
        ("2001:0:7f00:1::", False),
        ("ff02::1", False),
        ("fec0::1", False),
        ("fe80::1%eth0", False),
        ("::", False),
        ("127.1", False),
        ("hooks.example.org", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_nothing_of_an_address_stands_in_logs(
    city: City,
    http: httpx.AsyncClient,
    keyring: Keyring,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    hooks = Hooks(city, http, keyring, settings)
    await hooks.begin()
    with caplog.at_level("DEBUG"):
        told = await hooks.subscribe("http://127.0.0.1:9/hook/s3cr3t-path?token=s3cr3t-token")
        async with hooks.sending(webhook_retries=(0.0, 0.0)):
            await hooks.join()
            await hooks.reach(told, "failed")
            await until(lambda: hooks.rows("SELECT 1 FROM attempt"))
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("services.")]
    assert "s3cr3t" not in " ".join(ours) and told["secret"] not in caplog.text
    assert "s3cr3t" not in str(await hooks.rows("SELECT request, response, error FROM attempt"))
