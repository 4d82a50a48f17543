"""The settings of integrations' way into NATS."""

import base64

from pydantic import Field, SecretStr, field_validator

from services.chassis.settings import Settings as ChassisSettings

_KEY = "32 random bytes in URL-safe base64"


class GateSettings(ChassisSettings):
    """What notify needs to let integrations in to NATS."""

    nats_issuer_key: SecretStr = Field(
        default=SecretStr(""),
        description=f"what signs who may come in to NATS: {_KEY}; without it no integration comes in",
    )
    nats_callout_key: SecretStr = Field(
        default=SecretStr(""), description=f"what NATS' questions about who comes in are sealed for: {_KEY}"
    )
    nats_public_url: str | None = Field(
        default=None,
        description="where integrations reach NATS itself, tls://host:port; none: by WebSocket alone",
    )
    nats_session_hours: float = Field(
        default=12, gt=0, le=8760, description="hours after which who came in by an nkey has to connect anew"
    )
    nats_connections_per_integration: int = Field(
        default=20, ge=1, description="connections to NATS that an integration may hold open, about"
    )
    readers_per_integration: int = Field(default=10, ge=1, description="most readers of one integration")
    nats_identities_per_integration: int = Field(
        default=10, ge=1, description="most nkeys of one integration"
    )

    @field_validator("nats_issuer_key", "nats_callout_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and len(_decoded(value)) != 32:
            raise ValueError(f"write {_KEY}")
        return value

    @property
    def nats_keys(self) -> tuple[bytes, bytes] | None:
        """What signs who may come in, and what questions are sealed for; None where the city has neither."""
        issuer, seal = _decoded(self.nats_issuer_key), _decoded(self.nats_callout_key)
        return (issuer, seal) if issuer and seal else None


def _decoded(secret: SecretStr) -> bytes:
    text = secret.get_secret_value().strip()
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
