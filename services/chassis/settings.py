"""Settings every service has. A value comes from `<SERVICE>_<NAME>`, else `<NAME>`, else a file of that
name in `SECRETS_DIR`, else the default here."""

import os
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from contracts.subjects import check_city


class Settings(BaseSettings):
    """What one service needs to run. Each service subclasses this and names itself."""

    model_config = SettingsConfigDict(
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # what is refused may be a secret, and the refusal is logged
    )
    service: ClassVar[str]

    city: str = Field(default="city", description="name of the city: lower-case letters, digits, hyphens")
    public_url: str = Field(
        default="http://localhost:8080",
        description="origin under which the city is reached; fixed once anything has been signed",
    )
    database_url: str = Field(description="postgresql://user:password@host:port/database of this service")
    database_pool: int = Field(default=8, ge=2, description="database connections kept, per process")
    nats_url: str = Field(default="nats://127.0.0.1:4222", description="NATS server")
    nats_user: str | None = Field(default=None, description="NATS user of this service")
    nats_password: SecretStr | None = Field(default=None, description="NATS password of this service")
    jwks_file: Path | None = Field(
        default=None, description="public keys by which access tokens are verified; re-read when it changes"
    )
    recipient_secret: SecretStr = Field(
        default=SecretStr(""), description="secret behind recipient ids; never rotated, part of the backup"
    )
    max_body_bytes: int = Field(default=2_000_000, description="largest request body, bytes")
    batch_size: int = Field(default=500, ge=1, le=1000, description="events taken from NATS at once")
    max_attempts: int = Field(default=8, ge=1, description="tries before an event is a dead letter")
    retry_seconds: float = Field(default=0.5, gt=0, description="first retry delay, seconds; doubles")
    keep_personal_days: int = Field(default=30, ge=1, description="days the journal keeps personal data")
    otlp_endpoint: str | None = Field(default=None, description="OTLP/HTTP collector, http://host:4318")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="least level")

    @field_validator("city")
    @classmethod
    def _city(cls, value: str) -> str:
        return check_city(value)

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")) or value.count("/") != 2:
            raise ValueError("give an origin without a path, e.g. https://learn.example.org")
        return value

    def max_body(self, _path: str) -> int:
        """The largest body that a path takes, bytes."""
        return self.max_body_bytes

    @property
    def recipient_key(self) -> bytes:
        """The recipient secret as bytes. Raises ValueError where it is not set."""
        secret = self.recipient_secret.get_secret_value().encode()
        if len(secret) < 16:
            raise ValueError("RECIPIENT_SECRET: set at least 16 characters; it can never change afterwards")
        return secret

    @classmethod
    def load(cls) -> Self:
        """The settings from environment and secret files. Raises pydantic's ValidationError."""
        return cls()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (pydantic calls by position)
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 (as above)
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment by service name first, then by plain name, then secret files."""
        own = f"{cls.service}_"
        secrets = os.environ.get("SECRETS_DIR")
        files = (
            SecretsSettingsSource(settings_cls, secrets_dir=secrets, env_prefix=prefix)
            for prefix in ((own, "") if secrets else ())
        )
        return (init_settings, EnvSettingsSource(settings_cls, env_prefix=own), env_settings, *files)
