"""What is logged is for operators, and says nothing about a person."""

import logging
import logging.config
from collections.abc import Iterator
from copy import deepcopy

import orjson
import pytest
from uvicorn.config import LOGGING_CONFIG

from services.chassis import telemetry

from .conftest import ToySettings


@pytest.fixture
def served() -> Iterator[None]:
    """Logging as the server sets it up before the application is made; afterwards as it was."""
    loggers = [
        logging.getLogger(name) for name in ("", "uvicorn", "uvicorn.error", "uvicorn.access", "httpx")
    ]
    before = [(each, each.handlers[:], each.level, each.propagate, each.disabled) for each in loggers]
    logging.config.dictConfig(deepcopy(LOGGING_CONFIG))
    yield
    for each, handlers, level, propagate, disabled in before:
        each.handlers, each.propagate, each.disabled = handlers, propagate, disabled
        each.setLevel(level)


async def test_the_server_too_names_an_exception_without_its_values(
    served: None, settings: ToySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.set_up(settings)
    try:
        raise ValueError("anna@example.org")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    said = capsys.readouterr()
    assert "anna" not in said.err + said.out
    assert orjson.loads(said.err)["error"][0] == "ValueError"
