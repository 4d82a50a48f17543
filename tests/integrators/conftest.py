"""A city as integrators meet it: catalogue and notify behind one address, NATS, and examples to be run."""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.onemachine.testbed import RunningNats, start_nats
from services.catalogue.app import service as catalogue
from services.catalogue.settings import CatalogueSettings
from services.chassis.app import create_app
from services.chassis.testing import CITY, ORIGIN, SECRET, Databases, Keyring
from services.notify.app import service as notify
from services.notify.settings import Settings

from ..interop.conftest import FOLDER, node_modules
from ..notify.conftest import mail
from ..notify.conftest import settings as without_nats
from ..notify.gate import door
from .stand import EXAMPLES, Stand, served

__all__ = ["mail", "node_modules", "without_nats"]
NODE_MODULES = FOLDER / "node_modules"


@pytest.fixture
def gated(tmp_path: Path) -> Iterator[RunningNats]:
    """A server that asks notify who comes in."""
    server = start_nats(tmp_path, permissions=door.configuration())
    yield server
    server.stop()


@pytest.fixture
def languages(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The languages whose examples can be run here; JavaScript needs Node."""
    if shutil.which("npm") is None:
        return ("py",)
    request.getfixturevalue("node_modules")
    return ("py", "mjs")


@pytest.fixture
def examples(tmp_path: Path, languages: tuple[str, ...]) -> Path:
    """A folder of its own for each language, with the examples, where they may write."""
    for language in ("sh", *languages):
        shutil.copytree(EXAMPLES, tmp_path / "examples" / language)
    if "mjs" in languages:
        (tmp_path / "examples" / "mjs" / "node_modules").symlink_to(NODE_MODULES)
    return tmp_path / "examples"


@pytest.fixture
async def stand(
    databases: Databases,
    keyring: Keyring,
    without_nats: Settings,
    gated: RunningNats,
    examples: Path,
) -> AsyncIterator[Stand]:
    """The running city, and an integration of the whole of it."""
    changes = {**door.SETTINGS, "nats_url": gated.url, "nats_public_url": gated.url}
    settings = without_nats.model_copy(update=changes | {"webhook_retries": (0.0,) * 20})
    other = CatalogueSettings(
        city=CITY,
        public_url=ORIGIN,
        database_url=await databases.fresh("catalogue"),
        jwks_file=keyring.jwks_file,
        recipient_secret=SECRET,
        token_key=json.dumps(keyring._key.as_dict(private=True)),
        nats_url=gated.url,
        nats_user="catalogue",
        nats_password=door.PASSWORDS["catalogue"],
    )
    async with door.inside(gated, "operator") as operator:
        await door.declare(operator, ("catalogue", "notify"))
    apps = create_app(catalogue(other)), create_app(notify(settings))
    async with served(*apps) as origin:
        stand = Stand(origin, gated, examples, settings, keyring.token(operator=True))
        try:
            await stand.register()
            yield stand
        finally:
            await stand.close()
