"""Where a setting comes from."""

from pathlib import Path
from typing import ClassVar

import pytest
from pydantic import ValidationError

from services.chassis.settings import Settings


class Toy(Settings):
    """A service's settings."""

    service: ClassVar[str] = "toy"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with the least that is needed."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://all")
    return monkeypatch


def test_the_services_own_variable_outranks_the_common_one(environment: pytest.MonkeyPatch) -> None:
    assert Toy.load().database_url == "postgresql://all"
    environment.setenv("TOY_DATABASE_URL", "postgresql://own")
    assert Toy.load().database_url == "postgresql://own"


def test_secrets_come_from_files(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "recipient_secret").write_text("common to the services\n")
    (tmp_path / "toy_nats_password").write_text("of this one")
    environment.setenv("SECRETS_DIR", str(tmp_path))
    settings = Toy.load()
    assert settings.recipient_key == b"common to the services"
    assert settings.nats_password is not None
    assert settings.nats_password.get_secret_value() == "of this one"
    assert "of this one" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"), [("CITY", "Two Words"), ("PUBLIC_URL", "https://x.test/path"), ("BATCH_SIZE", "0")]
)
def test_a_bad_setting_is_named(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name, value)
    with pytest.raises(ValidationError, match=name.lower()):
        Toy.load()


def test_a_missing_recipient_secret_is_said(environment: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="RECIPIENT_SECRET"):
        _ = Toy.load().recipient_key


def test_a_refused_value_is_not_quoted(environment: pytest.MonkeyPatch) -> None:
    """The refusal goes to the log, and the value may be a secret."""
    environment.setenv("DATABASE_POOL", "secret-by-mistake")
    with pytest.raises(ValidationError) as refusal:
        Toy.load()
    assert "database_pool" in str(refusal.value)
    assert "secret-by-mistake" not in str(refusal.value)
