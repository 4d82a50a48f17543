"""Settings that would send letters wrongly are refused when the service starts."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.notify.settings import Settings


def settings(**values: Any) -> Settings:
    return Settings(
        **{"database_url": "postgresql://u@127.0.0.1/notify", "webhook_secret": "s" * 32, **values}
    )


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("smtp://127.0.0.1:1025", 1025),
        ("smtp://relay.example.org", 25),
        ("smtp+starttls://relay.example.org", 587),
        ("smtps://[2001:db8::1]", 465),
    ],
)
def test_the_mail_server_is_one_url(url: str, port: int) -> None:
    assert settings(smtp_url=url).smtp_port == port


@pytest.mark.parametrize(
    "url", ["relay.example.org:25", "http://relay", "smtp://u:p@relay", "smtp://relay/path", "smtp://"]
)
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="smtp_url"):
        settings(smtp_url=url)


def test_a_password_does_not_travel_in_clear_beyond_this_machine() -> None:
    assert settings(smtp_url="smtp://127.0.0.1:25", smtp_user="u", smtp_password="p")
    with pytest.raises(ValidationError, match="in clear"):
        settings(smtp_url="smtp://relay.example.org", smtp_user="u", smtp_password="p")


@pytest.mark.parametrize(
    "sender", ["no address", "A <a@b@c>", "A <ä@example.org>", "A\nBcc: x <a@example.org>", ""]
)
def test_a_sender_that_cannot_be_one_is_refused(sender: str) -> None:
    with pytest.raises(ValidationError, match="mail_from"):
        settings(mail_from=sender)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NOTIFY_DATABASE_URL", "postgresql://u@127.0.0.1/notify")
    monkeypatch.setenv("WEBHOOK_SECRET", "s" * 32)
    monkeypatch.setenv("LETTER_RETRIES", "[1, 2.5]")
    monkeypatch.setenv("NOTIFY_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("CITY", "port-of-call")
    read = Settings.load()
    assert (read.letter_retries, read.state_dir, read.city_name) == ((1, 2.5), tmp_path, "Port Of Call")
