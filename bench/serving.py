"""Serving a stored credential: the whole service behind its own server, asked over real connections."""

import asyncio
import os
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from contracts.envelope import uuid7
from deploy.onemachine import postgres
from services.chassis.testing import Databases

from .credential import NOW, case

CONNECTIONS = 64
SECONDS = 4.0
BADGES = 500


def measure() -> dict[str, float]:
    """Answers per second of one process, every second one a 304, over 500 badges and 64 connections."""
    return asyncio.run(_measure())


async def _measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        password, log = secrets.token_urlsafe(), folder / "postgres.log"
        server = postgres.start(folder / "postgres", postgres.find_binaries(), password, log=log)
        try:
            url = await Databases(server.admin_url).fresh("badges")
            capabilities = await _store(url)
            async with _service(folder, url) as (port, process):
                return await _ask(port, process, capabilities)
        finally:
            server.stop()


async def _store(url: str) -> list[str]:
    """Credentials that belong to nothing, which is not asked for; answers where they are."""
    body, organisation = case().stored, uuid7()
    capabilities = [secrets.token_urlsafe(16) for _ in range(BADGES)]
    rows = [(uuid7(), organisation, each, body, number, NOW) for number, each in enumerate(capabilities)]
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica")
    await connection.executemany(
        "INSERT INTO credential (award, organisation, capability, claim, assertion, etag, body, list_number,"
        " list_index, signed_by, signed_at, for_holder)"
        " VALUES ($1, $2, $3, $3, $3, $3, $4, 1, $5, 'z', $6, false)",
        rows,
    )
    await connection.close()
    return capabilities


@asynccontextmanager
async def _service(folder: Path, url: str) -> AsyncIterator[tuple[int, int]]:
    """The port and the process of the service, as it runs in a city, without NATS, which it does not need."""
    keys = folder / "jwks.json"
    keys.write_text('{"keys": []}')
    port = _free_port()
    environment = {
        **os.environ,
        "PUBLIC_URL": "https://city.test",
        "BADGES_DATABASE_URL": url,
        "JWKS_FILE": str(keys),
        "RECIPIENT_SECRET": secrets.token_urlsafe(),
        "KEY_ENCRYPTION_KEY": secrets.token_hex(32),
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", "services.badges.app:app", "--port", str(port)]
    quiet = ["--no-access-log", "--log-level", "critical"]
    process = await asyncio.create_subprocess_exec(
        *command, *quiet, env=environment, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _until_open(port)
        yield port, process.pid
    finally:
        process.terminate()
        await process.wait()


async def _ask(port: int, process: int, capabilities: list[str]) -> dict[str, float]:
    """Ask for a second to warm up, then measure; per second of the service's own processor time."""
    await asyncio.gather(*(_client(port, capabilities, 1.0, n) for n in range(CONNECTIONS)))
    before, started = _processor_seconds(process), time.perf_counter()
    answered = await asyncio.gather(*(_client(port, capabilities, SECONDS, n) for n in range(CONNECTIONS)))
    used, took = _processor_seconds(process) - before, time.perf_counter() - started
    return {"serve_per_s": sum(answered) / used, "serve_per_s_on_the_clock": sum(answered) / took}


async def _client(port: int, capabilities: list[str], seconds: float, number: int) -> int:
    """One connection that asks one thing after the other; answers how many answers it got."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    done, end = number, time.perf_counter() + seconds
    while time.perf_counter() < end:
        capability = capabilities[done % BADGES]
        known = f'If-None-Match: "{capability}"\r\n' if done % 2 else ""
        writer.write(f"GET /credentials/{capability} HTTP/1.1\r\nHost: city.test\r\n{known}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 304" if known else b"HTTP/1.1 200"), head
        if not known:
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
        done += 1
    writer.close()
    return done - number


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


async def _until_open(port: int) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return
