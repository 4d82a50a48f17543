"""One service as a real process against the test's PostgreSQL and NATS."""

import asyncio
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
from joserfc.jwk import OKPKey

from deploy.onemachine import child
from services.chassis.testing import CITY, ORIGIN, SECRET, Databases, Keyring

SERVICES = ("catalogue", "badges", "pathways", "notify")


@contextmanager
def running(service: str, databases: Databases, keyring: Keyring, folder: Path) -> Iterator[str]:
    """The service's address for the length of the block. NATS is not there: requests must work without."""
    port = child.free_port()
    token_key = OKPKey.generate_key("Ed25519", {"kid": "own", "use": "sig", "alg": "Ed25519"})
    environment = os.environ | {
        "CITY": CITY,
        "PUBLIC_URL": ORIGIN,
        "DATABASE_URL": asyncio.run(databases.fresh(service)),
        "NATS_URL": "nats://127.0.0.1:1",
        "JWKS_FILE": str(keyring.jwks_file),
        "RECIPIENT_SECRET": SECRET,
        "TOKEN_KEY": orjson.dumps(token_key.as_dict(private=True)).decode(),
        "KEY_ENCRYPTION_KEY": secrets.token_hex(32),
        "WEBHOOK_SECRET": secrets.token_hex(32),
        "SMTP_URL": "smtp://127.0.0.1:1",
        "STATE_DIR": str(folder),
    }
    command = [sys.executable, "-m", "uvicorn", "--factory", f"services.{service}.app:app"]
    with (folder / f"{service}.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--no-access-log"], env=environment, stdout=log, stderr=log
        )
    try:
        _wait(f"http://127.0.0.1:{port}/{service}/health/live", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)  # the process says nothing else about being ready
    raise AssertionError(f"{url} did not answer")
